package index

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"strings"
	"testing"
)

// past commits a few transactions of all kinds to s, and returns what the
// index told after each, with the size of the file then; the first is the empty one.
func past(t testing.TB, s *memory) (states []told, sizes []int) {
	t.Helper()
	x := mustLoad(t, s)
	note := func() {
		states = append(states, tell(x))
		sizes = append(sizes, len(s.files[FileName]))
	}
	note()
	tx := x.Begin()
	tx.Forget(Mark{2, 1})
	commit(t, tx)
	note()
	g, entries := synced(3, false)
	author(t, x, g, entries)
	note()
	g2 := Generation{GenID: GenID{2, 22}, Seq: 1, Time: 1}
	tx = x.Begin()
	tx.Generation(g2)
	tx.Put(&Entry{Path: "a \"b\"", Pending: true, Heads: []Head{{Gen: g2.GenID, Kind: Link, Target: "\xff", Clock: 1}}})
	tx.Put(&Entry{Path: "z", Heads: []Head{{Gen: g2.GenID, Kind: Dir, Clock: 1}}})
	tx.Drop(entries[1].Path)
	commit(t, tx)
	note()
	tx = x.Begin()
	tx.Intend(Intent{Op: "link", Path: "a \"b\"", Gen: g2.GenID, New: Witness{Kind: Link, Inode: 3}, Run: "r"})
	tx.Intend(Intent{Op: "touch", Path: "z", Gen: g2.GenID, Run: "r"})
	commit(t, tx)
	note()
	tx = x.Begin()
	tx.Done("a \"b\"", Witness{Kind: Link, Inode: 3}, g2.GenID, Hash{})
	tx.Annotate(entries[0].Path, g.GenID, Hash{1})
	commit(t, tx)
	note()
	tx = x.Begin()
	tx.Drop("z")
	tx.Forget(Mark{2, 2})
	commit(t, tx)
	note()
	return states, sizes
}

func commit(t testing.TB, tx *Tx) {
	t.Helper()
	if err := tx.Commit(true); err != nil {
		t.Fatal(err)
	}
}

// TestTornAnywhere cuts the file at every byte: what loads is the state after the
// last whole transaction, and the index goes on from there.
func TestTornAnywhere(t *testing.T) {
	s := newMemory()
	states, sizes := past(t, s)
	whole := s.files[FileName]
	at := 0
	for size := range len(whole) + 1 {
		for at+1 < len(sizes) && size >= sizes[at+1] {
			at++
		}
		torn := newMemory()
		torn.files[FileName] = bytes.Clone(whole[:size])
		x, damage, err := Load(torn, false)
		if err != nil {
			t.Fatalf("cut at %d: %v", size, err)
		}
		wantTold(t, tell(x), states[at])
		clean := size == sizes[at] || size == int(headerSize)
		switch {
		case clean && damage != nil:
			t.Fatalf("cut at %d: %+v", size, damage)
		case !clean && (damage == nil || damage.Middle || !bytes.Equal(torn.files[damage.Saved], whole[:size])):
			t.Fatalf("cut at %d of %d: %+v", size, len(whole), damage)
		}
		tx := x.Begin()
		tx.Put(&Entry{Path: "after", Heads: []Head{{Gen: GenID{9, 9}, Kind: Dir, Clock: 1}}})
		commit(t, tx)
		wantTold(t, tell(mustLoad(t, torn)), tell(x))
	}
}

// TestDamagedAnywhere flips a bit of every byte: what loads is a state the index
// once had, the damaged file is kept, and what was lost is told.
func TestDamagedAnywhere(t *testing.T) {
	s := newMemory()
	states, sizes := past(t, s)
	whole := s.files[FileName]
	last := bytes.LastIndex(whole, []byte(`{"commit"`))
	at := 0
	for i := range whole {
		for at+1 < len(sizes) && i >= sizes[at+1] {
			at++
		}
		damaged := newMemory()
		damaged.files[FileName] = bytes.Clone(whole)
		damaged.files[FileName][i] ^= 1
		before := bytes.Clone(damaged.files[FileName])
		x, damage, err := Load(damaged, false)
		if errors.Is(err, ErrNewer) && i < int(headerSize) {
			continue
		}
		if err != nil {
			t.Fatalf("flip at %d: %v", i, err)
		}
		if damage == nil {
			t.Fatalf("flip at %d: not noticed", i)
		}
		if i < last && !damage.Middle {
			t.Fatalf("flip at %d of %d, %q: %+v", i, len(whole), whole[max(0, i-20):min(len(whole), i+20)], damage)
		}
		wantTold(t, tell(x), states[at])
		if !bytes.Equal(damaged.files[damage.Saved], before) {
			t.Fatalf("flip at %d: the copy differs", i)
		}
		wantTold(t, tell(mustLoad(t, damaged)), states[at])
	}
}

func TestDamageIsKeptUnderANewName(t *testing.T) {
	s := newMemory()
	for n := 1; n <= 5; n++ {
		s.files[FileName] = fmt.Appendf(nil, "no index %d\n", n)
		_, damage, err := Load(s, false)
		if err != nil || damage == nil || !damage.Middle || damage.Saved != fmt.Sprintf("index.jsonl.damaged-%d", min(n, 3)) {
			t.Fatalf("%+v, %v", damage, err)
		}
		for kept := 1; kept <= min(n, 3); kept++ {
			want := fmt.Sprintf("no index %d\n", kept+max(n-3, 0))
			if got := string(s.files[fmt.Sprintf("index.jsonl.damaged-%d", kept)]); got != want {
				t.Errorf("after %d, copy %d is %q, not %q", n, kept, got, want)
			}
		}
	}
	if len(s.files) != 4 {
		t.Errorf("%d files", len(s.files))
	}
}

func TestReadOnlyWritesNothing(t *testing.T) {
	s := newMemory()
	past(t, s)
	s.files[FileName] = append(s.files[FileName], "torn"...)
	before := s.clone()
	s.calls = 0
	x, damage, err := Load(s, true)
	if err != nil || damage == nil || damage.Saved != "" {
		t.Fatalf("%+v, %v", damage, err)
	}
	tx := x.Begin()
	tx.Generation(Generation{GenID: GenID{9, 9}, Seq: 1})
	tx.Put(&Entry{Path: "new", Heads: []Head{{Gen: GenID{9, 9}, Kind: Dir, Clock: 1}}})
	commit(t, tx)
	if x.Get("new") == nil || !x.Knowledge().Has(GenID{9, 9}) {
		t.Error("the commit had no effect")
	}
	if err := x.rewriteIfAllowed(); err != nil {
		t.Fatal(err)
	}
	if s.calls != 0 || len(s.files) != 1 || !bytes.Equal(s.files[FileName], before.files[FileName]) {
		t.Errorf("%d calls changed something", s.calls)
	}
}

func (x *Index) rewriteIfAllowed() error { return errors.Join(x.Compact(), x.Close()) }

func TestNewerFormatIsLeftAlone(t *testing.T) {
	s := newMemory()
	s.files[FileName] = []byte(`{"latus":"index","format":3,"check":"crc"}` + "\n")
	x, damage, err := Load(s, false)
	if !errors.Is(err, ErrNewer) || x != nil || damage != nil || s.calls != 0 {
		t.Errorf("%v, %v, %v, %d calls", x, damage, err, s.calls)
	}
}

func TestUnreadableIsAnError(t *testing.T) {
	if _, _, err := Load(failing{newMemory()}, false); !errors.Is(err, errFault) {
		t.Errorf("%v", err)
	}
}

type failing struct{ *memory }

func (failing) Open(string) (io.ReadCloser, error) { return failingFile{}, nil }

func TestEmptyFileIsAnEmptyIndex(t *testing.T) {
	s := newMemory()
	s.files[FileName] = nil
	x := mustLoad(t, s)
	g, entries := synced(2, false)
	author(t, x, g, entries)
	wantTold(t, tell(mustLoad(t, s)), tell(x))
}

func TestMissingFileWritesNothing(t *testing.T) {
	s := newMemory()
	x := mustLoad(t, s)
	commit(t, x.Begin())
	if err := errors.Join(x.Compact(), x.Close()); err != nil {
		t.Fatal(err)
	}
	if s.calls != 0 || len(s.files) != 0 {
		t.Errorf("%d calls changed something", s.calls)
	}
	if _, err := s.Open(FileName); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}

// TestOtherShapes loads lines as another program might write them.
func TestOtherShapes(t *testing.T) {
	var e encoder
	e.table = &table{}
	e.header(baseFormat)
	line := func(text string) {
		start := len(e.buf)
		e.buf = append(e.buf, strings.TrimSuffix(text, "}")...)
		e.seal(start)
	}
	line(`{"tag":"00000000000000ff", "g":1, "author":"0000000000000001","seq":1}`)
	line(`{"s": 5,"p": "a\u0062\ud83d\ude00", "g": 1, "unknown": [1]}`)
	e.commit(2)
	s := newMemory()
	s.files[FileName] = e.buf
	x := mustLoad(t, s)
	if got := x.Get("ab😀"); got == nil || got.Heads[0].Size != 5 || got.Heads[0].Gen.Tag != 255 {
		t.Errorf("%+v", got)
	}
}

// FuzzLoad loads anything: it never panics, and what has loaded loads again.
func FuzzLoad(f *testing.F) {
	s := newMemory()
	past(f, s)
	f.Add(s.files[FileName])
	f.Add([]byte(nil))
	f.Add([]byte("\n"))
	r := rand.New(rand.NewPCG(1, 2))
	for range 20 {
		b := bytes.Clone(s.files[FileName])
		b[r.IntN(len(b))] ^= byte(1 << r.IntN(8))
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		s := newMemory()
		s.files[FileName] = b
		loadsAgain(t, s)
	})
}

// FuzzTransaction loads any lines whose checksums are right.
func FuzzTransaction(f *testing.F) {
	s := newMemory()
	past(f, s)
	var bodies []string
	for line := range strings.Lines(string(s.files[FileName])) {
		if !looksCommitted([]byte(line)) {
			bodies = append(bodies, line[:len(line)-tailSize])
		}
	}
	f.Add(strings.Join(bodies[1:], "\n"))
	f.Add(`{"author":"0000000000000001","seq":5,"tags":"AAAAAAAAAAEAAAAAAAAAAg","steps":[0]` + "\n" + `{"g":1,"author":"0000000000000001","tag":"0000000000000001"` + "\n" + `{"p":"a","heads":[],"have":[{"g":1}],"w":{"k":"d"}`)
	f.Fuzz(func(t *testing.T, text string) {
		e := newEncoder(&table{}, "", baseFormat, nil)
		for body := range strings.Lines(text) {
			start := len(e.buf)
			e.buf = append(e.buf, strings.TrimSuffix(body, "\n")...)
			if len(e.buf) == start {
				return
			}
			e.seal(start)
		}
		e.commit(e.lines - 1)
		s := newMemory()
		s.files[FileName] = e.buf
		loadsAgain(t, s)
	})
}

// loadsAgain checks that what has loaded loads again, also when written anew.
func loadsAgain(t *testing.T, s *memory) {
	x, _, err := Load(s, false)
	if err != nil {
		return
	}
	want := tell(x)
	wantTold(t, tell(mustLoad(t, s)), want)
	if err := x.rewrite(formatFor(x.floor)); err != nil {
		t.Fatal(err)
	}
	got := tell(mustLoad(t, s))
	forgetTimes(got.Gens)
	forgetTimes(want.Gens)
	wantTold(t, got, want)
}
