package remote

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"latus/remote/wire"
	"latus/sync/fetch"
	"latus/sync/peer"
)

// ServeOptions rule Serve. The zero value works.
type ServeOptions struct {
	Timeout time.Duration // silence to listen to; 0: 60 seconds
	Log     *slog.Logger  // nil: silent
	Yield   func()        // gives way to what else runs here; nil: it is not known how
	// Watch watches a tree for a client that wants to know of changes; nil: none
	// is watched.
	Watch func(ctx context.Context, path string, patterns []string) (Watcher, error)
}

// Serve lets the client at the other end of rw drive one Replica, until the
// client takes leave (nil), goes without a word, is silent for too long, or ctx
// ends. open is called once, with the path that the client names, and makes the
// Replica; its errors, like all others, are the client's to see. Before Serve
// returns, what was under way has ended, and the Replica is closed.
//
// If rw is an io.Closer, Serve closes it; else a Read may be left behind when
// ctx ends or the client is silent.
//
// The client is not trusted: what it says is checked, in which order it says it
// too, and a panic of the Replica is an error for the client and the end of all
// but leaving.
func Serve(ctx context.Context, rw io.ReadWriter, open func(path string, h peer.Hello) (peer.Replica, error), o ServeOptions) error {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Yield == nil {
		o.Yield = func() {}
	}
	s := &server{open: open, watches: o.Watch, log: o.Log, yield: o.Yield, tail: closed(), pulls: newPulls()}
	conn := wire.NewConn(ctx, rw, wire.Config{Accept: s.accept, Timeout: o.Timeout})
	select {
	case <-conn.Done():
	case <-ctx.Done():
	}
	s.finish()
	err := conn.Err()
	if err == nil {
		err = ctx.Err()
	}
	conn.Close()
	if errors.Is(err, wire.ErrClosed) {
		err = nil
	}
	return errors.Join(err, s.close())
}

// stage is how far a run has come with the Replica.
type stage uint8

const (
	strange stage = iota // Hello has to come first
	greeted
	looked
	merged
	applied
	broken // nothing can be asked any more
)

// server is one client's session. Its calls run one after the other in the order
// they came in, but for Send and Push, which go on beside them.
type server struct {
	open    func(string, peer.Hello) (peer.Replica, error)
	watches func(ctx context.Context, path string, patterns []string) (Watcher, error)
	log     *slog.Logger
	yield   func()
	tail    chan struct{} // closed when the last call accepted so far has ended; only the connection's reader uses it
	pulls   *pulls

	mu      sync.Mutex
	ending  bool
	stage   stage
	replica peer.Replica
	wants   []fetch.Want // of the last Proposal
	calls   sync.WaitGroup
	sends   sync.WaitGroup // those that read the tree at this moment; none begins when stage is broken
}

func closed() chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}

// accept starts a call.
func (s *server) accept(st *wire.Stream, t wire.Type) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ending {
		st.End()
		return
	}
	c := &call{s: s, Stream: st, turn: closed(), over: make(chan struct{})}
	if t != wire.Send && t != wire.Push {
		c.turn, s.tail = s.tail, c.over
	}
	s.calls.Go(func() { c.run(t) })
}

// finish waits for the calls under way and lets no other begin.
func (s *server) finish() {
	s.mu.Lock()
	s.ending = true
	s.mu.Unlock()
	s.calls.Wait()
}

func (s *server) close() error {
	if s.replica == nil {
		return nil
	}
	return s.replica.Close()
}

// enter checks whether a message may come now, and notes what has been reached
// by it.
func (s *server) enter(t wire.Type) (peer.Replica, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	from, to, reach := place(t)
	if s.stage < from || s.stage > to {
		return nil, untimely(t)
	}
	s.stage = max(s.stage, reach)
	return s.replica, nil
}

// place is between which stages a message may come, and which one it reaches.
func place(t wire.Type) (from, to, reach stage) {
	switch t {
	case wire.Hello:
		return strange, strange, broken // until it succeeds
	case wire.Watch:
		return strange, strange, broken // nothing else can be asked then
	case wire.Look:
		return greeted, looked, strange // looked when it succeeds
	case wire.DeltaQuery, wire.Hash, wire.Probe, wire.Send:
		return looked, applied, strange
	case wire.Merge:
		return looked, merged, strange // merged when it succeeds
	case wire.Answer:
		return merged, merged, strange
	case wire.Apply, wire.Finish:
		return looked, merged, applied
	case wire.Withdraw:
		return greeted, merged, broken
	}
	return broken, strange, strange // never
}

func untimely(t wire.Type) error { return fmt.Errorf("%w: a %v can't come now", wire.ErrProtocol, t) }

// beside tells whether a message is one that may come beside others, and may come already.
func (s *server) beside(t wire.Type) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	from, to, _ := place(t)
	return to == applied && s.stage >= from && s.stage <= to
}

// late is the error of a message that can come no more, whatever else ends before its turn.
func (s *server) late(t wire.Type) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, to, _ := place(t); s.stage == applied && to < applied {
		return untimely(t)
	}
	return nil
}

func (s *server) greet(r peer.Replica) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.replica = r
}

func (s *server) reached(at stage) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stage = at
}

// reads makes the caller one of sends, if the tree can still be read.
func (s *server) reads() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stage == broken {
		return false
	}
	s.sends.Add(1)
	return true
}

// advance notes that a call has succeeded which leads to a stage.
func (s *server) advance(to stage) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stage = max(s.stage, to)
}

func (s *server) proposed(p *peer.Proposal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stage = max(s.stage, merged)
	s.wants = p.Wants
}

func (s *server) proposal() []fetch.Want {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.wants
}
