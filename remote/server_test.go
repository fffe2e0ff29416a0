package remote

import (
	"context"
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"testing"

	"latus/index"
	"latus/remote/wire"
	"latus/sync/fetch"
	"latus/sync/peer"
	"latus/sync/plan"
)

// rogue is a client that says what it likes.
type rogue struct {
	t    *testing.T
	conn *wire.Conn
}

// asks sends one message and returns what comes of it.
func (r rogue) asks(t wire.Type, message func(*wire.Coder)) (wire.Type, error) {
	r.t.Helper()
	s, err := r.conn.Open(context.Background())
	if err != nil {
		return 0, err
	}
	defer s.End()
	if err := s.Send(t, message); err != nil {
		return 0, err
	}
	return s.Next(context.Background())
}

func (r rogue) greets(h peer.Hello) {
	r.t.Helper()
	if _, err := r.asks(wire.Hello, func(c *wire.Coder) { c.Greeting(&wire.Greeting{Hello: h}) }); err != nil {
		r.t.Fatal(err)
	}
}

func serving(t *testing.T, r peer.Replica) rogue {
	a, b := net.Pipe()
	served := make(chan error, 1)
	go func() { served <- Serve(context.Background(), b, opening(r), ServeOptions{}) }()
	conn := wire.NewConn(context.Background(), a, wire.Config{})
	t.Cleanup(func() {
		conn.Close()
		<-served
	})
	return rogue{t, conn}
}

func nothing(*wire.Coder) {}

func TestTheOrderOfCallsIsKept(t *testing.T) {
	requests := map[wire.Type]func(*wire.Coder){
		wire.Hello:      func(c *wire.Coder) { c.Greeting(&wire.Greeting{}) },
		wire.Look:       func(c *wire.Coder) { c.LookQuery(&peer.LookQuery{}) },
		wire.DeltaQuery: func(c *wire.Coder) { c.DeltaQuery(&peer.DeltaQuery{}) },
		wire.Merge:      func(c *wire.Coder) { c.MergeQuery(&wire.MergeQuery{}) },
		wire.Hash:       func(c *wire.Coder) { c.Questions(&[]plan.Question{}) },
		wire.Probe:      func(c *wire.Coder) { c.Wants(&[]fetch.Want{}) },
		wire.Answer:     func(c *wire.Coder) { c.Answers(&[]peer.Answer{}) },
		wire.Apply:      func(c *wire.Coder) { c.Applying(&wire.Applying{}) },
		wire.Finish:     nothing,
		wire.Send:       func(c *wire.Coder) { c.Wants(&[]fetch.Want{}) },
	}
	// What may come after each step. Nothing else may.
	for _, step := range []struct {
		after []wire.Type
		may   []wire.Type
	}{
		{nil, []wire.Type{wire.Hello}},
		{[]wire.Type{wire.Hello}, []wire.Type{wire.Look}},
		{[]wire.Type{wire.Hello, wire.Look}, []wire.Type{wire.Look, wire.DeltaQuery, wire.Hash, wire.Probe, wire.Send, wire.Merge, wire.Apply, wire.Finish}},
		{[]wire.Type{wire.Hello, wire.Look, wire.Merge}, []wire.Type{wire.DeltaQuery, wire.Hash, wire.Probe, wire.Send, wire.Merge, wire.Answer, wire.Apply, wire.Finish}},
		{[]wire.Type{wire.Hello, wire.Look, wire.Apply}, []wire.Type{wire.DeltaQuery, wire.Hash, wire.Probe, wire.Send}},
		{[]wire.Type{wire.Hello, wire.Look, wire.Merge, wire.Finish}, []wire.Type{wire.DeltaQuery, wire.Hash, wire.Probe, wire.Send}},
	} {
		for next := range requests {
			r := serving(t, sample())
			for _, t := range step.after {
				if _, err := r.asks(t, requests[t]); err != nil {
					r.t.Fatal(err)
				}
			}
			if _, err := r.asks(next, requests[next]); (err == nil) != slices.Contains(step.may, next) {
				t.Errorf("%v after %v: %v", next, step.after, err)
			}
		}
	}
}

func TestWhatIsNoRequestIsRefused(t *testing.T) {
	for _, x := range []wire.Type{wire.Welcome, wire.Proposal, wire.Outcome, wire.Event, wire.Content, wire.Error} {
		r := serving(t, sample())
		if _, err := r.asks(x, nothing); err == nil {
			t.Errorf("%v was taken for a request", x)
		}
	}
}

func TestHostileRequestsDoNotReachTheReplica(t *testing.T) {
	gen := index.GenID{Author: 1, Tag: 1}
	entry := func(p index.Path) *index.Entry {
		return &index.Entry{Path: p, Heads: []index.Head{{Gen: gen, Kind: index.File, Clock: 1}}}
	}
	merge := func(es ...*index.Entry) func(*wire.Coder) {
		return func(c *wire.Coder) { c.MergeQuery(&wire.MergeQuery{Deltas: []*peer.Delta{{From: 1, Entries: es}}}) }
	}
	double := sample()
	r := serving(t, double)
	r.greets(peer.Hello{})
	if _, err := r.asks(wire.Look, func(c *wire.Coder) { c.LookQuery(&peer.LookQuery{}) }); err != nil {
		t.Fatal(err)
	}
	heard := len(double.heard)
	for name, x := range map[string]struct {
		t       wire.Type
		message func(*wire.Coder)
	}{
		"a path out of the tree": {wire.Merge, merge(entry("../x"))},
		"an absolute path":       {wire.Merge, merge(entry("/x"))},
		"a private path":         {wire.Merge, merge(entry(".latus/x"))},
		"a path twice":           {wire.Merge, merge(entry("x"), entry("x"))},
		"disorder":               {wire.Merge, merge(entry("x"), entry("a"))},
		"a want out of the tree": {wire.Send, func(c *wire.Coder) { c.Wants(&[]fetch.Want{{Path: "../../etc/passwd", Gen: gen}}) }},
		"a question out of it":   {wire.Hash, func(c *wire.Coder) { c.Questions(&[]plan.Question{{Path: "..", Gen: gen}}) }},
		"more than a message":    {wire.Finish, func(c *wire.Coder) { c.Questions(&[]plan.Question{}) }},
		"less than a message":    {wire.DeltaQuery, nothing},
		"a push unasked":         {wire.Push, func(c *wire.Coder) { c.Pushing(&wire.Pushing{N: 1}) }},
	} {
		if _, err := r.asks(x.t, x.message); err == nil || !strings.Contains(err.Error(), "protocol") {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if len(double.heard) != heard {
		t.Errorf("the replica heard %v", double.heard[heard:])
	}
}

func TestAPanicIsAnError(t *testing.T) {
	r := sample()
	r.looking = func(context.Context) { panic("at the disco\x1b[2J") }
	c := connect(t, r, ClientOptions{})
	ctx := context.Background()
	if _, err := c.Hello(ctx, peer.Hello{}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Look(ctx, peer.LookQuery{}); err == nil || !strings.Contains(err.Error(), "at the disco\\x1b") {
		t.Errorf("got %v", err)
	}
	if _, err := c.Finish(ctx); err == nil {
		t.Error("after a panic nothing can be asked")
	}
	c.Close()
}

func TestServingEndsWithItsContext(t *testing.T) {
	a, b := net.Pipe()
	ctx, cancel := context.WithCancel(context.Background())
	r := sample()
	r.applying = func(ctx context.Context, _ fetch.Source, _ peer.Follower) (*peer.Outcome, error) {
		cancel()
		<-ctx.Done()
		return &peer.Outcome{Changes: 4}, ctx.Err()
	}
	served := make(chan error, 1)
	go func() { served <- Serve(ctx, b, opening(r), ServeOptions{}) }()
	c, err := NewClient(context.Background(), a, ClientOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	upTo(t, c)
	// What was done before the end is still told.
	if out, err := c.Apply(context.Background(), generator{}, nil); out == nil || out.Changes != 4 || !errors.Is(err, context.Canceled) {
		t.Errorf("got %+v, %v", out, err)
	}
	if err := <-served; !errors.Is(err, context.Canceled) || r.closed != 1 {
		t.Errorf("got %v; closed %d times", err, r.closed)
	}
	if _, err := c.Hash(context.Background(), []plan.Question{{Path: "a", Gen: index.GenID{Tag: 1}}}); !errors.Is(err, wire.ErrGone) {
		t.Errorf("got %v", err)
	}
}

func TestGarbageIsNoClient(t *testing.T) {
	for name, says := range map[string]string{
		"nothing": "",
		"http":    "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
		"newer":   "latus wire>\x00\r\n" + string([]byte{0, wire.MaxVersion + 1, 0, wire.MaxVersion + 2}),
		"older":   "latus wire>\x00\r\n" + string([]byte{0, 1, 0, wire.MinVersion - 1}),
	} {
		a, b := net.Pipe()
		go io.Copy(io.Discard, a)
		go func() {
			io.WriteString(a, says)
			a.Close()
		}()
		never := func(string, peer.Hello) (peer.Replica, error) {
			t.Errorf("%s: a tree was opened", name)
			return nil, io.EOF
		}
		err := Serve(context.Background(), b, never, ServeOptions{})
		if no, ok := errors.AsType[*peer.Refusal](err); !ok || !no.Cause.Mute() {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestTheServerOpensWhatTheClientNames(t *testing.T) {
	a, b := net.Pipe()
	served := make(chan error, 1)
	go func() {
		served <- Serve(context.Background(), b, func(path string, h peer.Hello) (peer.Replica, error) {
			return nil, &peer.Refusal{Cause: peer.NoTree, Tree: h.Spec, Text: "no " + path}
		}, ServeOptions{})
	}()
	c, err := NewClient(context.Background(), a, ClientOptions{Path: "some\xffwhere"})
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Hello(context.Background(), peer.Hello{Spec: "host:x"})
	if no, ok := errors.AsType[*peer.Refusal](err); !ok || no.Cause != peer.NoTree || no.Error() != `host:x: no some\xffwhere` {
		t.Errorf("got %v", err)
	}
	c.Close()
	if err := <-served; err != nil {
		t.Error(err)
	}
}
