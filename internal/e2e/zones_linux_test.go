package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"latus/internal/mounttest"
	"latus/internal/oddfs"
)

// Scenario 13: coarse clocks, odd nanoseconds, and time zones.
func TestCoarseClockAndZone(t *testing.T) {
	if testing.Short() {
		t.Skip("mounts filesystems")
	}
	t.Run("fat", func(t *testing.T) {
		f := oddMount(t, fatRules)
		s := &stick{at: filepath.Join(f.At, "tree"), noModes: true}
		hour := 0
		s.again = func() {
			hour++
			f.Change(func(r *oddfs.Rules) {
				r.Shift = []time.Duration{time.Hour, -2 * time.Hour, 0, 5*time.Hour + 45*time.Minute}[hour%4]
				r.Numbering++
			})
		}
		zones(t, s)
	})
	t.Run("exfat", func(t *testing.T) {
		f := mounttest.New(t, mounttest.ExFAT)
		s := &stick{at: filepath.Join(f.At, "tree"), noModes: true}
		hour := 0
		s.again = func() {
			hour++
			f.Unmount(t)
			f.Mount(t, "TZ="+[]string{"UTC", "XXX-1", "YYY+8"}[hour%3])
		}
		zones(t, s)
	})
}

func zones(t *testing.T, s *stick) {
	a, b := t.TempDir(), s.at
	for _, n := range []string{"one", "two", "d/three", "d/four"} {
		edit(t, filepath.Join(a, n), n)
		edit(t, filepath.Join(b, n), n) // they meet filled by hand: nothing is hashed
	}
	edit(t, filepath.Join(a, "only"), "only")
	ageAll(t, a)
	ageAll(t, b)
	must(t, os.Chmod(filepath.Join(a, "one"), 0o751))
	first, err := look(a)
	must(t, err)
	s.sync(t, a, b)
	for range 4 {
		s.again()
		if sum := s.sync(t, a, b); sum.Changes != 0 || sum.Conflicts != 0 {
			t.Fatalf("a shifted clock is no change: %+v", sum)
		}
		if out, _ := exec.Command(latus(t), "status", b).CombinedOutput(); strings.Contains(string(out), "not yet") {
			t.Fatalf("a shifted clock is no change:\n%s", out)
		}
		says(t, []string{"holds:      5 files, 1 directory"}, "status", b)
	}
	now, err := look(a)
	must(t, err)
	if diff := difference(first, now); len(diff) > 0 {
		t.Fatalf("the other tree was changed:\n%s", strings.Join(diff, "\n"))
	}
	// A real edit travels, either way, and back.
	edit(t, filepath.Join(b, "two"), "TWO")
	edit(t, filepath.Join(a, "d", "three"), "THREE")
	s.sync(t, a, b)
	mustRead(t, filepath.Join(a, "two"), "TWO")
	mustRead(t, filepath.Join(b, "d", "three"), "THREE")
	s.again()
	if sum := s.sync(t, a, b); sum.Changes != 0 {
		t.Fatalf("not quiet: %+v", sum)
	}
	// Of the same size, on the shifted stick.
	time.Sleep(2100 * time.Millisecond)
	edit(t, filepath.Join(b, "two"), "2wo")
	s.sync(t, a, b)
	mustRead(t, filepath.Join(a, "two"), "2wo")
	s.mustBeIntact(t, a, first, "one", "d/four", "only")
}
