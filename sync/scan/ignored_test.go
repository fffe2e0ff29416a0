package scan

import (
	"io/fs"
	"testing"

	"latus/index"
)

func TestIgnored(t *testing.T) {
	everywhere(t, func(p *place) {
		p.file("a.o", "", old)
		p.file("build/x", "", old)
		p.file("build/y/z", "", old)
		p.file("src/a.o", "", old)
		p.known()
		// Ignored from now on: nothing is said of what the index has, gone or there.
		p.file(".latusignore", "*.o\nbuild/", old)
		p.file("src/.latusignore", "!a.o", old)
		p.remove("build/x")
		p.file("build/new", "", old)
		p.file("b.o", "", old)
		p.remove("a.o")
		p.file("src/a.o", "changed", old)
		r := p.scan()
		p.expect(r, "+.latusignore file", "+src/.latusignore file", "+src/a.o file")
		if r.Files != 3 || r.Was != 1 || r.Lost != 0 {
			p.Errorf("counts: %+v", r)
		}
		// The command line overrides the files.
		p.expect(p.scanWith(ignoring("!*.o", ".latusignore"), systemClock{}), "-a.o", "+b.o file", "+src/a.o file")
		// Patterns end with their file, in the same filter too.
		o := ignoring()
		p.scanWith(o, systemClock{})
		p.remove(".latusignore")
		p.remove("src/.latusignore")
		p.expect(p.scanWith(o, systemClock{}), "-a.o", "+b.o file", "+build/new file", "-build/x", "+src/a.o file")
	})
}

// A directory that holds what is left alone cannot be removed.
func TestKeeps(t *testing.T) {
	everywhere(t, func(p *place) {
		for _, path := range []index.Path{"a/b/x.o", "a.c/y", "ignored/y", "nested/.latus/z", "n.o", "plain/d/y"} {
			p.file(path, "", old)
		}
		r := p.scanWith(ignoring("*.o", "ignored"), systemClock{})
		for dir, want := range map[index.Path]bool{"a": true, "a/b": true, "a.c": false, "nested": true, "plain": false, "plain/d": false} {
			if r.Keeps(dir) != want {
				p.Errorf("Keeps(%q) is not %v; kept are %q", dir, want, r.Kept)
			}
		}
	})
}

// A directory that went away takes along only what was not ignored in it.
func TestGoneDirectoryWithIgnoredContent(t *testing.T) {
	everywhere(t, func(p *place) {
		p.file("d/a.o", "", old)
		p.file("d/b", "", old)
		p.known()
		p.remove("d")
		p.expect(p.scanWith(ignoring("*.o"), systemClock{}), "-d", "-d/b")
	})
}

func TestIgnoreFileThatCannotBeRead(t *testing.T) {
	everywhere(t, func(p *place) {
		p.file("d/.latusignore", "secret", old)
		p.file("d/secret", "", old)
		p.file("e/x", "", old)
		p.before = func(op string, at index.Path) error {
			if op == "Read" && at == "d/.latusignore" {
				return fs.ErrPermission
			}
			return nil
		}
		p.expect(p.scan(), "+e dir", "+e/x file", "!/d: its .latusignore cannot be read: "+fs.ErrPermission.Error())
		p.before = nil
		p.remove("d/.latusignore")
		p.link("d/.latusignore", "secret") // not a file: says nothing
		p.expect(p.scan(), "+d dir", "+d/.latusignore link", "+d/secret file", "+e dir", "+e/x file")
	})
}
