//go:build unix

package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"latus/internal/sshtest"
)

// Killed anywhere, a run over SFTP is finished by the next one, at once.
func TestKilledOverSFTP(t *testing.T) {
	if testing.Short() {
		t.Skip("kills a few runs")
	}
	for name, config := range map[string]string{"all extensions": "internal-sftp", "none": "internal-sftp -P posix-rename,fsync,statvfs"} {
		t.Run(name, func(t *testing.T) { killedOverSFTP(t, config) })
	}
}

func killedOverSFTP(t *testing.T, command string) {
	s := sshtest.Start(t, sshtest.Options{Config: "ForceCommand " + command})
	flags := []string{"--ssh-config", s.ConfigFile}
	dir := t.TempDir()
	a, b := filepath.Join(dir, "a"), filepath.Join(dir, "b")
	fill := func(round int) {
		for i := range 300 {
			put0(t, filepath.Join(a, fmt.Sprint(i%11), fmt.Sprint(i)), strings.Repeat(fmt.Sprint(round, i), 1+i*10))
			put0(t, filepath.Join(a, "was", fmt.Sprint(round, i)), fmt.Sprint("gone soon ", i, round))
			from := filepath.Join(a, "moves", fmt.Sprint(round-1, " ", i))
			if round == 0 {
				put0(t, from, fmt.Sprint("moves ", i))
			}
			must(t, os.Rename(from, filepath.Join(a, "moves", fmt.Sprint(round, " ", i))))
		}
		must(t, os.RemoveAll(filepath.Join(a, "was", fmt.Sprint(round-1))))
		for i := range 300 {
			_ = os.Remove(filepath.Join(a, "was", fmt.Sprint(round-1, i)))
		}
	}
	args := append([]string{"sync", "-q", "--max-delete", "off"}, append(flags, a, "sftp://"+s.Name+b)...)
	fill(0)
	whole := filepath.Join(dir, "whole")
	copyTree(t, a, whole)
	start := time.Now()
	runToEnd(t, append([]string{"sync", "-q"}, append(flags, whole, "sftp://"+s.Name+whole+"-b")...))
	took := time.Since(start)
	const kills = 6
	for round, landed := 0, 0; landed < kills; round++ {
		if round > 0 {
			fill(round)
		}
		if _, late := killed(t, args, b, false, took*time.Duration(2*landed+1)/(2*kills)); late {
			took = took * 3 / 4
		} else {
			landed++
		}
		if round%2 == 0 {
			put(t, filepath.Join(b, "meanwhile"), fmt.Sprint("at b ", round))
		}
		if out, err := exec.Command(latus(t), args...).CombinedOutput(); err != nil {
			t.Fatalf("round %d: %v\n%s", round, err, out)
		}
		equalOverSFTP(t, a, b)
		if left, _ := filepath.Glob(filepath.Join(b, ".latus", "staging", "*")); len(left) > 0 {
			t.Errorf("left in staging: %s", left)
		}
		leases := func() []string {
			left, _ := filepath.Glob(filepath.Join(b, ".latus", "lease*"))
			return left
		}
		if len(leases()) > 0 {
			// Killed with all done but this. The run after it had nothing to do and wrote
			// nothing; one that has takes the lease over, and away.
			put(t, filepath.Join(a, "after"), fmt.Sprint("at a ", round))
			runToEnd(t, args)
		}
		if left := leases(); len(left) > 0 {
			t.Errorf("left: %s", left)
		}
	}
}
