package plan

import (
	"errors"
	"slices"
	"testing"

	"latus/index"
)

func seen(size, mtime int64) Found {
	return Found{Witness: index.Witness{Kind: index.File, Size: size, Mtime: mtime, Mode: 0o644, Inode: 7}}
}

func TestAuthor(t *testing.T) {
	authoring := Authoring{Gen: ours, Now: 1000, Clock: 1, ModeBits: 0o777}
	base := func() *index.Entry {
		s := shelf{}
		s.has("a", fileHead(old, 1))
		s["a"].Mode = index.ModeReg{Value: 0o644, Stamp: 5, Gen: old}
		return s["a"]
	}
	for _, c := range []struct {
		name   string
		change func(e *index.Entry, f *Found, a *Authoring)
		want   string // "", "version", "mode", "witness"
	}{
		{"nothing", func(e *index.Entry, f *Found, a *Authoring) {}, ""},
		{"a ctime", func(e *index.Entry, f *Found, a *Authoring) { f.Witness.Ctime = 9 }, ""},
		{"an inode", func(e *index.Entry, f *Found, a *Authoring) { f.Witness.Inode = 9 }, "witness"},
		{"another file", func(e *index.Entry, f *Found, a *Authoring) {
			e.Heads[0] = unhashed(e.Heads[0])
			f.Witness.Inode, f.Hash, f.Replaced = 9, hashOf(2), true
		}, "version"},
		{"a size", func(e *index.Entry, f *Found, a *Authoring) { f.Witness.Size++ }, "version"},
		{"an mtime", func(e *index.Entry, f *Found, a *Authoring) { f.Witness.Mtime++ }, "version"},
		{"an mtime below the clock", func(e *index.Entry, f *Found, a *Authoring) { f.Witness.Mtime++; a.Clock = 2 }, ""},
		{"a second that is shown whole", func(e *index.Entry, f *Found, a *Authoring) {
			e.Witness.Mtime, f.Witness.Mtime, a.Clock, a.Whole = 1_444_815_958, 1_000_000_000, 1e9, true
		}, ""},
		{"the next second, shown whole", func(e *index.Entry, f *Found, a *Authoring) {
			e.Witness.Mtime, f.Witness.Mtime, a.Clock, a.Whole = 1_444_815_958, 2_000_000_000, 1e9, true
		}, "version"},
		{"the second before 1970, shown whole", func(e *index.Entry, f *Found, a *Authoring) {
			e.Witness.Mtime, f.Witness.Mtime, a.Clock, a.Whole = -500_000_000, -1_000_000_000, 1e9, true
		}, ""},
		{"a second that was shown whole, without an inode", func(e *index.Entry, f *Found, a *Authoring) {
			e.Witness.Mtime, e.Witness.Inode, f.Witness.Mtime, a.Inodes = 1_000_000_000, 0, 1_444_815_958, true
		}, "witness"},
		{"the second after one that was shown whole", func(e *index.Entry, f *Found, a *Authoring) {
			e.Witness.Mtime, e.Witness.Inode, f.Witness.Mtime, a.Inodes = 1_000_000_000, 0, 2_444_815_958, true
		}, "version"},
		{"a mode", func(e *index.Entry, f *Found, a *Authoring) { f.Witness.Mode = 0o755 }, "mode"},
		{"a mode that does not stick", func(e *index.Entry, f *Found, a *Authoring) { f.Witness.Mode = 0o755; a.ModeBits = 0o200 }, ""},
		{"an absence", func(e *index.Entry, f *Found, a *Authoring) { *f = Found{} }, "version"},
		{"a socket", func(e *index.Entry, f *Found, a *Authoring) { f.Witness.Kind = index.Special }, ""},
		{"a directory", func(e *index.Entry, f *Found, a *Authoring) { f.Witness.Kind = index.Dir }, "version"},
		{"the content that was there, with its mtime", func(e *index.Entry, f *Found, a *Authoring) {
			e.Witness.Mtime, f.Hash = 77, hashOf(1)
		}, "witness"},
		{"other content under the same stat", func(e *index.Entry, f *Found, a *Authoring) { f.Hash = hashOf(2) }, "version"},
		{"a hash", func(e *index.Entry, f *Found, a *Authoring) {
			e.Heads[0] = unhashed(e.Heads[0])
			f.Hash = hashOf(1)
		}, "witness"},
		{"the end of a directory nobody made", func(e *index.Entry, f *Found, a *Authoring) {
			e.Witness, *f = index.Witness{Kind: index.Dir}, Found{}
		}, "witness"},
		{"a file in its place", func(e *index.Entry, f *Found, a *Authoring) { e.Witness = index.Witness{Kind: index.Dir} }, "version"},
	} {
		t.Run(c.name, func(t *testing.T) {
			e, f, a := base(), seen(101, 10), authoring
			c.change(e, &f, &a)
			n, got := Author(e, f, a), ""
			if n != nil {
				got = "witness"
				if n.Mode.Gen == ours {
					got = "mode"
				}
				if hasGen(n.Heads, ours) {
					got = "version"
				}
				if n.Witness != f.Witness {
					t.Errorf("the witness is %+v, not what was found", n.Witness)
				}
			}
			if got != c.want {
				t.Errorf("makes %q, not %q", got, c.want)
			}
		})
	}
}

// An edit supersedes what the disk had acknowledged, and nothing else.
func TestAuthorSupersedesWhatWasAcknowledged(t *testing.T) {
	s := shelf{}
	s.has("a", fileHead(old, 1))
	s.gets("a", fileHead(old, 1), fileHead(news, 2))
	n := Author(s["a"], seen(500, 70), Authoring{Gen: ours, Now: 60, Clock: 1, ModeBits: 0o777})
	if got := tagsOf(n.Heads); !slices.Equal(got, []uint64{3, 2}) {
		t.Fatalf("heads %v", got)
	}
	if !n.Pending || !slices.Equal(tagsOf(n.Have), []uint64{3}) {
		t.Errorf("pending %v, have %v", n.Pending, tagsOf(n.Have))
	}
	h, _ := n.Head(ours)
	if h.Utime != 60 {
		t.Errorf("an mtime in the future orders the edit at %d, not now", h.Utime)
	}
	if len(h.Lineage) != 1 || h.Lineage[0].Hash != hashOf(1).Short() {
		t.Errorf("lineage %v", h.Lineage)
	}
}

func TestAuthorTimes(t *testing.T) {
	s := shelf{}
	s.has("a", fileHead(old, 1))
	s["a"].Heads[0].Utime = 5000
	n := Author(s["a"], seen(500, 70), Authoring{Gen: ours, Now: 60, Clock: 1})
	if n.Heads[0].Utime != 5001 {
		t.Errorf("an edit is ordered at %d, not after what it supersedes", n.Heads[0].Utime)
	}
	n = Author(s["a"], Found{}, Authoring{Gen: ours, Now: 6000, Clock: 1})
	if n.Heads[0].Utime != 6000 || n.Heads[0].Kind != index.Deleted {
		t.Errorf("a deletion is %+v", n.Heads[0])
	}
}

func TestLineageIsBounded(t *testing.T) {
	e := &index.Entry{Path: "a"}
	for i := range int64(20) {
		e = Author(e, seen(i, 100*i), Authoring{Gen: gen(1, uint64(i)), Now: 100 * i, Clock: 1})
	}
	l := e.Heads[0].Lineage
	if len(l) != index.MaxLineage || l[0].Size != 18 || l[7].Size != 11 {
		t.Errorf("lineage %v", l)
	}
}

func TestFirstAndClock(t *testing.T) {
	n := Author(&index.Entry{Path: "a"}, seen(1, 1), Authoring{Gen: ours, Now: 1, First: true})
	if !n.Heads[0].First || n.Heads[0].Clock != 1 {
		t.Errorf("%+v", n.Heads[0])
	}
}

func TestResolve(t *testing.T) {
	s := shelf{}
	s.has("a", fileHead(old, 1))
	s.gets("a", fileHead(old, 1), fileHead(news, 2))
	n := Resolve(s["a"], fileHead(old, 1), nowhere, Authoring{Gen: ours, Now: 5})
	if len(n.Heads) != 1 || n.Heads[0].Utime <= 20 || n.Heads[0].Hash != hashOf(1) || len(Losers(n.Heads)) != 0 {
		t.Fatalf("%+v", n.Heads)
	}
	// The disk has that content already: nothing is read or moved.
	s["a"] = n
	if got := Make(s.input()).lines(); got != "ack a" {
		t.Errorf("resolving plans\n%s", got)
	}
}

func TestKeepApart(t *testing.T) {
	s := shelf{}
	s.has("d/r.tar.gz", fileHead(old, 1))
	s.has("d", dirHead(old))
	s.gets("d/r.tar.gz", fileHead(old, 1), fileHead(news, 2))
	first := index.Path("d/r.tar (conflict a-b 1970-01-01 00-00-00).gz")
	kept, next := KeepApart(s["d/r.tar.gz"], fileHead(old, 1), "a:b", Authoring{Gen: ours, Now: 5}, func(p index.Path) bool { return p == first })
	if want := index.Path("d/r.tar (conflict a-b 1970-01-01 00-00-00 2).gz"); kept.Path != want {
		t.Errorf("the loser is called %q, not %q", kept.Path, want)
	}
	s[kept.Path], s[next.Path] = kept, next
	got := Make(s.input()).lines()
	want := "move " + string(kept.Path) + " < d/r.tar.gz\ncreate d/r.tar.gz want d/r.tar.gz"
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestSupersede(t *testing.T) {
	a := Authoring{Gen: ours, Now: 500}
	entry := func(hs ...index.Head) *index.Entry { return &index.Entry{Path: "a", Heads: hs} }
	if n := Supersede(entry(fileHead(old, 1)), entry(fileHead(old, 1)), MergeRule{Checksum: true}, a); n != nil {
		t.Errorf("equal versions make %+v", n.Heads)
	}
	// What an earlier mirror put back is as the first tree has it, hashed or not.
	back := unhashed(from(fileHead(old, 1), "a", news))
	back.Mtime = fileHead(news, 1).Mtime
	if n := Supersede(entry(back), entry(unhashed(fileHead(news, 1))), MergeRule{Checksum: true}, a); n != nil {
		t.Fatal("put back again", n)
	}
	// Nothing but the mtime, or permission bits that the first tree has and nobody ever set.
	touched := fileHead(old, 1)
	touched.Mtime = 77
	if n := Supersede(entry(touched), entry(fileHead(news, 1)), MergeRule{}, a); n == nil || len(n.Heads) != 1 || n.Heads[0].Mtime != fileHead(news, 1).Mtime {
		t.Errorf("another mtime is %+v", n)
	}
	touched.Clock, touched.Mtime = 100, fileHead(news, 1).Mtime-50
	if n := Supersede(entry(touched), entry(fileHead(news, 1)), MergeRule{}, a); n != nil {
		t.Errorf("the mtime of a coarse clock makes %+v", n.Heads)
	}
	opened, shown := entry(fileHead(old, 1)), entry(fileHead(old, 1))
	opened.Mode = index.ModeReg{Value: 0o777, Stamp: 5, Gen: old}
	if n := Supersede(opened, shown, MergeRule{}, a); n != nil {
		t.Errorf("what shows no permission bits makes %o", n.Mode.Value)
	}
	shown.Witness = index.Witness{Kind: index.File, Mode: 0o640}
	if shown.Mode = Showing(shown, 0o222); shown.Mode.Value != 0 {
		t.Errorf("where bits do not stick %o is shown", shown.Mode.Value)
	}
	shown.Mode = Showing(shown, 0o7777)
	if n := Supersede(opened, shown, MergeRule{}, a); n == nil || n.Mode.Value != 0o640 || n.Mode.Gen != ours || len(n.Heads) != 1 || n.Heads[0].Gen != old {
		t.Errorf("permission bits that nobody set are %+v", n)
	}
	private := entry(fileHead(old, 1))
	private.Mode = index.ModeReg{Value: 0o600, Stamp: 6, Gen: old}
	if n := Supersede(private, opened, MergeRule{}, a); n == nil || n.Mode.Value != 0o777 || n.Mode.Gen != ours {
		t.Errorf("permission bits that a merge made private are %+v", n)
	}
	if n := Supersede(entry(gone(old)), nil, MergeRule{Checksum: true}, a); n != nil {
		t.Errorf("two absences make %+v", n.Heads)
	}
	if n := Supersede(entry(fileHead(old, 1)), nil, MergeRule{Checksum: true}, a); n == nil || n.Heads[0].Kind != index.Deleted || n.Heads[0].Gen != ours {
		t.Errorf("what the first tree lacks is %+v", n)
	}
	n := Supersede(entry(fileHead(old, 1)), entry(fileHead(news, 2)), MergeRule{Checksum: true}, a)
	if n == nil || len(n.Heads) != 1 || n.Heads[0].Hash != hashOf(2) || *n.Heads[0].Origin != (index.Origin{Path: "a", Gen: news}) {
		t.Errorf("what the first tree has is %+v", n)
	}
	// A version of theirs that has come here stays it; what stood against it ends.
	won := fileHead(old, 1)
	won.Utime = 400
	n = Supersede(entry(won, fileHead(news, 2)), entry(fileHead(news, 2)), MergeRule{Checksum: true}, a)
	if d, ok := Display(n.Heads); len(n.Heads) != 2 || !ok || d.Gen != news || hasGen(n.Heads, old) {
		t.Errorf("what the first tree has is %+v", n)
	}
}

func TestGuard(t *testing.T) {
	for _, c := range []struct {
		files, losses int
		limit         Limit
		refuse        bool
	}{
		{30, 30, Limit{}, true},
		{24, 24, Limit{}, false},
		{60, 30, Limit{}, false},
		{60, 31, Limit{}, true},
		{60, 60, Limit{Off: true}, false},
		{100, 11, Limit{Set: true, Count: 10}, true},
		{100, 10, Limit{Set: true, Count: 10}, false},
		{100, 11, Limit{Set: true, Percent: 10}, true},
		{100, 10, Limit{Set: true, Percent: 10}, false},
		{100, 1, Limit{Set: true}, true},
		{100, 0, Limit{Set: true}, false},
	} {
		err := Guard(c.files, c.losses, c.limit)
		var mass *MassDeletion
		if errors.As(err, &mass) != c.refuse {
			t.Errorf("%d of %d with %+v: %v", c.losses, c.files, c.limit, err)
		}
	}
}

func TestUndecided(t *testing.T) {
	a, b := unhashed(fileHead(old, 1)), unhashed(fileHead(news, 1))
	if got := Undecided([]index.Head{a, b}, MergeRule{}); len(got) != 2 {
		t.Errorf("two unread files of one size: %v", got)
	}
	b.Hash = hashOf(1)
	if got := Undecided([]index.Head{a, b}, MergeRule{}); !slices.Equal(got, []index.GenID{old}) {
		t.Errorf("one of them read: %v", got)
	}
	if got := Undecided([]index.Head{sized(a, 5), b}, MergeRule{}); len(got) != 0 {
		t.Errorf("of two sizes: %v", got)
	}
	a.First, b.First, a.Mtime = true, true, b.Mtime
	b = unhashed(b)
	if got := Undecided([]index.Head{a, b}, MergeRule{}); len(got) != 0 {
		t.Errorf("first scans with one mtime: %v", got)
	}
	if got := Undecided([]index.Head{a, b}, MergeRule{Checksum: true}); len(got) != 2 {
		t.Errorf("first scans with one mtime, under checksum: %v", got)
	}
}

// A chain of near-equal mtimes hides no difference between its ends.
func TestEqualContentIsNoChain(t *testing.T) {
	head := func(author index.PeerID, mtime int64, clock uint32) index.Head {
		return index.Head{Gen: gen(author, 1), Kind: index.File, First: true, Clock: clock, Size: 9, Mtime: mtime, Utime: mtime}
	}
	fine, coarse, later := head(1, 100, 1), head(2, 101, 2), head(3, 102, 1)
	got := dropEqual([]index.Head{fine, coarse, later}, MergeRule{})
	if !slices.Equal(tagsOf(got), []uint64{1, 1}) || got[0].Gen != fine.Gen || got[1].Gen != later.Gen {
		t.Errorf("what stays is %+v", got)
	}
}

// A file that gave its name to a directory nobody made waits from when that goes.
func TestAuthorOwesWhatADirectoryHid(t *testing.T) {
	s := shelf{}
	s.has("a", fileHead(old, 1))
	e := s["a"]
	e.Witness = index.Witness{Kind: index.Dir}
	n := Author(e, Found{}, Authoring{Gen: ours, Now: 1000, Clock: 1, ModeBits: 0o777})
	if n == nil || !n.Pending || !sameGens(n.Acked(), e.Heads) || !sameGens(n.Heads, e.Heads) {
		t.Errorf("makes %+v", n)
	}
}
