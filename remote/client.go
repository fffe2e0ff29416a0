package remote

import (
	"context"
	"fmt"
	"io"
	"sync"
	"time"

	"latus/remote/wire"
	"latus/sync/fetch"
	"latus/sync/peer"
	"latus/sync/plan"
)

// ClientOptions rule a Client. The zero value works.
type ClientOptions struct {
	Path           string           // the tree, as it is named on the other side; "" leaves it to the server
	Compress       wire.Compression // default: as long as content shrinks
	BandwidthLimit int64            // bytes a second, each way; 0: any
	Nice           bool             // the other side gives way to what else runs there
	Timeout        time.Duration    // silence to listen to during a call; 0: 60 seconds
	Grace          time.Duration    // how long a cancelled Apply waits for its outcome; 0: 10 seconds
}

// defaultGrace is enough to finish a batch of files on a slow disk.
const defaultGrace = 10 * time.Second

// Client is a tree on the other side of a byte stream, where Serve drives the
// Replica. It is a peer.Replica: what the other side answers was checked, and
// errors of the tree there arrive as themselves as far as errors.Is and errors.As
// tell.
//
// Calls may overlap. Close ends those that are under way.
type Client struct {
	conn *wire.Conn
	o    ClientOptions
	wait sync.WaitGroup // writers that a call left behind

	mu      sync.Mutex
	spec    string       // how the user named the tree
	wants   []fetch.Want // of the last Proposal
	actions int          // of the last Proposal
	trips   int          // the longest chain of requests and answers
	sends   int          // the same of the calls that fetch content, which wait for no Apply
	closed  bool
}

var _ peer.Replica = (*Client)(nil)

// NewClient returns a Client that talks over rw. It waits for nothing: the first
// words go out with Hello. rw's Close must end a Read and a Write under way; the
// Client calls it. The values of ctx are kept, its end is not.
func NewClient(ctx context.Context, rw io.ReadWriteCloser, o ClientOptions) (*Client, error) {
	if o.BandwidthLimit < 0 || o.Timeout < 0 || o.Grace < 0 || o.Compress > wire.Never {
		return nil, fmt.Errorf("options of a client are out of range: %+v", o)
	}
	if o.Timeout == 0 {
		o.Timeout = wire.DefaultTimeout
	}
	if o.Grace == 0 {
		o.Grace = defaultGrace
	}
	conn := wire.NewConn(context.WithoutCancel(ctx), rw, wire.Config{
		Timeout: o.Timeout, Compress: o.Compress, Limit: o.BandwidthLimit,
	})
	return &Client{conn: conn, o: o}, nil
}

// Ready waits until a latus has spoken on the other side, which it does without
// being asked. It is for those who have another way to go if there is none: the
// error is a *peer.Refusal whose cause is Mute then.
func (c *Client) Ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, c.o.Timeout)
	defer cancel()
	return c.conn.Ready(ctx)
}

// Sent and Received are bytes on the wire, so far.
func (c *Client) Sent() int64     { return c.conn.Sent() }
func (c *Client) Received() int64 { return c.conn.Received() }

// Shrunk is how many bytes compression has kept off the wire, both ways.
func (c *Client) Shrunk() int64 { return c.conn.Shrunk() }

// Hello implements peer.Replica.
func (c *Client) Hello(ctx context.Context, h peer.Hello) (*peer.Welcome, error) {
	c.mu.Lock()
	c.spec = h.Spec
	c.mu.Unlock()
	g := wire.Greeting{
		Path: c.o.Path, Compress: c.o.Compress, Limit: c.o.BandwidthLimit, Timeout: c.o.Timeout, Nice: c.o.Nice, Hello: h,
	}
	w := &peer.Welcome{}
	err := c.call(ctx, wire.Hello, func(e *wire.Coder) { e.Greeting(&g) }, func(ctx context.Context, s *wire.Stream) error {
		return s.Receive(ctx, wire.Welcome, func(d *wire.Coder) { d.Welcome(w) })
	})
	return result(w, err)
}

// Look implements peer.Replica.
func (c *Client) Look(ctx context.Context, q peer.LookQuery) (*peer.View, error) {
	v := &peer.View{}
	err := c.call(ctx, wire.Look, func(e *wire.Coder) { e.LookQuery(&q) }, func(ctx context.Context, s *wire.Stream) error {
		err := s.Receive(ctx, wire.View, func(d *wire.Coder) { d.View(v) })
		if err == nil && q.Known != nil && v.Delta == nil {
			err = fmt.Errorf("%w: a view without what was asked for", wire.ErrProtocol)
		}
		return err
	})
	return result(v, err)
}

// Delta implements peer.Replica.
func (c *Client) Delta(ctx context.Context, q peer.DeltaQuery) (*peer.Delta, error) {
	v := &peer.Delta{}
	err := c.call(ctx, wire.DeltaQuery, func(e *wire.Coder) { e.DeltaQuery(&q) }, func(ctx context.Context, s *wire.Stream) error {
		return s.Receive(ctx, wire.Delta, func(d *wire.Coder) { d.Delta(v) })
	})
	return result(v, err)
}

// Merge implements peer.Replica.
func (c *Client) Merge(ctx context.Context, ds []*peer.Delta, o peer.MergeOptions) (*peer.Proposal, error) {
	q := wire.MergeQuery{Options: o, Deltas: ds}
	return c.propose(ctx, wire.Merge, func(e *wire.Coder) { e.MergeQuery(&q) })
}

// Answer implements peer.Replica.
func (c *Client) Answer(ctx context.Context, as []peer.Answer) (*peer.Proposal, error) {
	return c.propose(ctx, wire.Answer, func(e *wire.Coder) { e.Answers(&as) })
}

func (c *Client) propose(ctx context.Context, t wire.Type, request func(*wire.Coder)) (*peer.Proposal, error) {
	p := &peer.Proposal{}
	err := c.call(ctx, t, request, func(ctx context.Context, s *wire.Stream) error {
		return s.Receive(ctx, wire.Proposal, func(d *wire.Coder) { d.Proposal(p) })
	})
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	c.wants = p.Wants
	c.actions = len(p.Actions)
	c.mu.Unlock()
	return p, nil
}

// Hash implements peer.Replica.
func (c *Client) Hash(ctx context.Context, qs []plan.Question) ([]peer.Answer, error) {
	if len(qs) == 0 {
		return nil, ctx.Err()
	}
	var as []peer.Answer
	err := c.call(ctx, wire.Hash, func(e *wire.Coder) { e.Questions(&qs) }, func(ctx context.Context, s *wire.Stream) error {
		return s.Receive(ctx, wire.Answers, func(d *wire.Coder) { d.Answers(&as) })
	})
	if err != nil {
		return nil, err
	}
	return as, nil
}

// Finish implements peer.Replica.
func (c *Client) Finish(ctx context.Context) (*peer.Outcome, error) {
	return c.end(ctx, wire.Finish)
}

// Withdraw implements peer.Replica.
func (c *Client) Withdraw(ctx context.Context) error {
	_, err := c.end(ctx, wire.Withdraw)
	return err
}

func (c *Client) end(ctx context.Context, t wire.Type) (*peer.Outcome, error) {
	var r wire.Result
	err := c.call(ctx, t, func(*wire.Coder) {}, func(ctx context.Context, s *wire.Stream) error {
		return s.Receive(ctx, wire.Outcome, func(d *wire.Coder) { d.Result(&r) })
	})
	if err != nil {
		return nil, err
	}
	return &r.Outcome, r.Failed
}

// Send implements fetch.Source: content of the tree there.
func (c *Client) Send(ctx context.Context, wants []fetch.Want, sink fetch.Sink) error {
	if len(wants) == 0 {
		return ctx.Err()
	}
	return c.call(ctx, wire.Send, func(e *wire.Coder) { e.Wants(&wants) }, func(ctx context.Context, s *wire.Stream) error {
		return wire.Intake(ctx, s, wants, sink)
	})
}

// Probe implements fetch.Prober.
func (c *Client) Probe(ctx context.Context, wants []fetch.Want) ([]error, error) {
	why := make([]error, len(wants))
	if len(wants) == 0 {
		return why, ctx.Err()
	}
	var us []wire.Unreadable
	err := c.call(ctx, wire.Probe, func(e *wire.Coder) { e.Wants(&wants) }, func(ctx context.Context, s *wire.Stream) error {
		return s.Receive(ctx, wire.Probed, func(d *wire.Coder) { d.Unreadables(&us) })
	})
	if err != nil {
		return nil, err
	}
	for _, u := range us {
		if u.N >= len(wants) {
			return nil, fmt.Errorf("%w: an answer about content that was not asked for", wire.ErrProtocol)
		}
		why[u.N] = u.Why
	}
	return why, nil
}

// Far tells that content from there crosses a wire. See fetch.Far.
func (c *Client) Far() bool { return true }

// Broken is why the connection ended before Close; nil: it has not.
func (c *Client) Broken() error { return c.explain(c.conn.Err()) }

// Close takes leave, without waiting for an answer, and closes the byte stream.
func (c *Client) Close() error {
	c.conn.Close()
	c.mu.Lock()
	c.closed = true
	c.mu.Unlock()
	c.wait.Wait()
	return nil
}
