//go:build unix

package e2e

import (
	"crypto/sha256"
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

var killHistories = flag.Int("kill-histories", 4, "how many random histories with kills of the real binary")

// TestHistoriesWithKills has users change three trees on a real disk at random, and
// syncs of random pairs of them, here and over a pipe, that are killed at random
// moments. No byte may be lost by any of it; in the end all trees are equal.
func TestHistoriesWithKills(t *testing.T) {
	if testing.Short() {
		t.Skip("runs latus many times")
	}
	if *seed != 0 {
		playKills(t, *seed)
		return
	}
	for range *killHistories {
		s := uint64(rand.Uint32())
		if !t.Run(fmt.Sprint(s), func(t *testing.T) {
			playKills(t, s)
			if t.Failed() {
				t.Logf("replay, as far as the clock allows, with -seed %d", s)
			}
		}) {
			return
		}
	}
}

type killHistory struct {
	t     *testing.T
	r     *rand.Rand
	trees []string
	rsh   string
	made  int
	took  time.Duration // the last run that was not killed

	// What stood in a tree or its trash, and since a run was killed is only in staging.
	// What was fetched to there, and then done away with by its user, is not as dear.
	held map[[32]byte]string
	met  bool // every tree with every other, undisturbed
	log  []string
}

func playKills(t *testing.T, seed uint64) {
	h := &killHistory{t: t, r: rand.New(rand.NewPCG(seed, 9))}
	dir := t.TempDir()
	h.rsh = rshScript(t, dir)
	for _, name := range []string{"a", "b", "c"} {
		h.trees = append(h.trees, filepath.Join(dir, name))
		must(t, os.Mkdir(filepath.Join(dir, name), 0o755))
	}
	first := filepath.Join(dir, "first")
	put(t, filepath.Join(first, "f"), "f")
	start := time.Now()
	runToEnd(t, []string{"sync", "-q", first, first + "-b"})
	h.took = time.Since(start)
	defer func() {
		if t.Failed() {
			t.Log(strings.Join(h.log, "\n"))
		}
	}()
	for range 12 + h.r.IntN(10) {
		if h.r.IntN(5) < 3 {
			h.edit(h.trees[h.r.IntN(3)])
		} else {
			p := h.r.Perm(3)
			h.sync(true, h.trees[p[0]], h.trees[p[1]])
		}
	}
	for round := range 2 {
		h.met = round > 0
		for i := range h.trees {
			h.sync(false, h.trees[i], h.trees[(i+1)%3])
		}
	}
	for _, b := range h.trees[1:] {
		mustBeEqual(t, h.trees[0], b)
	}
	stagingEmpty(t, "at the end", h.trees...)
	h.sync(false, h.trees[0], h.trees[1])
	before, err := stats(h.trees[0], h.trees[1])
	must(t, err)
	h.sync(false, h.trees[0], h.trees[1])
	after, err := stats(h.trees[0], h.trees[1])
	must(t, err)
	if diff := difference(before, after); len(diff) > 0 {
		t.Fatalf("a run with nothing to do touched:\n%s", strings.Join(diff, "\n"))
	}
}

// rshScript makes a command that runs another one here, as ssh would there.
func rshScript(t testing.TB, dir string) string {
	t.Helper()
	rsh := filepath.Join(dir, "rsh")
	must(t, os.WriteFile(rsh, []byte("#!/bin/sh\nshift\nexec sh -c \"$*\"\n"), 0o755))
	return rsh
}

// sync runs over two trees, perhaps over a pipe, and perhaps kills it.
func (h *killHistory) sync(mayKill bool, a, b string) {
	h.t.Helper()
	before := allContents(h.t, false, h.trees...)
	maps.Copy(before, h.held)
	args := []string{"sync", "-q", "--max-delete", "off"}
	if h.r.IntN(3) == 0 {
		args = append(args, "-e", h.rsh, "--latus-path", latus(h.t), a, "here:"+b)
	} else {
		args = append(args, a, b)
	}
	switch {
	case mayKill && h.r.IntN(3) > 0:
		after := time.Duration(h.r.Float64() * 1.2 * float64(h.took))
		far := h.r.IntN(4) == 0
		when, _ := killed(h.t, args, b, far, after)
		h.log = append(h.log, fmt.Sprint(when, args))
		if !far {
			killServer(b)
		}
	default:
		h.log = append(h.log, fmt.Sprint(args))
		start := time.Now()
		defer func() { h.took = time.Since(start) }()
		if h.met {
			runToEnd(h.t, args)
		} else {
			runAsFarAsItGets(h.t, args)
		}
	}
	after, staged := allContents(h.t, false, h.trees...), allContents(h.t, true, h.trees...)
	h.held = map[[32]byte]string{}
	for x, p := range before {
		if _, there := staged[x]; !there {
			h.t.Fatalf("the content of %s is gone", p)
		}
		if _, there := after[x]; !there {
			h.held[x] = p
		}
	}
}

// runAsFarAsItGets is runToEnd where two trees may know, from a killed run, of bytes
// that only the third one has; or be of two groups, since one of them was killed as it
// first met a tree that has joined the other one since. Then the user does as is said.
func runAsFarAsItGets(t testing.TB, args []string) {
	t.Helper()
	var out []byte
	var err error
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		out, err = exec.Command(latus(t), args...).CombinedOutput()
		if exitOf(t, err) != 5 { // the one that was killed may have held its trees for a moment
			break
		}
	}
	switch {
	case err == nil || strings.Contains(string(out), "no tree of this run has these bytes"):
	case strings.Contains(string(out), "belongs to another group") && strings.Contains(string(out), "add --join"):
		runAsFarAsItGets(t, append(slices.Clone(args), "--join"))
	default:
		t.Fatalf("latus %v: %v\n%s", args, err, out)
	}
}

// allContents are the hashes of all files in trees and their trash, and perhaps of
// what is in staging.
func allContents(t testing.TB, staged bool, dirs ...string) map[[32]byte]string {
	t.Helper()
	all := map[[32]byte]string{}
	for _, dir := range dirs {
		must(t, filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
			private := filepath.Join(dir, ".latus")
			staging := filepath.Join(private, "staging")
			switch {
			case err != nil:
				return err
			case !d.Type().IsRegular() || filepath.Dir(p) == private || filepath.Dir(p) == filepath.Join(staging, "probe") ||
				!staged && filepath.Dir(p) == staging || filepath.Dir(p) == filepath.Join(private, "trash"):
				return nil
			}
			b, err := os.ReadFile(p)
			all[sha256.Sum256(b)] = p
			return err
		}))
	}
	return all
}

// edit has a user do something to a tree.
func (h *killHistory) edit(dir string) {
	var files, dirs []string
	must(h.t, filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.Name() == ".latus":
			return filepath.SkipDir
		case d.IsDir():
			dirs = append(dirs, p)
		default:
			files = append(files, p)
		}
		return nil
	}))
	h.made++
	text := []byte(strings.Repeat(fmt.Sprint("content ", h.made, " "), 1+h.r.IntN(20_000)))
	free := filepath.Join(dirs[h.r.IntN(len(dirs))], string(rune('a'+h.r.IntN(6))))
	_, err := os.Lstat(free)
	isFree := os.IsNotExist(err)
	op := h.r.IntN(9)
	h.log = append(h.log, fmt.Sprint("edit ", op, " ", free))
	switch {
	case op < 3 && isFree:
		must(h.t, os.WriteFile(free, text, 0o644))
	case op == 3 && isFree && strings.Count(free, "/") < strings.Count(dir, "/")+4:
		must(h.t, os.Mkdir(free, 0o755))
	case op == 4 && isFree:
		must(h.t, os.Symlink(fmt.Sprint("to", h.made), free))
	case len(files) == 0:
	case op == 5 || op == 6:
		f := files[h.r.IntN(len(files))]
		must(h.t, os.Remove(f)) // else a link would be followed
		must(h.t, os.WriteFile(f, text, 0o644))
	case op == 7:
		must(h.t, os.Remove(files[h.r.IntN(len(files))]))
	case op == 8 && isFree:
		must(h.t, os.Rename(files[h.r.IntN(len(files))], free))
	}
}
