package index

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"
)

func dir(p Path) *Entry {
	return &Entry{Path: p, Heads: []Head{{Gen: GenID{1, 1}, Kind: Dir, Clock: 1}}}
}

// TestWalks checks Children, Below and Get against a look at every entry, in
// trees where directories may lack an entry of their own.
func TestWalks(t *testing.T) {
	name := rapid.SampledFrom([]string{"a", "b", "a.b", "a-b", "ab", "\x01", "é"})
	rapid.Check(t, func(t *rapid.T) {
		x, _, _ := Load(newMemory(), true)
		tx := x.Begin()
		have := map[Path]bool{}
		for _, names := range rapid.SliceOfN(rapid.SliceOfN(name, 1, 4), 0, 60).Draw(t, "paths") {
			p := Path(strings.Join(names, "/"))
			tx.Put(dir(p))
			have[p] = true
		}
		if err := tx.Commit(false); err != nil {
			t.Fatal(err)
		}
		all := slices.Collect(x.All())
		if err := sortedPaths(x); err != nil || len(all) != len(have) || x.Len() != len(have) {
			t.Fatalf("%d of %d: %v", len(all), len(have), err)
		}
		at := Path(strings.Join(rapid.SliceOfN(name, 0, 3).Draw(t, "dir"), "/"))
		var children, below []Path
		for _, e := range all {
			if e.Path.Dir() == at {
				children = append(children, e.Path)
			}
			if e.Path.Under(at) {
				below = append(below, e.Path)
			}
		}
		var gotChildren, gotBelow []Path
		for c := range x.Children(at) {
			if c.Stem {
				continue
			}
			gotChildren = append(gotChildren, at.Join(string(c.Name)))
		}
		for e := range x.Below(at) {
			gotBelow = append(gotBelow, e.Path)
		}
		if !slices.Equal(gotChildren, children) || !slices.Equal(gotBelow, below) {
			t.Fatalf("in %q: children %q, want %q; below %q, want %q", at, gotChildren, children, gotBelow, below)
		}
		if e := x.Get(at); (e != nil) != have[at] || e != nil && e.Path != at {
			t.Fatalf("Get(%q) = %v", at, e)
		}
	})
}

func TestWalksCanStop(t *testing.T) {
	x, _, _ := Load(newMemory(), true)
	tx := x.Begin()
	for _, p := range []Path{"a", "a/b", "a/c", "d"} {
		tx.Put(dir(p))
	}
	commit(t, tx)
	for range x.All() {
		break
	}
	for range x.Below("a") {
		break
	}
	for c := range x.Children("") {
		if string(c.Name) != "a" {
			t.Errorf("%q came first", c.Name)
		}
		break
	}
}

// TestDigest checks that the digest kept up by commits is the one a new load
// computes, and that it tells what it shall tell and nothing else.
func TestDigest(t *testing.T) {
	head := Head{Gen: GenID{1, 1}, Kind: File, Clock: 1}
	digest := func(es ...*Entry) uint64 {
		x, _, _ := Load(newMemory(), true)
		before := x.Digest()
		for _, e := range es {
			tx := x.Begin()
			tx.Put(e)
			commit(t, tx)
		}
		y, _, _ := Load(newMemory(), true)
		tx := y.Begin()
		for _, e := range slices.Backward(es) {
			if reflect.DeepEqual(x.Get(e.Path), e) {
				tx.Put(e)
			}
		}
		commit(t, tx)
		if before != 0 || x.Digest() != y.Digest() {
			t.Errorf("%x step by step, %x at once", x.Digest(), y.Digest())
		}
		return x.Digest()
	}
	a, b := &Entry{Path: "a", Heads: []Head{head}}, &Entry{Path: "b", Heads: []Head{head}}
	dead := &Entry{Path: "c", Heads: []Head{{Gen: GenID{1, 2}, Kind: Deleted, Clock: 1}}}
	hashed := &Entry{Path: "b", Heads: []Head{head}, Pending: true, Witness: Witness{Inode: 1}}
	hashed.Heads = []Head{head}
	hashed.Heads[0].Hash = Hash{1}
	moded := &Entry{Path: "b", Heads: []Head{head}, Mode: ModeReg{Value: 0o600}}
	other := &Entry{Path: "b", Heads: []Head{{Gen: GenID{1, 3}, Kind: File, Clock: 1}}}
	want := digest(a, b)
	if digest(b, a) != want || digest(a, b, dead) != want || digest(a, hashed) != want || digest(a, moded, b) != want {
		t.Error("equal trees differ")
	}
	if digest(a) == want || digest(a, moded) == want || digest(a, other) == want || digest(a, dead) == want {
		t.Error("other trees are equal")
	}
}

func TestCompactOnlyWhatIsWorthIt(t *testing.T) {
	s := newMemory()
	x := mustLoad(t, s)
	g, entries := synced(20_000, false)
	author(t, x, g, entries)
	calls := s.calls
	if err := x.Compact(); err != nil || s.calls != calls {
		t.Fatalf("a new index was compacted: %v", err)
	}
	firstSync(t, x, g, entries, 5000)
	want, size := tell(x), len(s.files[FileName])
	if err := x.Compact(); err != nil {
		t.Fatal(err)
	}
	compact := len(s.files[FileName])
	if compact > size*2/3 || compact > 210*len(entries) {
		t.Errorf("%d bytes of %d are left", compact, size)
	}
	x = mustLoad(t, s)
	wantTold(t, tell(x), want)
	calls = s.calls
	if err := x.Compact(); err != nil || s.calls != calls {
		t.Fatalf("compacted twice: %v", err)
	}
}

// TestReadersWhileCommitting is for the race detector.
func TestReadersWhileCommitting(t *testing.T) {
	x := mustLoad(t, newMemory())
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() {
			for i := range 300 {
				p := Path(fmt.Sprintf("%03d", (i*7+w)%300))
				if e := x.Get(p); e != nil && e.Path != p {
					t.Errorf("Get(%q) = %q", p, e.Path)
				}
			}
		})
	}
	for i := range 300 {
		tx := x.Begin()
		tx.Put(dir(Path(fmt.Sprintf("%03d", i*149%300))))
		if i%3 == 2 {
			tx.Drop(Path(fmt.Sprintf("%03d", (i-1)*149%300)))
		}
		if err := tx.Commit(false); err != nil {
			t.Fatal(err)
		}
	}
	wg.Wait()
	if x.Len() != 200 {
		t.Errorf("%d entries", x.Len())
	}
}

func TestCommitRefusesWhatCannotBeReadBack(t *testing.T) {
	s := newMemory()
	x := mustLoad(t, s)
	for _, p := range []Path{"", "/a", "a//b", "../a", ".latus/x", "a\x00"} {
		for _, change := range []func(*Tx){
			func(tx *Tx) { tx.Put(dir(p)) },
			func(tx *Tx) { tx.Drop(p) },
			func(tx *Tx) {
				e := dir("b")
				e.Heads[0].Origin = &Origin{Path: p}
				tx.Put(e)
			},
		} {
			tx := x.Begin()
			change(tx)
			if err := tx.Commit(true); !errors.Is(err, ErrBadPath) {
				t.Errorf("%q: %v", p, err)
			}
		}
	}
	if x.Len() != 0 || len(s.files) != 0 {
		t.Error("something was written")
	}
}

func TestHeadsOfOthersStayUntouched(t *testing.T) {
	x, _, _ := Load(newMemory(), true)
	given := &Entry{Path: "a", Pending: true, Heads: []Head{{Gen: GenID{1, 1}, Kind: File, Clock: 1}}}
	tx := x.Begin()
	tx.Put(given)
	commit(t, tx)
	tx = x.Begin()
	tx.Done("a", Witness{Kind: File}, GenID{1, 1}, Hash{1})
	commit(t, tx)
	if !given.Pending || given.Heads[0].Hash.Known() {
		t.Error("an entry that was handed out changed")
	}
	got := x.Get("a")
	if got.Pending || got.Heads[0].Hash != (Hash{1}) || got.Witness.Kind != File {
		t.Errorf("%+v", got)
	}
	for c := range x.Children("") {
		x.Seen(c, 77)
	}
	if x.Get("a").Witness.Ctime != 77 {
		t.Error("the ctime was not noted")
	}
}
