package e2e

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"latus/remote"
	latussync "latus/sync"
	"latus/sync/peer"
	"latus/sync/plan"
	"latus/sync/replica"
)

// quiet watches nothing.
type quiet struct{ t *testing.T }

func (quiet) Phase(peer.Phase)            {}
func (quiet) Planned(int, *peer.Proposal) {}
func (quiet) Change(int, peer.Change)     {}
func (quiet) Conflict(plan.Conflict)      {}
func (q quiet) Problem(i int, p peer.Problem) {
	q.t.Errorf("problem in tree %d: %s: %s", i, p.Path, p.Reason)
}
func (quiet) Notice(int, peer.Problem) {}
func (quiet) Progress(peer.Progress)   {}

// syncOverWire runs a local tree against one behind a pipe and returns how many
// round trips that took.
func syncOverWire(t *testing.T, a, b string) (trips int, rep *peer.Report) {
	t.Helper()
	trips, _, rep = meteredSync(t, a, b)
	return trips, rep
}

// meteredSync also returns how many bytes crossed the wire.
func meteredSync(t *testing.T, a, b string) (trips int, bytes int64, rep *peer.Report) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	near, far := net.Pipe()
	served := make(chan error, 1)
	go func() {
		defer far.Close()
		served <- remote.Serve(ctx, far, func(path string, h peer.Hello) (peer.Replica, error) {
			return replica.Open(b, replica.Options{Spec: h.Spec})
		}, remote.ServeOptions{})
	}()
	hub, err := replica.Open(a, replica.Options{})
	if err != nil {
		t.Fatal(err)
	}
	client, err := remote.NewClient(ctx, near, remote.ClientOptions{})
	if err != nil {
		t.Fatal(err)
	}
	rep, err = latussync.Run(ctx, []peer.Member{{Spec: "a", Replica: hub}, {Spec: "b", Replica: client}}, latussync.Options{}, quiet{t})
	if err != nil {
		t.Fatal(err)
	}
	trips, bytes = client.RoundTrips(), client.Sent()+client.Received()
	if err := hub.Close(); err != nil {
		t.Error(err)
	}
	if err := client.Close(); err != nil {
		t.Error(err)
	}
	if err := <-served; err != nil {
		t.Error(err)
	}
	return trips, bytes, rep
}

// TestRoundTrips holds the price of a run in round trips, whatever the number of
// files: 2 with nothing to do, 4 with whole files, one more for hash questions.
func TestRoundTrips(t *testing.T) {
	for _, files := range []int{3, 700} {
		t.Run(fmt.Sprint(files, " files"), func(t *testing.T) {
			a, b := t.TempDir(), t.TempDir()
			put := func(dir, name, content string, age time.Duration) {
				t.Helper()
				p := filepath.Join(dir, name)
				if err := os.MkdirAll(filepath.Dir(p), 0o777); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(p, []byte(content), 0o666); err != nil {
					t.Fatal(err)
				}
				when := time.Now().Add(-age)
				if err := os.Chtimes(p, when, when); err != nil {
					t.Fatal(err)
				}
			}
			expect := func(when string, want, changes int) {
				t.Helper()
				trips, rep := syncOverWire(t, a, b)
				if trips > want || rep.Changes != changes { // fewer, if calls overlapped that mostly do not
					t.Errorf("%s: %d round trips, %d changes; want at most %d and %d", when, trips, rep.Changes, want, changes)
				}
			}
			for i := range files {
				put(a, fmt.Sprintf("from-a/%d", i), fmt.Sprint("a", i), time.Hour)
				put(b, fmt.Sprintf("from-b/%d", i), fmt.Sprint("b", i), time.Hour)
			}
			expect("first", 4, 2*files+2)
			expect("nothing to do", 2, 0)
			for i := range files {
				put(a, fmt.Sprintf("from-a/%d", i), strings.Repeat("edit", i+3), time.Minute)
			}
			expect("edits", 4, files)
			for i := range files {
				if err := os.Rename(filepath.Join(b, "from-a", fmt.Sprint(i)), filepath.Join(b, fmt.Sprint("moved-", i))); err != nil {
					t.Fatal(err)
				}
				if err := os.Remove(filepath.Join(a, "from-b", fmt.Sprint(i))); err != nil {
					t.Fatal(err)
				}
			}
			expect("renames and deletions", 4, 2*files)
			for i := range files {
				put(a, fmt.Sprintf("moved-%d", i), strings.Repeat("edit", i+3), time.Second)
			}
			expect("touched", 5, files)
			expect("nothing to do", 2, 0)
		})
	}
}
