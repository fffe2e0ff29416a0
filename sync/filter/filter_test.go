package filter

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"latus/index"
)

func TestIgnored(t *testing.T) {
	type files map[index.Path]string
	for _, c := range []struct {
		about   string
		command []string
		files   files
		ignored string // a trailing slash marks a directory
		kept    string
	}{
		{"nothing said", nil, nil, "", "a b/c d/"},
		{"private at any depth, in any case", []string{"!.latus", "!.LATUS/"}, files{"": "!.latus/**"},
			".latus/ .LATUS/ a/.Latus/x .latus/index.jsonl a/.latus", ".latusignore .latus2 xlatus"},
		{"a file that is kept out of an ignored directory's content", nil, files{"": "build/**\n!build/keep.txt"},
			"build/x build/d/", "build/ build/keep.txt"},
		{"an ignored parent ends it", nil, files{"": "build/\n!build/keep.txt", "build": "!*"}, "build/ build/keep.txt", "build"},
		{"inner files override outer ones", nil, files{"": "*.o\n/top", "src": "!*.o\nlocal/", "src/deep": "*.o"},
			"a.o top src/local/ src/local/x src/deep/a.o", "src/a.o src/top src/local"},
		{"the command line overrides all files", []string{"*.tmp", "!keep.tmp", "/out"}, files{"": "!*.tmp\nkeep.tmp", "d": "!out"},
			"a.tmp d/a.tmp out out/x", "keep.tmp d/keep.tmp d/out"},
		{"the order of the command line counts", []string{"!a", "a"}, nil, "a", "b"},
		{"comments, escapes and spaces", nil, files{"": "#c\n\\#d\n\\!e\nf  \ng\\ \nh\r\n"}, "#d !e f h", "#c e g"},
		{"a nested file is about its own directory", nil, files{"s": "/x\ny/z"}, "s/x s/y/z", "x s/d/x y/z s/d/y/z"},
	} {
		t.Run(c.about, func(t *testing.T) {
			f := New(c.command)
			for dir, text := range c.files {
				f.Set(dir, []byte(text))
			}
			check := func(list string, want bool) {
				for _, p := range strings.Fields(list) {
					p, isDir := strings.CutSuffix(p, "/")
					if got := f.Ignored(index.Path(p), isDir); got != want {
						t.Errorf("Ignored(%q, %v) = %v", p, isDir, got)
					}
					if got := f.In(index.Path(p).Dir()).Ignored(index.Path(p), isDir); got != want {
						t.Errorf("In(%q).Ignored(%q, %v) = %v", index.Path(p).Dir(), p, isDir, got)
					}
				}
			}
			check(c.ignored, true)
			check(c.kept, false)
		})
	}
}

func TestIgnoredMoved(t *testing.T) {
	f := New(nil)
	f.Set("", []byte("/a/anchored\n*.o\n/z/d/"))
	f.Set("a", []byte("/own"))
	f.Set("a/b", []byte("deep\n!*.o"))
	f.Set("x", []byte("outer"))
	for p, want := range map[index.Path]bool{
		"x/y/own": true, "x/y/b/deep": true, "x/y/b/c/deep": true, "x/y/t.o": true, "x/y/outer": true, "x/y/b/.latus": true,
		"x/y/anchored": false, "x/y/b/own": false, "x/y/b/t.o": false, "x/y/deep": false,
	} {
		if got := f.IgnoredMoved(p, "a", "x/y", false); got != want {
			t.Errorf("IgnoredMoved(%q) = %v", p, got)
		}
	}
	if !f.IgnoredMoved("z/d/own/x", "a", "z/d", false) {
		t.Error("what comes to an ignored directory is not ignored")
	}
}

func TestSetReplaces(t *testing.T) {
	f := New(nil)
	f.Set("d", []byte("a"))
	f.Set("d", []byte("b"))
	if f.Ignored("d/a", false) || !f.Ignored("d/b", false) {
		t.Error("the later patterns of a directory do not replace the earlier ones")
	}
	f.Set("d", nil)
	if f.Ignored("d/b", false) {
		t.Error("patterns outlive their removal")
	}
	f.Set("d", []byte("c"))
	f.Forget()
	if f.Ignored("d/c", false) {
		t.Error("patterns are not forgotten")
	}
}

func TestIgnoredAllocatesNothing(t *testing.T) {
	f := New([]string{"*.tmp", "/cache/**/x[0-9]", "!keep"})
	f.Set("", []byte("*.o\nnode_modules/\n/a/**/z\n"))
	f.Set("a/b", []byte("!*.o\nq?\n"))
	if n := testing.AllocsPerRun(100, func() {
		f.Ignored("a/b/c/d/e.o", false)
		f.Ignored("a/b/c/d/z", true)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestSetWhileOthersAsk(t *testing.T) {
	f := New(nil)
	f.Set("", []byte("*.o"))
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() {
			dir := index.Path(fmt.Sprint("d", w))
			for i := range 200 {
				f.Set(dir.Join(fmt.Sprint(i)), []byte("x"))
				if !f.Ignored(dir.Join("a.o"), false) || !f.Ignored(dir.Join(fmt.Sprint(i)).Join("x"), false) {
					t.Error("patterns got lost")
				}
			}
		})
	}
	wg.Wait()
}

func TestStarsEnd(t *testing.T) {
	// Patterns that take exponential time where every star is tried again.
	deep := strings.Repeat("a/", 200) + "a"
	f := New([]string{strings.Repeat("**/a/", 50) + "b", strings.Repeat("*a", 60) + "b", "x/" + strings.Repeat("*a", 60) + "b"})
	if f.Ignored(index.Path(deep), false) || f.Ignored(index.Path("x/"+strings.Repeat("a", 250)), false) {
		t.Error("matched")
	}
}

func BenchmarkIgnored(b *testing.B) {
	f := New([]string{"*.tmp", "!keep"})
	f.Set("", []byte("*.o\n*.a\nnode_modules/\n/build\n**/cache/\n.DS_Store\n*~\n"))
	scope := f.In("home/user/project/src")
	b.Run("path", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			f.Ignored("home/user/project/src/main.go", false)
		}
	})
	b.Run("scope", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			scope.Ignored("home/user/project/src/main.go", false)
		}
	})
}
