package wire

import (
	"bufio"
	"context"
	"errors"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"
)

// ErrClosed is what calls get on a connection that this side closed.
var ErrClosed = errors.New("the connection is closed")

// ErrGone is wrapped by the error of a connection that ended without a word.
var ErrGone = errors.New("the other side is gone")

// Config rules one side of a connection.
type Config struct {
	// Accept makes this side the server. It is called, by the goroutine that
	// reads, for every stream the client opens, with the type of its first
	// message. It must not block, and must see to it that the stream is ended.
	Accept func(*Stream, Type)

	Timeout  time.Duration // silence to listen to while a call is under way, of a server between calls, too; 0: DefaultTimeout
	Compress Compression
	Limit    int64 // bytes a second to send; 0: any
}

// openStreams is how many calls a client has under way at most; a server bears
// with more, for a call may have ended on one side only.
const openStreams = 64

// Conn is one side of a connection that many calls share. Each call is a Stream;
// the client opens them, with numbers that count up from 1.
//
// One goroutine reads. It waits for the receivers of what it reads, never for a
// writer: so two sides that both send can't bring each other to a standstill.
type Conn struct {
	rw     io.ReadWriter
	in     *bufio.Reader
	frames *frameReader
	server bool
	o      Config

	ctx    context.Context // ends when the connection does
	fail   context.CancelCauseFunc
	base   context.Context // of the streams
	stop   context.CancelFunc
	shut   sync.Once
	lost   sync.Once
	wait   sync.WaitGroup // goroutines
	ready  chan struct{}  // closed when the other side has greeted
	calls  chan struct{}  // a place for each open call of a client
	left   atomic.Bool    // this side takes leave
	parked atomic.Bool    // the reader waits for a receiver, not for the peer

	waiting atomic.Int64  // bytes of memory of frames that wait for their receivers
	room    chan struct{} // gets a value when that has become less than it may be

	sent, received atomic.Int64
	shrunk         atomic.Int64 // bytes that compression kept off the wire, both ways
	heard, wrote   atomic.Int64 // when a byte last came, and went: nanoseconds since start
	beat           atomic.Int64 // nanoseconds between signs of life
	listen         atomic.Int64 // nanoseconds of silence to listen to
	start          time.Time

	writing chan struct{} // full while a frame is written; guards what follows
	first   []byte        // greeting to be sent with the first frame
	zip     deflater
	pace    pace
	mode    Compression
	limiter *rate.Limiter

	mu      sync.Mutex
	streams map[uint32]*Stream
	last    uint32 // the greatest number so far
	version int
	banner  []byte // what came instead of a greeting, so far
}

// NewConn starts one side. Contexts of streams end with ctx; the connection
// itself ends with Close, or when the other side goes. If rw is an io.Closer it is
// closed then, which must end a Read and a Write under way.
func NewConn(ctx context.Context, rw io.ReadWriter, o Config) *Conn {
	if o.Timeout <= 0 {
		o.Timeout = DefaultTimeout
	}
	c := &Conn{
		rw: rw, server: o.Accept != nil, o: o, mode: o.Compress, start: time.Now(),
		ready: make(chan struct{}), writing: make(chan struct{}, 1), room: make(chan struct{}, 1),
		calls: make(chan struct{}, openStreams), streams: map[uint32]*Stream{},
	}
	c.in = bufio.NewReaderSize(meter{c}, 64<<10)
	c.frames = newFrameReader(c.in)
	c.ctx, c.fail = context.WithCancelCause(context.WithoutCancel(ctx))
	c.base, c.stop = context.WithCancel(ctx)
	c.Limit(o.Limit)
	c.Beat(o.Timeout)
	c.listen.Store(int64(o.Timeout))
	mark := clientMark
	if c.server {
		mark = serverMark
	}
	c.first = greeting(mark)
	c.wait.Go(c.read)
	c.wait.Go(c.alive)
	c.wait.Go(c.watch)
	return c
}

// Ready waits until the other side has greeted. The error says why it never will.
func (c *Conn) Ready(ctx context.Context) error {
	select {
	case <-c.ready:
		return nil
	case <-c.ctx.Done():
		return context.Cause(c.ctx)
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Version is the version of the protocol that both sides speak; 0 before the other
// one has greeted.
func (c *Conn) Version() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.version
}

// Done is closed when the connection has ended; Err then says why.
func (c *Conn) Done() <-chan struct{} { return c.ctx.Done() }

// Err is why the connection ended: ErrClosed after either side closed it.
func (c *Conn) Err() error { return context.Cause(c.ctx) }

// Sent and Received count bytes on the wire.
func (c *Conn) Sent() int64 { return c.sent.Load() }

func (c *Conn) Received() int64 { return c.received.Load() }

// Shrunk counts the bytes that compression has kept off the wire, both ways.
func (c *Conn) Shrunk() int64 { return c.shrunk.Load() }

// Open begins a call. It waits for a place if too many are under way.
func (c *Conn) Open(ctx context.Context) (*Stream, error) {
	select {
	case c.calls <- struct{}{}:
	case <-c.ctx.Done():
		return nil, context.Cause(c.ctx)
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	return newStream(c), nil
}

// number returns the stream's number. It gets one, and becomes known to the
// reader, as its first frame is about to be written: so numbers count up in the
// order in which calls reach the other side. What has ended can still be cancelled.
func (c *Conn) number(s *Stream, t Type) (uint32, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case s.id == 0 && (s.over || t == Cancel), s.over && t != Cancel:
		return 0, errEnded
	case s.id == 0:
		c.last++
		c.enter(s, c.last)
	}
	return s.id, nil
}

// enter gives a stream its number. c.mu is held.
func (c *Conn) enter(s *Stream, id uint32) {
	if len(c.streams) == 0 {
		c.heard.Store(c.now())
	}
	s.id = id
	c.streams[id] = s
}

// drop forgets a stream: what still comes for it is passed over.
func (c *Conn) drop(s *Stream) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s.over = true
	if s.id != 0 {
		delete(c.streams, s.id)
	}
	if !c.server {
		<-c.calls
	}
}

// Close ends the connection and waits for its goroutines: for a moment only, as
// there are files whose Close does not end a Read under way. A client takes leave,
// unless the wire is stuck.
func (c *Conn) Close() {
	if !c.server && c.ctx.Err() == nil {
		c.left.Store(true)
		c.briefly(func() {
			// That the other side does not hear it any more changes nothing.
			_ = c.write(nil, Close, false, newFrame(0))
		})
	}
	c.end(ErrClosed)
	c.briefly(c.wait.Wait)
}

// Abort ends the connection at once, for the reason err.
func (c *Conn) Abort(err error) { c.end(err) }

// briefly runs f and waits for its end, but no longer than a second.
func (c *Conn) briefly(f func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		f()
	}()
	long := time.NewTimer(time.Second)
	defer long.Stop()
	select {
	case <-done:
	case <-long.C:
	}
}

// end makes err the connection's error, if it has none yet.
func (c *Conn) end(err error) {
	c.fail(err)
	c.shut.Do(func() {
		c.stop()
		if closer, ok := c.rw.(io.Closer); ok {
			closer.Close()
		}
	})
}
