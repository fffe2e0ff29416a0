package e2e

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A tree and a stick, from the first meeting over edits, renames, deletions and a
// conflict to an interrupted run.
func TestStickStory(t *testing.T) {
	if testing.Short() {
		t.Skip("makes and mounts filesystems")
	}
	for _, c := range sticks {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := c.mount(t)
			a := t.TempDir()
			for i := range 40 {
				edit(t, filepath.Join(a, fmt.Sprintf("d%d", i%4), fmt.Sprintf("f%02d", i)), fmt.Sprintf("content of %d", i))
			}
			must(t, os.MkdirAll(filepath.Join(a, "empty", "Directory"), 0o750))
			edit(t, filepath.Join(a, "ünï", "straße é"), "NFC")
			must(t, os.WriteFile(filepath.Join(a, "d0", "run.sh"), []byte("#!/bin/sh\n"), 0o755))
			must(t, os.WriteFile(filepath.Join(a, "d0", "secret"), []byte("key"), 0o600))
			must(t, os.WriteFile(filepath.Join(a, "none"), nil, 0o644))
			must(t, os.Symlink("d0/f00", filepath.Join(a, "link")))
			ageAll(t, a)
			first, err := look(a)
			must(t, err)

			s.sync(t, a, s.at)
			s.mustHold(t, a)
			s.quiet(t, []string{a, s.at}, a, s.at)
			s.quiet(t, []string{s.at, a}, a, s.at)
			now, err := look(a)
			must(t, err)
			if diff := difference(first, now); len(diff) > 0 {
				t.Fatalf("the other tree was changed:\n%s", strings.Join(diff, "\n"))
			}

			// Edits both ways, renames, deletions.
			edit(t, filepath.Join(a, "d0", "f00"), "edited at a")
			edit(t, filepath.Join(s.at, "d1", "f01"), "edited at b")
			edit(t, filepath.Join(s.at, "new", "deep", "er"), "new at b")
			must(t, os.Rename(filepath.Join(a, "d2"), filepath.Join(a, "D2 renamed")))
			must(t, os.Rename(filepath.Join(s.at, "d3", "f03"), filepath.Join(s.at, "d3", "F03")))
			must(t, os.Remove(filepath.Join(a, "d1", "f05")))
			must(t, os.Remove(filepath.Join(s.at, "d1", "f09")))
			s.sync(t, a, s.at)
			s.mustHold(t, a)
			s.quiet(t, []string{a, s.at}, a, s.at)
			s.mustBeIntact(t, a, first, "d0/f04", "d0/f36", "d1/f13", "d0/run.sh", "d0/secret", "none", "ünï/straße é")
			for p, want := range map[string]string{"d0/f00": "edited at a", "d1/f01": "edited at b", "new/deep/er": "new at b", "d3/F03": "content of 3", "D2 renamed/f02": "content of 2"} {
				for _, dir := range []string{a, s.at} {
					if b, err := os.ReadFile(filepath.Join(dir, p)); string(b) != want {
						t.Fatalf("%s/%s: %q %v", dir, p, b, err)
					}
				}
			}
			for _, gone := range []string{"d2", "d3/f03", "d1/f05", "d1/f09"} {
				names, _ := os.ReadDir(filepath.Join(a, filepath.Dir(gone)))
				for _, n := range names {
					if n.Name() == filepath.Base(gone) {
						t.Fatalf("%s is still there", gone)
					}
				}
			}

			// A conflict: one wins, the other is in a trash.
			edit(t, filepath.Join(a, "d0", "f04"), "conflict, a")
			later := time.Now().Add(10 * time.Second)
			edit(t, filepath.Join(s.at, "d0", "f04"), "conflict, b!")
			must(t, os.Chtimes(filepath.Join(s.at, "d0", "f04"), later, later))
			if sum := s.sync(t, a, s.at); sum.Conflicts != 1 {
				t.Fatalf("conflicts: %+v", sum)
			}
			s.mustHold(t, a)
			if b, _ := os.ReadFile(filepath.Join(a, "d0", "f04")); string(b) != "conflict, b!" {
				t.Fatalf("the winner is %q", b)
			}
			if !trashHolds(t, a, "conflict, a") {
				t.Fatal("the loser is nowhere")
			}
			s.quiet(t, []string{a, s.at}, a, s.at)
		})
	}
}

// A run to a stick is killed at any moment, and goes on.
func TestStickKilled(t *testing.T) {
	if testing.Short() {
		t.Skip("makes and mounts filesystems")
	}
	for _, c := range sticks {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := c.mount(t)
			a := t.TempDir()
			rng := rand.New(rand.NewPCG(lot(t), 7))
			text := func(i int) string { return strings.Repeat(fmt.Sprintf("line of %d ", i), 1+i*7%900) }
			for i := range 150 {
				edit(t, filepath.Join(a, fmt.Sprintf("d%d", i%7), fmt.Sprintf("f%03d", i)), text(i))
			}
			ageAll(t, a)
			whole := t.TempDir()
			copyTree(t, a, whole)
			start := time.Now()
			s.sync(t, whole, s.at+"-whole")
			took := time.Since(start)
			must(t, os.RemoveAll(s.at+"-whole"))
			for round := range 1 + *kills {
				for late := true; late; { // the first run, then one that changes what is there
					if _, late = killed(t, []string{"sync", "-q", a, s.at}, s.at, false, time.Duration(rng.Int64N(int64(took)))); late {
						took = sooner(took)
						for i := range 150 {
							edit(t, filepath.Join(a, fmt.Sprintf("d%d", i%7), fmt.Sprintf("f%03d", i)), text(i+round+1))
						}
					}
				}
				s.again()
				s.sync(t, a, s.at)
				s.mustHold(t, a)
				if left, _ := os.ReadDir(filepath.Join(s.at, ".latus", "staging")); len(left) > 0 {
					t.Fatalf("left in staging: %v", left)
				}
				s.quiet(t, []string{a, s.at}, a, s.at)
			}
		})
	}
}
