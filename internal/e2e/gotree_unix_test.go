//go:build unix

package e2e

import (
	"crypto/sha256"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// goTree copies Go's own tree, or a part of it, and adds what it lacks.
func goTree(t testing.TB) string {
	t.Helper()
	root, err := exec.Command("go", "env", "GOROOT").Output()
	must(t, err)
	from := strings.TrimSpace(string(root))
	if !*whole {
		from = filepath.Join(from, "src", "cmd", "compile")
	}
	to := filepath.Join(t.TempDir(), "go")
	copyTree(t, from, to)
	must(t, os.Symlink("VERSION", filepath.Join(to, "a link")))
	must(t, os.Symlink("/nowhere/at all", filepath.Join(to, "dangling")))
	must(t, os.MkdirAll(filepath.Join(to, "empty", "directory"), 0o750))
	must(t, os.WriteFile(filepath.Join(to, "odd \"name\"\nwith a newline"), nil, 0o604))
	must(t, os.WriteFile(filepath.Join(to, "invalid \xff utf-8"), []byte("x"), 0o400))
	must(t, os.Chmod(filepath.Join(to, "empty"), 0o711))
	return to
}

func copyTree(t testing.TB, from, to string) {
	t.Helper()
	if out, err := exec.Command("cp", "-a", from+"/.", to).CombinedOutput(); err != nil {
		t.Fatalf("cp: %v %s", err, out)
	}
}

// churn edits, deletes, renames and creates, reproducibly.
func churn(t testing.TB, rng *rand.Rand, dir, tag string) {
	t.Helper()
	var files []string
	must(t, filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.Name() == ".latus" {
			return filepath.SkipDir
		}
		if d.Type().IsRegular() {
			files = append(files, p)
		}
		return nil
	}))
	rng.Shuffle(len(files), func(i, j int) { files[i], files[j] = files[j], files[i] })
	n := max(len(files)/40, 8)
	for i, p := range files[:n] {
		switch i % 5 {
		case 0, 1:
			must(t, os.Chmod(p, 0o644))
			must(t, os.WriteFile(p, []byte(fmt.Sprintf("edited on %s: %d %s", tag, i, p)), 0o644))
		case 2:
			must(t, os.Remove(p))
		case 3:
			must(t, os.Rename(p, fmt.Sprintf("%s.renamed-%s", p, tag)))
		case 4:
			must(t, os.WriteFile(fmt.Sprintf("%s.new-%s-%d", p, tag, i), []byte(tag+p), 0o755))
		}
	}
}

// contents are the hashes of all files in a tree, its trash and, if asked for,
// its staging area.
func contents(t testing.TB, dir string, staged bool) map[[32]byte]string {
	t.Helper()
	found := map[[32]byte]string{}
	must(t, filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && d.Name() == "staging" && !staged {
			return filepath.SkipDir
		}
		if d.Type().IsRegular() {
			b, err := os.ReadFile(p)
			if err != nil {
				return err
			}
			found[sha256.Sum256(b)] = p
		}
		return nil
	}))
	return found
}

// nothingLost checks that every content of before is still in one of the trees.
func nothingLost(t testing.TB, when string, before map[[32]byte]string, staged bool, dirs ...string) {
	t.Helper()
	now := map[[32]byte]string{}
	for _, dir := range dirs {
		for h, p := range contents(t, dir, staged) {
			now[h] = p
		}
	}
	for h, p := range before {
		if _, ok := now[h]; !ok && !strings.Contains(p, "/.latus/") {
			t.Fatalf("%s: the content of %s is gone", when, p)
		}
	}
}

// wholeFiles checks that every file of a half-made copy is whole.
func wholeFiles(t testing.TB, when, a, b string) {
	t.Helper()
	if _, err := os.Stat(b); os.IsNotExist(err) {
		return
	}
	x, err := look(a)
	must(t, err)
	y, err := look(b)
	must(t, err)
	for p, v := range y {
		if strings.HasPrefix(v, "file") && x[p] != v {
			t.Fatalf("%s: %q is not whole: %s, not %s", when, p, v, x[p])
		}
	}
}

func stagingEmpty(t testing.TB, when string, dirs ...string) {
	t.Helper()
	for _, dir := range dirs {
		left, err := os.ReadDir(filepath.Join(dir, ".latus", "staging"))
		if err != nil || len(left) > 0 {
			t.Fatalf("%s: staging of %s: %v %v", when, dir, left, err)
		}
	}
}
