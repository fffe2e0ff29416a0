package remote

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"latus/index"
	"latus/remote/wire"
	latussync "latus/sync"
	"latus/sync/peer"
	"latus/sync/replica"
)

// Whoever makes trees up does not fill what a tree remembers of others, where that would
// lock out those that are there.
func TestMadeUpTreesAreNotRememberedWithoutEnd(t *testing.T) {
	here, there := t.TempDir(), t.TempDir()
	must(t, os.WriteFile(filepath.Join(here, "f"), []byte("text"), 0o600))
	open := func(dir string, o replica.Options) *replica.Replica {
		o.Spec, o.Host, o.Rand = dir, "host", rand.NewChaCha8([32]byte{1, dir[len(dir)-1]})
		r, err := replica.Open(dir, o)
		must(t, err)
		return r
	}
	run := func(t *testing.T) {
		a := open(there, replica.Options{})
		b := connect(t, open(here, replica.Options{Served: true}), ClientOptions{})
		_, err := latussync.Run(t.Context(), []peer.Member{{Spec: "a", Replica: a}, {Spec: "b", Replica: b}}, latussync.Options{}, silent{})
		must(t, err)
		must(t, a.Close())
	}
	t.Run("before", run)
	made := index.PeerID(1)
	for _, many := range []int{10_000, 1000, 1000} {
		t.Run("made up", func(t *testing.T) {
			r := serving(t, open(here, replica.Options{Served: true, ReadOnly: true}))
			r.greets(peer.Hello{})
			q := peer.LookQuery{}
			for range many {
				made++
				q.Others = append(q.Others, peer.Tree{Peer: made, Name: "n", Place: peer.Place{
					Machine: fmt.Sprint("m", made), Path: fmt.Sprint("/", made, strings.Repeat("x", 60<<10)),
				}})
			}
			if _, err := r.asks(wire.Look, func(c *wire.Coder) { c.LookQuery(&q) }); err != nil && many <= 1000 {
				t.Error(err)
			}
			_, _ = r.asks(wire.Finish, nothing)
		})
	}
	info, err := os.Stat(filepath.Join(here, ".latus", "config.json"))
	must(t, err)
	if info.Size() > 8<<20 {
		t.Errorf("config.json has %d KiB", info.Size()>>10)
	}
	t.Run("after", run)
}
