package watch

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"latus/index"
	"latus/sync/tree"
)

// patience is what a machine may need that has a lot else to do.
const patience = 3 * time.Minute

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func watched(t *testing.T, dir string, patterns ...string) *Watcher {
	t.Helper()
	w, err := Open(context.Background(), func() (tree.Tree, error) { return tree.OpenDisk(dir) }, patterns)
	must(t, err)
	t.Cleanup(func() { w.Close() })
	return w
}

func told(t *testing.T, w *Watcher, of string) {
	t.Helper()
	select {
	case <-w.Changed():
	case <-w.Done():
		t.Fatalf("%s ended the watch: %v", of, w.Err())
	case <-time.After(patience):
		t.Fatalf("nothing was told of %s", of)
	}
}

// quiet waits until all that was done in dir has been told of.
func quiet(t *testing.T, w *Watcher, dir string) {
	t.Helper()
	mark, err := os.MkdirTemp(dir, "mark")
	must(t, err)
	watching := func(want bool) {
		t.Helper()
		for end := time.Now().Add(patience); w.watches(index.Path(filepath.Base(mark))) != want; time.Sleep(time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("a directory is watched: not %v", want)
			}
		}
	}
	// Events come in the order of what they are about.
	watching(true)
	must(t, os.Remove(mark))
	watching(false)
}

func drain(w *Watcher) {
	select {
	case <-w.Changed():
	default:
	}
}

func TestEveryChangeIsTold(t *testing.T) {
	dir := t.TempDir()
	at := func(p string) string { return filepath.Join(dir, filepath.FromSlash(p)) }
	must(t, os.MkdirAll(at("old/deep"), 0o777))
	must(t, os.WriteFile(at("old/deep/f"), []byte("one"), 0o666))
	w := watched(t, dir)
	if n := w.Dirs(); n != 3 {
		t.Errorf("%d directories are watched", n)
	}
	for _, step := range []struct {
		what string
		do   func() error
	}{
		{"an edit", func() error { return os.WriteFile(at("old/deep/f"), []byte("two"), 0o666) }},
		{"new bits", func() error { return os.Chmod(at("old/deep/f"), 0o600) }},
		{"a new time", func() error { return os.Chtimes(at("old/deep/f"), time.Time{}, time.Unix(1e9, 0)) }},
		{"a new file", func() error { return os.WriteFile(at("old/g"), nil, 0o666) }},
		{"a new directory", func() error { return os.MkdirAll(at("new/er/est"), 0o777) }},
		{"a file in it", func() error { return os.WriteFile(at("new/er/est/f"), nil, 0o666) }},
		{"a renamed directory", func() error { return os.Rename(at("old"), at("young")) }},
		{"a file in that", func() error { return os.WriteFile(at("young/deep/h"), nil, 0o666) }},
		{"another directory of the old name", func() error { return os.MkdirAll(at("old/deep"), 0o777) }},
		{"a file in the one", func() error { return os.WriteFile(at("old/deep/f"), nil, 0o666) }},
		{"a file in the other", func() error { return os.WriteFile(at("young/deep/i"), nil, 0o666) }},
		{"a deletion", func() error { return os.Remove(at("young/deep/i")) }},
		{"many deletions", func() error { return os.RemoveAll(at("young")) }},
		{"a link", func() error { return os.Symlink("nowhere", at("link")) }},
	} {
		quiet(t, w, dir)
		drain(w)
		must(t, step.do())
		told(t, w, step.what)
	}
	quiet(t, w, dir)
	if n := w.Dirs(); n != 6 { // the root, new/er/est, old/deep
		t.Errorf("%d directories are watched in the end", n)
	}
}

func TestWhatIsIgnoredIsNotTold(t *testing.T) {
	dir := t.TempDir()
	at := func(p string) string { return filepath.Join(dir, filepath.FromSlash(p)) }
	for _, d := range []string{".latus/staging", "cache/deep", "sub/.latus", "marks"} {
		must(t, os.MkdirAll(at(d), 0o777))
	}
	must(t, os.WriteFile(at(".latusignore"), []byte("/cache/\nmark*\n!marks\n"), 0o666))
	w := watched(t, dir, "*.tmp")
	if n := w.Dirs(); n != 3 { // the root, sub, marks
		t.Errorf("%d directories are watched", n)
	}
	drain(w)
	must(t, os.Mkdir(at("x.tmp"), 0o777))
	must(t, os.WriteFile(at("sub/f"), nil, 0o666))
	told(t, w, "a file")
	for end := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
		// The patterns change, and with them what is watched.
		must(t, os.WriteFile(at(".latusignore"), []byte("/nothing/\n"), 0o666))
		if w.Dirs() == 5 {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("%d directories are watched", w.Dirs())
		}
	}
	told(t, w, "an ignore file")
	drain(w)
	must(t, os.WriteFile(at("cache/deep/g"), nil, 0o666))
	told(t, w, "what is not ignored any more")
}

// A scan refuses an ignore file that is too large. What would be read of it hides nothing.
func TestAnIgnoreFileThatIsTooLargeIgnoresNothing(t *testing.T) {
	dir := t.TempDir()
	must(t, os.Mkdir(filepath.Join(dir, "kept"), 0o777))
	const cut = "\n/kept"
	comment := "#" + strings.Repeat("x", 1<<20-1-len(cut))
	must(t, os.WriteFile(filepath.Join(dir, ".latusignore"), []byte(comment+cut+"-not\n"), 0o666))
	if n := watched(t, dir).Dirs(); n != 2 {
		t.Errorf("%d directories are watched", n)
	}
}

// Whether nothing comes no waiting can show: the judge is asked directly.
func TestTheJudgeOfNames(t *testing.T) {
	dir := t.TempDir()
	must(t, os.Mkdir(filepath.Join(dir, "ignored"), 0o777))
	w := watched(t, dir, "ignored", "*.tmp")
	for name, want := range map[string]bool{
		"f": true, "d/f": true, "f.tmp": false, "ignored": false, "ignored/f": false,
		".latus": false, ".latus/index.jsonl": false, "d/.latus/lock": false, "../f": false,
	} {
		p, ok := w.path(w.root + string(filepath.Separator) + filepath.FromSlash(name))
		if got := ok && !w.filter.Ignored(p, false); got != want {
			t.Errorf("%s is told of: %v", name, got)
		}
	}
	if _, ok := w.path(w.root + "-other"); ok {
		t.Error("another directory's name is taken for one of these")
	}
}

func TestARootThatGoesEndsTheWatch(t *testing.T) {
	for what, do := range map[string]func(dir string) error{
		"moved":   func(dir string) error { return os.Rename(dir, dir+"-moved") },
		"deleted": os.RemoveAll,
	} {
		dir := filepath.Join(t.TempDir(), "root")
		must(t, os.MkdirAll(filepath.Join(dir, "sub"), 0o777))
		w := watched(t, dir)
		must(t, do(dir))
		select {
		case <-w.Done():
		case <-time.After(patience):
			t.Fatalf("%s: the watch goes on", what)
		}
		if err := w.Err(); !errors.Is(err, ErrLost) {
			t.Errorf("%s: %v", what, err)
		}
		if _, err := Open(context.Background(), w.open, nil); !tree.IsNotExist(err) {
			t.Errorf("%s: it can be watched: %v", what, err)
		}
	}
}

func TestALimitSaysHowToRaiseIt(t *testing.T) {
	var limit *LimitError
	if err := limited(syscall.ENOSPC); !errors.As(err, &limit) || !strings.Contains(err.Error(), "raise that with `") {
		t.Errorf("%v", err)
	}
	if err := limited(os.ErrPermission); errors.As(err, &limit) {
		t.Errorf("%v", err)
	}
}
