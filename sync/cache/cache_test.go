package cache

import (
	"bytes"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"latus/index"
)

func TestOnlyWhatWasAddedIsFetched(t *testing.T) {
	s := newScene(t)
	s.run(s.put(0, many, 1))
	few := func(when string) {
		t.Helper()
		if read := s.run(nil); read > proofEnd+proofHead+smallTail {
			t.Errorf("%s: %d bytes of %d were read", when, read, s.size())
		}
	}
	few("written in the last run")
	s.elsewhere(s.put(10, 20, 2))
	few("a little added elsewhere")
	s.run(s.put(30, 40, 3))
	few("a little added here")
	s.elsewhere(s.put(0, 200, 4))
	if read := s.run(nil); read < proofEnd+proofHead+smallTail || read > s.size()/10 {
		t.Errorf("%d bytes of %d were read after 200 were added", read, s.size())
	}
	few("much was added, and read")
	if read := s.agree(); read > s.size()/10 {
		t.Errorf("%d bytes of %d were read", read, s.size())
	}
	s.waste(5)
	before := s.size()
	s.run(func(x *index.Index) { s.must(x.Compact()) })
	if s.size() >= before {
		t.Fatal("it was not compacted")
	}
	few("compacted here")
}

// Whatever became of the file, a copy makes no difference to what is read.
func TestFileThatIsAnother(t *testing.T) {
	cases := map[string]func(s *scene, backup []byte){
		"nothing": func(*scene, []byte) {},
		"gone on with, much": func(s *scene, _ []byte) {
			for i := range 9 {
				s.elsewhere(s.put(i*100, i*100+150, 9))
			}
		},
		"compacted elsewhere": func(s *scene, _ []byte) {
			s.waste(3)
			s.elsewhere(func(x *index.Index) { s.must(x.Compact()) })
		},
		"put back from a backup": func(s *scene, backup []byte) { s.must(os.WriteFile(s.index(), backup, 0o600)) },
		"put back, and gone on with beyond the copy": func(s *scene, backup []byte) {
			s.must(os.WriteFile(s.index(), backup, 0o600))
			s.elsewhere(s.put(0, 2*many, 6))
		},
		"of a tree with as many files": func(s *scene, _ []byte) {
			s.must(os.Remove(s.index()))
			s.elsewhere(s.put(0, many, 1))
			s.elsewhere(s.put(0, 200, 2))
		},
		"cut in the middle":        func(s *scene, _ []byte) { s.must(os.Truncate(s.index(), s.size()/2)) },
		"cut at its end":           func(s *scene, _ []byte) { s.must(os.Truncate(s.index(), s.size()-9)) },
		"damaged at its beginning": func(s *scene, _ []byte) { s.spoil(40) },
		"damaged at its end":       func(s *scene, _ []byte) { s.spoil(s.size() - 50) },
		"damaged behind the copy": func(s *scene, _ []byte) {
			at := s.size()
			s.elsewhere(s.put(0, 50, 8))
			s.spoil(at + 900)
		},
		"with garbage behind": func(s *scene, _ []byte) {
			f, err := os.OpenFile(s.index(), os.O_APPEND|os.O_WRONLY, 0)
			s.must(err)
			_, err = f.WriteString(`{"p":"half a li`)
			s.must(err)
			s.must(f.Close())
		},
		"empty": func(s *scene, _ []byte) { s.must(os.Truncate(s.index(), 0)) },
	}
	for name, change := range cases {
		t.Run(name, func(t *testing.T) {
			s := newScene(t)
			s.run(s.put(0, many, 1))
			backup, err := os.ReadFile(s.index())
			s.must(err)
			s.run(s.put(0, 200, 2))
			s.theCopy()
			change(s, backup)
			s.agree()
			s.agree()
		})
	}
}

// Damage in the middle is found by the reading that is due.
func TestAllOfItIsReadOnceAWeek(t *testing.T) {
	s := newScene(t)
	s.run(s.put(0, many, 1))
	s.spoil(s.size() / 2)
	s.now = s.now.Add(trusted - time.Hour)
	s.run(s.put(0, many/2, 2)) // makes a new copy of an old one
	s.now = s.now.Add(2 * time.Hour)
	if read := s.agree(); read < s.size()/2 {
		t.Errorf("only %d bytes of %d were read", read, s.size())
	}
}

// Whatever is in the place of a copy, the index is read as it is.
func TestCopyThatIsNone(t *testing.T) {
	s := newScene(t)
	s.run(s.put(0, many, 1))
	s.run(s.put(0, 300, 2))
	name := s.theCopy()
	good, err := os.ReadFile(name)
	s.must(err)
	r := rand.New(rand.NewPCG(1, 2))
	for i := range 60 {
		bad := bytes.Clone(good)
		switch i % 4 {
		case 0: // one byte is another
			bad[r.IntN(len(bad))] ^= byte(1 + r.IntN(255))
		case 1: // torn
			bad = bad[:r.IntN(len(bad))]
		case 2: // a hole, as after a power loss
			at := r.IntN(len(bad) - 8000)
			clear(bad[at : at+r.IntN(8000)])
		case 3: // a line is missing, and made up for
			at := r.IntN(len(bad) / 2)
			bad = append(bad[:at:at], bad[at+300:]...)
			bad = append(bad[:100:100], append(make([]byte, 300), bad[100:]...)...)
		}
		s.must(os.WriteFile(name, bad, 0o600))
		s.agree()
	}
}

// A copy that others can have written is not looked at.
func TestCopyOfAnother(t *testing.T) {
	for name, make := range map[string]func(s *scene, name string){
		"writable": func(s *scene, name string) { s.must(os.Chmod(name, 0o660)) },
		"a link": func(s *scene, name string) {
			s.must(os.Rename(name, name+"x"))
			s.must(os.Symlink(name+"x", name))
		},
		"a folder": func(s *scene, name string) {
			s.must(os.Remove(name))
			s.must(os.Mkdir(name, 0o700))
		},
		"from the future": func(s *scene, name string) {
			s.must(os.Chtimes(name, s.now.Add(time.Hour), s.now.Add(time.Hour)))
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t)
			s.run(s.put(0, many, 1))
			make(s, s.theCopy())
			if read := s.run(nil); read < s.size() {
				t.Errorf("%d bytes of %d were read", read, s.size())
			}
		})
	}
}

func TestNoRoomForACopy(t *testing.T) {
	s := newScene(t)
	s.must(os.WriteFile(filepath.Dir(s.near), nil, 0o600))
	s.run(s.put(0, many, 1))
	s.run(s.put(0, 9, 2))
	if read := s.run(nil); read < s.size() {
		t.Errorf("%d bytes of %d were read", read, s.size())
	}
}

func TestCopyIsNobodyElses(t *testing.T) {
	s := newScene(t)
	s.run(s.put(0, many, 1))
	for _, name := range []string{s.theCopy(), s.near, filepath.Dir(s.near)} {
		info, err := os.Stat(name)
		s.must(err)
		if info.Mode()&0o077 != 0 && filepath.Separator == '/' {
			t.Errorf("%s: %v", name, info.Mode())
		}
	}
}

// Two runs that know one copy do not spoil it for each other.
func TestTwoRunsWithOneCopy(t *testing.T) {
	s := newScene(t)
	s.run(s.put(0, many, 1))
	s.elsewhere(s.put(0, 400, 2))
	open := func() (*Kept, *index.Index) {
		k := Store(s.store(s.far), s.near, "a tree", func() time.Time { return s.now })
		x, _, err := index.Load(k, false)
		s.must(err)
		return k, x
	}
	k1, x1 := open()
	k2, x2 := open() // a dry run, say
	s.put(0, 700, 3)(x1)
	for _, c := range []io.Closer{x1, k1, x2, k2} {
		s.must(c.Close())
	}
	s.agree()
}

func TestOldCopiesGo(t *testing.T) {
	s := newScene(t)
	s.must(os.MkdirAll(s.near, 0o700))
	file := func(name string, age time.Duration, size int) {
		name = filepath.Join(s.near, name)
		s.must(os.WriteFile(name, make([]byte, size), 0o600))
		s.must(os.Chtimes(name, s.now.Add(-age), s.now.Add(-age)))
	}
	defer func(was int64) { maxTotal = was }(maxTotal)
	maxTotal = 2 << 20
	file("old", trusted+time.Hour, 10)
	file("killed"+part, parting+time.Hour, 10)
	file("under way"+part, time.Minute, 10)
	file("elder", 3*time.Hour, 1<<20)
	file("younger", time.Hour, 1<<20)
	s.run(s.put(0, many, 1))
	left := map[string]bool{}
	for _, name := range s.copies() {
		left[filepath.Base(name)] = true
	}
	if len(left) != 3 || !left["younger"] || !left["under way"+part] {
		t.Errorf("left: %v", left)
	}
}
