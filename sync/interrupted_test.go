package sync_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"latus/index/mergelog"
	latussync "latus/sync"
	"latus/sync/peer"
	"latus/sync/replica"
	"latus/sync/trash"
)

// onDisk are two trees on this machine with the same files, read and hashed.
func onDisk(t *testing.T, files int) (a, b string, open func(string) *replica.Replica) {
	t.Helper()
	a, b = filepath.Join(t.TempDir(), "a"), filepath.Join(t.TempDir(), "b")
	old := time.Unix(1_600_000_000, 0)
	if err := os.Mkdir(a, 0o777); err != nil {
		t.Fatal(err)
	}
	for i := range files {
		name := filepath.Join(a, fmt.Sprint("f", i))
		if err := errors.Join(os.WriteFile(name, []byte("as it was"), 0o666), os.Chtimes(name, old, old)); err != nil {
			t.Fatal(err)
		}
	}
	open = func(dir string) *replica.Replica {
		r, err := replica.Open(dir, replica.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { r.Close() })
		return r
	}
	one, two := open(a), open(b)
	r := &run{sites: []*site{{name: "A"}, {name: "B"}}}
	if _, err := latussync.Run(context.Background(), []peer.Member{{Spec: a, Replica: one}, {Spec: b, Replica: two}}, latussync.Options{Checksum: true}, r); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(one.Close(), two.Close()); err != nil {
		t.Fatal(err)
	}
	return a, b, open
}

// lastExit is what the log says of the last run's end.
func lastExit(t *testing.T, dir string) (command string, exit int) {
	t.Helper()
	err := replica.ReadLog(dir, func(r mergelog.Run) bool {
		command, exit = r.Start.Command, r.End.Exit
		return false
	})
	if err != nil {
		t.Fatal(err)
	}
	return command, exit
}

// stopping ends a verification when it has repaired the first file.
type stopping struct {
	verified
	stop func()
}

func (s *stopping) Verdict(what replica.Verdict, p peer.Problem) {
	if what == replica.Repaired {
		s.stop()
	}
}

// The log says of a repair that somebody stopped just that, and of one that an error ended.
func TestInterruptedRepairIsLoggedAsThat(t *testing.T) {
	a, b, open := onDisk(t, 5)
	old := time.Unix(1_600_000_000, 0)
	for i := range 5 {
		name := filepath.Join(a, fmt.Sprint("f", i))
		f, err := os.OpenFile(name, os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		_, err = f.Write([]byte("damaged!!"))
		if err := errors.Join(err, f.Close(), os.Chtimes(name, old, old)); err != nil {
			t.Fatal(err)
		}
	}
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	from := &peer.Member{Spec: b, Replica: open(b)}
	_, err := replica.Verify(ctx, a, replica.VerifyOptions{From: from}, replica.Options{}, &stopping{stop: stop})
	if !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if command, exit := lastExit(t, a); command != "verify" || exit != mergelog.ExitInterrupted {
		t.Errorf("the log says that %s ended with %d", command, exit)
	}
}

func TestInterruptedRestoreIsLoggedAsThat(t *testing.T) {
	a, b, open := onDisk(t, 2)
	if err := os.Remove(filepath.Join(b, "f0")); err != nil {
		t.Fatal(err)
	}
	r := &run{sites: []*site{{name: "A"}, {name: "B"}}}
	one, two := open(a), open(b)
	if _, err := latussync.Run(context.Background(), []peer.Member{{Spec: a, Replica: one}, {Spec: b, Replica: two}}, latussync.Options{}, r); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(one.Close(), two.Close()); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	_, err := replica.Restore(ctx, a, replica.Options{}, "", func(tr *trash.Trash) (trash.Item, error) {
		stop()
		return tr.Items()[0], nil
	})
	if !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if command, exit := lastExit(t, a); command != "restore" || exit != mergelog.ExitInterrupted {
		t.Errorf("the log says that %s ended with %d", command, exit)
	}
}
