package sync_test

import (
	"fmt"
	"io"
	"slices"

	"latus/index"
	"latus/sync/tree"
)

// thing is what stands at a path.
type thing struct {
	kind  index.Kind
	text  string      // content or target
	mode  uint32      // not of links
	mtime int64       // of files
	owner string      // where somebody owns things: names, or numbers that have none
	attrs index.Attrs // of files and directories where there are any
}

func (t thing) String() string {
	return fmt.Sprintf("%v %.24q %o %d %s %s", t.kind, t.text, t.mode, t.mtime, t.owner, t.attrs)
}

// look is everything in the tree but its private folder.
func (s *site) look() map[index.Path]thing {
	seen := map[index.Path]thing{}
	s.walk("", func(p index.Path, t thing) bool {
		if p == index.Private {
			return false
		}
		seen[p] = t
		return true
	})
	return seen
}

// contents are the bytes of all files in the tree and in its trash; with
// staged, in its staging area too.
func (s *site) contents(staged bool) map[string]bool {
	seen := map[string]bool{}
	s.walk("", func(p index.Path, t thing) bool {
		switch {
		case p.Dir() == index.Private && p.Base() != "trash" && !(staged && p.Base() == "staging"):
			return false
		case t.kind == index.File && p.Dir() != index.Private+"/trash":
			seen[t.text] = true
		}
		return true
	})
	return seen
}

// walk calls f for everything below dir, a directory before what is in it if f
// says so.
func (s *site) walk(dir index.Path, f func(index.Path, thing) bool) {
	s.w.t.Helper()
	s.in(dir, func(d tree.Dir) error {
		names, err := d.List()
		if err != nil {
			return err
		}
		slices.Sort(names)
		for _, name := range names {
			info, err := d.Stat(name)
			if err != nil {
				return err
			}
			t, p := thing{kind: info.Kind, mode: info.Mode}, dir.Join(name)
			t.owner = s.ownerOf(info.Owner)
			if s.mem.KeepsAttrs() && info.Kind != index.Link {
				if t.attrs, err = d.Attrs(name); err != nil {
					return err
				}
			}
			switch info.Kind {
			case index.File:
				if t.text, err = readAll(d, name); err != nil {
					return err
				}
				t.mtime = info.Mtime
			case index.Link:
				t.mode = 0
				if t.text, err = d.Readlink(name); err != nil {
					return err
				}
			}
			if f(p, t) && info.Kind == index.Dir {
				s.walk(p, f)
			}
		}
		return nil
	})
}

func readAll(d tree.Dir, name string) (string, error) {
	f, err := d.Read(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	b, err := io.ReadAll(f)
	return string(b), err
}

// text is the content of a file of the root; "" if there is none, at the moment.
func (s *site) text(name string) (text string) {
	s.in("", func(d tree.Dir) error {
		text, _ = readAll(d, name)
		return nil
	})
	return text
}

// in works in a directory as the user.
func (s *site) in(dir index.Path, do func(tree.Dir) error) {
	s.w.t.Helper()
	u := s.mem.User()
	t := u.Traits()
	t.Owners = u.Owners() != nil
	u.SetTraits(t)
	d, err := u.Open(dir)
	if err == nil {
		defer d.Close()
		err = do(d)
	}
	if err != nil {
		s.w.t.Fatalf("%s: %v", s.name, err)
	}
}
