package merge

import (
	"errors"
	"math/rand/v2"
	"os"
	"os/exec"
	"testing"
	"time"

	"latus/sync/tree"
)

// victim names the tree that a copy of this test is to work on until it is killed.
const victim = "LATUS_TEST_VICTIM"

// TestKilled kills a process that carries out a plan on a real disk.
func TestKilled(t *testing.T) {
	s := everything()
	if root := os.Getenv(victim); root != "" {
		d := reopen(t, root)
		w := open(t, s, d, d)
		w.apply("killed")
		return
	}
	for range 5 {
		root := t.TempDir()
		d, err := tree.OpenDisk(root)
		must(t, err)
		begin(t, s, d)
		must(t, d.Close())

		child := exec.Command(os.Args[0], "-test.run=^TestKilled$")
		child.Env = append(os.Environ(), victim+"="+root)
		must(t, child.Start())
		time.Sleep(time.Duration(rand.IntN(60)) * time.Millisecond)
		child.Process.Kill()
		var exit *exec.ExitError
		if err := child.Wait(); err != nil && !errors.As(err, &exit) {
			t.Fatal(err)
		}

		d = reopen(t, root)
		w := open(t, s, d, d)
		w.checkKept(files(t, d, ""))
		must(t, w.recover())
		w.checkWhole()
		w.checkCalm()
		w.scan()
		res, err := w.apply("again")
		must(t, err)
		if len(res.Problems) > 0 {
			t.Fatal(res.Problems)
		}
		w.checkDone()
		w.close()
		must(t, d.Close())
	}
}

// reopen opens a tree that begin made.
func reopen(t *testing.T, root string) *tree.Disk {
	opened, err := tree.OpenDisk(root)
	must(t, err)
	d := opened.(*tree.Disk)
	traits, err := tree.Probe(d)
	must(t, err)
	d.SetTraits(traits)
	return d
}
