package e2e

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// A directory of many files that gets another name costs little more than the names: what the
// files are the other tree knows. Where it has edited some meanwhile it does not know, asks
// once more, and both versions are there in the end.
func TestRenamedDirectoryOnTheWire(t *testing.T) {
	const files = 1000
	content := func(i int) string { return fmt.Sprint("content ", i) }
	for _, side := range []string{"near", "far"} {
		for _, edited := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, edited %v", side, edited), func(t *testing.T) {
				near, far := t.TempDir(), t.TempDir()
				here, there := near, far
				if side == "far" {
					here, there = far, near
				}
				random := rand.New(rand.NewPCG(1, 2))
				write := func(p, text string, age time.Duration) {
					t.Helper()
					if err := os.WriteFile(p, []byte(text), 0o666); err != nil {
						t.Fatal(err)
					}
					when := time.Now().Add(-age)
					if err := os.Chtimes(p, when, when); err != nil {
						t.Fatal(err)
					}
				}
				if err := os.Mkdir(filepath.Join(near, "old"), 0o777); err != nil {
					t.Fatal(err)
				}
				for i := range files {
					age := time.Hour + time.Duration(random.Int64N(int64(1000*time.Hour)))
					write(filepath.Join(near, "old", fmt.Sprint(i)), content(i), age)
				}
				syncOverWire(t, near, far)
				if err := os.Rename(filepath.Join(here, "old"), filepath.Join(here, "new")); err != nil {
					t.Fatal(err)
				}
				if edited {
					write(filepath.Join(there, "old", "7"), "edited", time.Minute)
				}
				trips, wire, _ := meteredSync(t, near, far)
				if !edited && (wire > 25*files || trips > 4) {
					t.Errorf("%d bytes and %d round trips", wire, trips)
				}
				if edited && trips > 6 {
					t.Errorf("%d round trips", trips)
				}
				for _, dir := range []string{near, far} {
					for i := range files {
						if got, err := os.ReadFile(filepath.Join(dir, "new", fmt.Sprint(i))); err != nil || string(got) != content(i) {
							t.Fatalf("%d: %q, %v", i, got, err)
						}
					}
					got, err := os.ReadFile(filepath.Join(dir, "old", "7"))
					if there := err == nil; there != edited || there && string(got) != "edited" {
						t.Errorf("what was edited: %q, %v", got, err)
					}
				}
				if trips, _, rep := meteredSync(t, near, far); trips > 2 || rep.Changes > 0 {
					t.Errorf("and then %d round trips, %d changes", trips, rep.Changes)
				}
			})
		}
	}
}
