package remote

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/zeebo/blake3"

	"latus/index"
	"latus/remote/wire"
	latussync "latus/sync"
	"latus/sync/config"
	"latus/sync/fetch"
	"latus/sync/peer"
	"latus/sync/plan"
	"latus/sync/replica"
)

// forbidding is a tree that says no when it is looked at, or knows what is to be merged.
type forbidding struct {
	*recorder
	look, merge error
}

func (f forbidding) Look(ctx context.Context, q peer.LookQuery) (*peer.View, error) {
	v, err := f.recorder.Look(ctx, q)
	if f.look != nil {
		return nil, f.look
	}
	return v, err
}

func (f forbidding) Merge(ctx context.Context, ds []*peer.Delta, o peer.MergeOptions) (*peer.Proposal, error) {
	if f.merge != nil {
		return nil, f.merge
	}
	return f.recorder.Merge(ctx, ds, o)
}

func looks(c *wire.Coder) { c.LookQuery(&peer.LookQuery{}) }

// A tree that refuses to be looked at is asked nothing more.
func TestARefusedLookOpensNothing(t *testing.T) {
	for typ, message := range map[wire.Type]func(*wire.Coder){
		wire.DeltaQuery: func(c *wire.Coder) { c.DeltaQuery(&peer.DeltaQuery{}) },
		wire.Hash:       func(c *wire.Coder) { c.Questions(&[]plan.Question{}) },
		wire.Send:       func(c *wire.Coder) { c.Wants(&[]fetch.Want{}) },
		wire.Merge:      func(c *wire.Coder) { c.MergeQuery(&wire.MergeQuery{}) },
		wire.Apply:      func(c *wire.Coder) { c.Applying(&wire.Applying{}) },
		wire.Finish:     nothing,
	} {
		no := &peer.Refusal{Cause: peer.NotAllowed, Text: "nobody may"}
		double := sample()
		r := serving(t, forbidding{recorder: double, look: no})
		r.greets(peer.Hello{})
		if _, err := r.asks(wire.Look, looks); err == nil {
			t.Fatal("it was not refused")
		}
		if _, err := r.asks(typ, message); err == nil || !strings.Contains(err.Error(), "can't come now") {
			t.Errorf("%v: %v", typ, err)
		}
		// It may be left as it was, or looked at once more.
		if _, err := r.asks(wire.Withdraw, nothing); err != nil {
			t.Error(err)
		}
	}
}

// Nor does a merge that failed leave anything to answer.
func TestARefusedMergeHasNoQuestions(t *testing.T) {
	r := serving(t, forbidding{recorder: sample(), merge: peer.ErrUnresolved})
	r.greets(peer.Hello{})
	if _, err := r.asks(wire.Look, looks); err != nil {
		t.Fatal(err)
	}
	if _, err := r.asks(wire.Merge, func(c *wire.Coder) { c.MergeQuery(&wire.MergeQuery{}) }); !errors.Is(err, peer.ErrUnresolved) {
		t.Fatal(err)
	}
	if _, err := r.asks(wire.Answer, func(c *wire.Coder) { c.Answers(&[]peer.Answer{}) }); err == nil {
		t.Error("answers were taken to no question")
	}
}

// As long as a tree is being looked at, it may still say no.
func TestNothingIsSentDuringALook(t *testing.T) {
	double := sample()
	begun, goOn := make(chan struct{}), make(chan struct{})
	double.looking = func(context.Context) { close(begun); <-goOn }
	r := serving(t, double)
	r.greets(peer.Hello{})
	looked := make(chan error, 1)
	go func() {
		_, err := r.asks(wire.Look, looks)
		looked <- err
	}()
	<-begun
	if _, err := r.asks(wire.Send, func(c *wire.Coder) { c.Wants(&[]fetch.Want{{Path: "a", Gen: index.GenID{Tag: 1}}}) }); err == nil || !strings.Contains(err.Error(), "can't come now") {
		t.Errorf("during a look: %v", err)
	}
	close(goOn)
	if err := <-looked; err != nil {
		t.Error(err)
	}
	if _, err := r.asks(wire.Send, func(c *wire.Coder) { c.Wants(&[]fetch.Want{{Path: "a", Gen: index.GenID{Tag: 1}}}) }); err != nil {
		t.Error(err)
	}
}

// Who may not read a tree gets no bytes of it by not minding the refusal.
func TestWhoMayNotReadGetsNoContent(t *testing.T) {
	here, there := t.TempDir(), t.TempDir()
	text := []byte("for friends only")
	must(t, os.WriteFile(filepath.Join(here, "f"), text, 0o600))
	open := func(dir string, o replica.Options) *replica.Replica {
		o.Spec, o.Host, o.Rand = dir, "host", rand.NewChaCha8([32]byte{1, dir[len(dir)-1]})
		r, err := replica.Open(dir, o)
		must(t, err)
		return r
	}
	a, b := open(here, replica.Options{}), open(there, replica.Options{})
	_, err := latussync.Run(t.Context(), []peer.Member{{Spec: "a", Replica: a}, {Spec: "b", Replica: b}}, latussync.Options{}, silent{})
	must(t, err)
	must(t, errors.Join(a.Close(), b.Close()))
	_, err = replica.Allow(here, []replica.Permit{{May: config.Nobody}}, replica.Options{})
	must(t, err)

	r := serving(t, open(here, replica.Options{Served: true}))
	r.greets(peer.Hello{})
	if _, err := r.asks(wire.Look, looks); err == nil {
		t.Fatal("it was looked at")
	}
	h := blake3.Sum256(text)
	wants := []fetch.Want{{Path: "f", Gen: index.GenID{Author: 1, Tag: 1}, Hash: index.Hash(h), Size: int64(len(text))}}
	s, err := r.conn.Open(t.Context())
	must(t, err)
	defer s.End()
	must(t, s.Send(wire.Send, func(c *wire.Coder) { c.Wants(&wants) }))
	got := &greedy{l: &liar{}}
	err = wire.Intake(t.Context(), s, wants, got)
	if err == nil || len(got.l.got) > 0 {
		t.Errorf("it sent %q: %v", got.l.got, err)
	}
}

// withdrawing notes whether content is handed out of a tree that has been let go of.
type withdrawing struct {
	*recorder
	begun, goOn chan struct{}
	again       atomic.Bool
}

func (w *withdrawing) Send(context.Context, []fetch.Want, fetch.Sink) error {
	if !w.again.Swap(true) {
		close(w.begun)
		<-w.goOn
		w.note("sent")
	}
	return nil
}

// A tree is let go of when nobody reads it any more.
func TestAWithdrawalWaitsForContent(t *testing.T) {
	w := &withdrawing{recorder: sample(), begun: make(chan struct{}), goOn: make(chan struct{})}
	r := serving(t, w)
	r.greets(peer.Hello{})
	if _, err := r.asks(wire.Look, looks); err != nil {
		t.Fatal(err)
	}
	send := func() error {
		_, err := r.asks(wire.Send, func(c *wire.Coder) { c.Wants(&[]fetch.Want{}) })
		return err
	}
	sent, withdrawn := make(chan error, 1), make(chan error, 1)
	go func() { sent <- send() }()
	<-w.begun
	go func() {
		_, err := r.asks(wire.Withdraw, nothing)
		withdrawn <- err
	}()
	for send() == nil { // until nothing else can be asked
		time.Sleep(time.Millisecond)
	}
	close(w.goOn)
	if err := errors.Join(<-sent, <-withdrawn); err != nil {
		t.Error(err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if n := len(w.heard); w.heard[n-2] != "sent" || w.heard[n-1] != "withdraw" {
		t.Errorf("it heard %v", w.heard)
	}
}
