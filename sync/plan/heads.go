package plan

import (
	"cmp"
	"slices"

	"latus/index"
)

// Compare orders the heads of one path: the greatest is displayed. A live head
// beats a deletion and a directory anything else; then history beats a first
// scan, the later edit the earlier one. Of edits that are no later than what they
// replaced, as with files out of an archive, the younger file counts, and then the
// larger one. The rest only makes the order total, so that every tree decides alike:
// as late as it can by author and tag, which are drawn anew until a tree has an id.
func Compare(a, b index.Head) int {
	return cmp.Or(
		cmp.Compare(rank(a.Kind), rank(b.Kind)),
		btoi(b.First)-btoi(a.First),
		cmp.Compare(a.Utime, b.Utime),
		cmp.Compare(a.Mtime, b.Mtime),
		cmp.Compare(a.Size, b.Size),
		cmp.Compare(a.Target, b.Target),
		compareGen(a.Gen, b.Gen),
	)
}

func rank(k index.Kind) int {
	switch k {
	case index.Dir:
		return 2
	case index.File, index.Link:
		return 1
	}
	return 0
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

func compareGen(a, b index.GenID) int {
	return cmp.Or(cmp.Compare(a.Author, b.Author), cmp.Compare(a.Tag, b.Tag))
}

// greatest is where the displayed head stands in heads, -1 if there is none.
func greatest(heads []index.Head) int {
	best := -1
	for i := range heads {
		if best < 0 || Compare(heads[i], heads[best]) > 0 {
			best = i
		}
	}
	return best
}

// Display returns the one version of heads that belongs in the tree, and whether
// there is one: without it nothing shall stand there, and the head returned is
// the deletion, if anybody authored one.
func Display(heads []index.Head) (index.Head, bool) {
	i := greatest(heads)
	if i < 0 {
		return index.Head{}, false
	}
	return heads[i], heads[i].Kind.Live()
}

// Losers returns the live heads of other content than the display, greatest
// first. None: there is no conflict. What a first scan found counts as the
// display's ancestor by size and mtime, too.
func Losers(heads []index.Head) []index.Head {
	d, live := Display(heads)
	if !live {
		return nil
	}
	return losers(heads, d, MergeRule{})
}

// Displaced returns the live heads that have no place where a directory that only
// its descendants need holds the name, greatest first. None: the name is its own.
func Displaced(heads []index.Head) []index.Head {
	if d, live := Display(heads); !live || d.Kind == index.Dir {
		return nil
	}
	return losers(heads, impliedDir, MergeRule{})
}

func losers(heads []index.Head, d index.Head, r MergeRule) []index.Head {
	var ls []index.Head
	for _, h := range heads {
		if h.Kind.Live() && compareContent(h, d, r) != equal && descends(d, h, r) != equal {
			ls = append(ls, h)
		}
	}
	slices.SortFunc(ls, func(a, b index.Head) int { return Compare(b, a) })
	return ls
}

// Distinct are the losers of one conflict that several trees tell of, greatest first: each
// content once.
func Distinct(told []index.Head) (ls []index.Head) {
	slices.SortFunc(told, func(a, b index.Head) int { return Compare(b, a) })
	for _, h := range told {
		if !slices.ContainsFunc(ls, func(l index.Head) bool { return compareContent(l, h, MergeRule{}) == equal }) {
			ls = append(ls, h)
		}
	}
	return ls
}

// verdict is what can be said of the contents of two heads.
type verdict uint8

const (
	different verdict = iota
	equal
	unknown // a hash would tell
)

// compareContent tells whether two live heads of one path have the same content.
// Hashes decide; without them only a first scan is believed to have found what
// was there before, by size and mtime, and never under Checksum.
func compareContent(a, b index.Head, r MergeRule) verdict {
	switch {
	case a.Gen == b.Gen:
		return equal
	case a.Kind != b.Kind:
		return different
	case a.Kind == index.Dir:
		return equal
	case a.Kind == index.Link:
		return when(a.Target == b.Target)
	case a.Size != b.Size:
		return different
	case a.Size == 0:
		return equal
	case a.Hash.Known() && b.Hash.Known():
		return when(a.Hash == b.Hash)
	case !r.Checksum && a.Origin != nil && b.Origin != nil && *a.Origin == *b.Origin && near(a.Mtime, b.Mtime, max(a.Clock, b.Clock)):
		return equal // both took over one version: the same move, or the same decision, made twice
	case !r.Checksum && (a.First || b.First) && near(a.Mtime, b.Mtime, max(a.Clock, b.Clock)) && !cameInstead(a) && !cameInstead(b):
		return equal
	}
	return unknown
}

// TakenForEqual tells whether two versions of one path, known to differ, are one to who
// does not read them: neither is an edit of the other.
func TakenForEqual(a, b index.Head) bool {
	if !differ(a, b) {
		return false
	}
	var r MergeRule
	edit := descends(a, b, r) == equal || descends(b, a, r) == equal
	a.Hash, b.Hash = index.Hash{}, index.Hash{}
	return !edit && compareContent(a, b, r) == equal
}

// cameInstead tells whether h descends from a version of its own size and mtime,
// and of other content: then these say nothing.
func cameInstead(h index.Head) bool {
	return slices.ContainsFunc(h.Lineage, func(a index.Ancestor) bool {
		return a.Hash == 0 && a.Size == h.Size && near(a.Mtime, h.Mtime, h.Clock)
	})
}

// descends tells whether the content of the first head f is one that h descends from.
func descends(h, f index.Head, r MergeRule) verdict {
	if !f.First || f.Kind != index.File || !h.Kind.Live() {
		return different
	}
	v := different
	for _, a := range h.Lineage {
		switch {
		case a.Hash != 0 && !f.Hash.Known():
			v = unknown
		case a.Hash != 0:
			if a.Hash == f.Hash.Short() {
				return equal
			}
		case !r.Checksum && a.Size == f.Size && near(a.Mtime, f.Mtime, max(h.Clock, f.Clock)):
			return equal
		}
	}
	return v
}

func when(same bool) verdict {
	if same {
		return equal
	}
	return different
}

// near is index.Near for the clock that a head tells.
func near(a, b int64, clock uint32) bool { return index.Near(a, b, int64(clock)) }

func hasGen(heads []index.Head, gen index.GenID) bool {
	for i := range heads {
		if heads[i].Gen == gen {
			return true
		}
	}
	return false
}

// sameGens tells whether two sorted sets hold the same versions.
func sameGens(a, b []index.Head) bool {
	return slices.EqualFunc(a, b, func(x, y index.Head) bool { return x.Gen == y.Gen })
}

func sortHeads(heads []index.Head) {
	slices.SortFunc(heads, func(a, b index.Head) int { return compareGen(a.Gen, b.Gen) })
}
