package site

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

// A shell tells by PWD through which link one came to the working directory. The system does
// not care: it goes up from where that is.
func TestFindGoesUpFromWhereTheWorkingDirectoryIs(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("paths are text there")
	}
	base, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{"real/deep/dir", "links"} {
		if err := os.MkdirAll(filepath.Join(base, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	link := filepath.Join(base, "links", "cwd")
	if err := os.Symlink("../real/deep/dir", link); err != nil {
		t.Skip(err)
	}
	t.Chdir(link)
	deep := filepath.Join(base, "real", "deep")
	for path, want := range map[string]string{
		"..": deep, "../": deep, "../new": deep + "/new", "./../new": deep + "/new",
		"../..": filepath.Join(base, "real"), "../../new": base + "/real/new", "new": link + "/new", ".": link,
	} {
		if got, err := Find(path); err != nil || got.Path != want {
			t.Errorf("Find(%q) = %q, %v; want %q", path, got.Path, err, want)
		}
	}
}
