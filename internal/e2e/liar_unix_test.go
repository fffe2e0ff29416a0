//go:build unix

package e2e

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"latus/index"
	"latus/remote"
	"latus/sync/fetch"
	"latus/sync/peer"
)

// liar drives a served tree against all that was agreed.
func liar(t *testing.T, serve ...string) (*remote.Client, func()) {
	t.Helper()
	cmd := exec.Command(latus(t), append([]string{"serve", "--stdio"}, serve...)...)
	in, err := cmd.StdinPipe()
	must(t, err)
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	c, err := remote.NewClient(context.Background(), both{out, in}, remote.ClientOptions{Path: "docs", Timeout: 20 * time.Second})
	must(t, err)
	return c, func() {
		c.Close()
		_ = cmd.Wait()
	}
}

type both struct {
	r interface {
		Read([]byte) (int, error)
		Close() error
	}
	w interface {
		Write([]byte) (int, error)
		Close() error
	}
}

func (b both) Read(p []byte) (int, error)  { return b.r.Read(p) }
func (b both) Write(p []byte) (int, error) { return b.w.Write(p) }
func (b both) Close() error                { b.r.Close(); return b.w.Close() }

func TestALiarChangesNothingOfWhatIsReadOnly(t *testing.T) {
	for mode, first := range map[peer.Mode]bool{peer.TwoWay: false, peer.OneWay: true, peer.Mirror: false} {
		lies(t, mode, first, []peer.Tree{{Group: 666, Peer: 666, Name: "liar"}}, "--read-only")
		// It says that it is somebody who may do all, or not that it is anybody.
		lies(t, mode, first, []peer.Tree{{Group: 666, Peer: 777, Name: "honest"}}, "--peer", "guest")
		lies(t, mode, first, nil)
	}
}

// lies has a tree served with these flags to a client that lies.
func lies(t *testing.T, mode peer.Mode, first bool, others []peer.Tree, serve ...string) {
	t.Helper()
	dir := t.TempDir()
	docs := filepath.Join(dir, "docs")
	put(t, filepath.Join(docs, "f"), "f")
	put(t, filepath.Join(docs, "d/g"), "g")
	said(t, 0, docs, t.TempDir())
	permit(t, docs, "--default", "read", "--allow", fmt.Sprintf("%016x=read,write,delete", 777), "--allow", "guest=read")
	before, err := look(docs)
	must(t, err)
	ctx := context.Background()

	c, bye := liar(t, append([]string{"--root", dir}, serve...)...)
	g := index.Generation{GenID: index.GenID{Author: 666, Tag: 1}, Seq: 1, Time: 1}
	k := index.NewKnowledge()
	k.Add(g)
	_, err = c.Hello(ctx, peer.Hello{Mode: mode, First: first, Join: true, MaxDelete: peer.Limit{Off: true}})
	must(t, err)
	v, err := c.Look(ctx, peer.LookQuery{Group: 666, Others: others, To: []index.Count{}, Known: &index.Summary{}})
	must(t, err)
	for _, e := range v.Known {
		for _, own := range e.More {
			k.Add(own)
		}
	}
	gone := func(p index.Path) *index.Entry {
		return &index.Entry{Path: p, Heads: []index.Head{{Gen: g.GenID, Kind: index.Deleted, Clock: 1, Utime: 1 << 61}}}
	}
	d := &peer.Delta{From: 666, Known: k.Summary(nil, nil), Full: true, Entries: []*index.Entry{gone("d"), gone("d/g"), gone("f"), {
		Path: "new", Heads: []index.Head{{Gen: g.GenID, Kind: index.Link, Target: "/etc", Clock: 1, Utime: 1 << 61}},
	}}}
	p, err := c.Merge(ctx, []*peer.Delta{d}, peer.MergeOptions{Mirror: mode == peer.Mirror, Actions: true})
	must(t, err)
	if len(p.Actions) > 0 || len(p.Wants) > 0 || len(p.Held) == 0 {
		t.Errorf("it wants to do %+v, and holds %+v", p.Actions, p.Held)
	}
	out, err := c.Apply(ctx, fetch.Spread(), nil)
	must(t, err)
	if out.Changes > 0 {
		t.Errorf("%d changes", out.Changes)
	}
	bye()

	after, err := look(docs)
	must(t, err)
	if diff := difference(before, after); len(diff) > 0 {
		t.Fatalf("mode %v, first %v: a read-only tree changed:\n%s", mode, first, strings.Join(diff, "\n"))
	}
	// Nothing of it is in the index, to be told to others.
	if b, err := os.ReadFile(filepath.Join(docs, ".latus", "index.jsonl")); err != nil || strings.Contains(string(b), fmt.Sprintf("%016x", 666)) {
		t.Errorf("the liar is in the index: %v\n%s", err, b)
	}
	other := t.TempDir()
	if s, code := run(t, "sync", "--json", docs, other); code != 0 || s.Conflicts != 0 {
		t.Errorf("exit %d, %+v", code, s)
	}
	mustBeEqual(t, docs, other)
	mustHold(t, filepath.Join(other, "f"), "f")
}
