package merge

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"sync/atomic"
	"testing"

	"latus/index"
	"latus/sync/fetch"
	"latus/sync/tree"
)

// victim names the tree that a copy of this test is to work on, doomed the event of its run
// after which it is killed; 0: it is not.
const (
	victim = "LATUS_TEST_VICTIM"
	doomed = "LATUS_TEST_DOOMED"
)

// events counts what a run tells of itself, and kills the process that it is in: some time
// between an event and the next one, however fast either of them comes.
type events struct {
	seen atomic.Int64
	last int64 // 0: it goes on to the end
}

func (e *events) happened() {
	switch n := e.seen.Add(1); {
	case e.last == 0 || n < e.last:
	case n == e.last:
		go die()
	default:
		die()
	}
}

func die() {
	if p, err := os.FindProcess(os.Getpid()); err == nil {
		_ = p.Kill()
	}
	select {}
}

// watched is a source and a sink that have events.
type watched struct {
	fetch.Source
	fetch.Sink
	*events
}

func (w watched) Send(ctx context.Context, wants []fetch.Want, sink fetch.Sink) error {
	w.Sink = sink
	return w.Source.Send(ctx, wants, w)
}

func (w watched) Data(n int, p []byte) error {
	w.happened()
	return w.Sink.Data(n, p)
}

func (w watched) Done(n int, h index.Hash) error {
	w.happened()
	return w.Sink.Done(n, h)
}

// TestKilled kills a process that carries out a plan on a real disk.
func TestKilled(t *testing.T) {
	s := everything()
	if root := os.Getenv(victim); root != "" {
		d := reopen(t, root)
		w := open(t, s, d, d)
		e := &events{}
		e.last, _ = strconv.ParseInt(os.Getenv(doomed), 10, 64)
		j := w.job("killed")
		j.Source = watched{Source: j.Source, events: e}
		j.Applied = func(int) { e.happened() }
		_, err := Apply(context.Background(), j)
		must(t, err)
		if e.last > 0 {
			die()
		}
		fmt.Println(e.seen.Load())
		return
	}
	all, _ := carryOut(t, beginOnDisk(t, s), 0)
	total, err := strconv.Atoi(all)
	must(t, err)
	midway := 0
	for n := range sample(total, max(total/8, 1)) {
		root := beginOnDisk(t, s)
		if said, ended := carryOut(t, root, n); ended {
			t.Fatalf("it was not killed after event %d of %d: %s", n, total, said)
		}
		d := reopen(t, root)
		w := open(t, s, d, d)
		if len(w.x.Intents()) > 0 {
			midway++
		}
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
	if midway == 0 {
		t.Errorf("none of %d events is in the midst of the run", total)
	}
}

// carryOut has a process carry out the plan in root, and returns what it said before it ended or
// was killed.
func carryOut(t *testing.T, root string, last int) (said string, ended bool) {
	child := exec.Command(os.Args[0], "-test.run=^TestKilled$")
	child.Env = append(os.Environ(), victim+"="+root, doomed+"="+strconv.Itoa(last))
	out, err := child.Output()
	line, _, _ := bytes.Cut(out, []byte("\n"))
	if err != nil && (last == 0 || bytes.Contains(out, []byte("FAIL"))) {
		t.Fatalf("%v: %s", err, out)
	}
	return string(line), err == nil
}

func beginOnDisk(t *testing.T, s *story) (root string) {
	root = t.TempDir()
	d, err := tree.OpenDisk(root)
	must(t, err)
	begin(t, s, d)
	must(t, d.Close())
	return root
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
