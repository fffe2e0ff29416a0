package wire

import (
	"bufio"
	"context"
	"errors"
	"fmt"
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

// silent says that nothing came for so long.
type silent time.Duration

func (s silent) Error() string {
	return fmt.Sprintf("no answer for %gs", time.Duration(s).Seconds())
}

// Config rules one side of a connection.
type Config struct {
	// Accept makes this side the server. It is called, by the goroutine that
	// reads, for every stream the client opens, with the type of its first
	// message. It must not block, and must see to it that the stream is ended.
	Accept func(*Stream, Type)

	Timeout  time.Duration // silence to listen to while a call is under way; 0: DefaultTimeout
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

	sent, received atomic.Int64
	heard, wrote   atomic.Int64 // when a byte last came, and went: nanoseconds since start
	beat           atomic.Int64 // nanoseconds between signs of life
	start          time.Time

	writing chan struct{} // full while a frame is written; guards what follows
	first   []byte        // greeting to be sent with the first frame
	zip     deflater
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
		ready: make(chan struct{}), writing: make(chan struct{}, 1), calls: make(chan struct{}, openStreams), streams: map[uint32]*Stream{},
	}
	c.in = bufio.NewReaderSize(meter{c}, 64<<10)
	c.frames = newFrameReader(c.in)
	c.ctx, c.fail = context.WithCancelCause(context.WithoutCancel(ctx))
	c.base, c.stop = context.WithCancel(ctx)
	c.Limit(o.Limit)
	c.Beat(o.Timeout)
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

// Done is closed when the connection has ended; Err then says why.
func (c *Conn) Done() <-chan struct{} { return c.ctx.Done() }

// Err is why the connection ended: ErrClosed after either side closed it.
func (c *Conn) Err() error { return context.Cause(c.ctx) }

// Sent and Received count bytes on the wire.
func (c *Conn) Sent() int64     { return c.sent.Load() }
func (c *Conn) Received() int64 { return c.received.Load() }

// Limit sets how many bytes a second this side sends; 0: any number.
func (c *Conn) Limit(perSecond int64) {
	if c.hold() != nil {
		return
	}
	defer c.release()
	c.limiter = nil
	if perSecond > 0 {
		burst := int(min(max(perSecond/8, 512), full))
		c.limiter = rate.NewLimiter(rate.Limit(perSecond), burst)
	}
}

// Compress sets how frames of this side are compressed from now on.
func (c *Conn) Compress(mode Compression) {
	if c.hold() != nil {
		return
	}
	defer c.release()
	c.mode = mode
}

// Beat makes this side show a sign of life often enough for a peer that listens
// to silence for so long; 0: DefaultTimeout.
func (c *Conn) Beat(patience time.Duration) {
	if patience <= 0 {
		patience = DefaultTimeout
	}
	c.beat.Store(int64(max(min(patience/4, 5*time.Second), 10*time.Millisecond)))
}

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

// read takes in frames until the connection ends.
func (c *Conn) read() {
	defer c.frames.zip.close()
	err := c.greet()
	for err == nil {
		var f frame
		if f, err = c.frames.next(); err == nil {
			err = c.route(f)
		}
	}
	switch {
	case c.left.Load():
		err = ErrClosed
	case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		err = fmt.Errorf("%w: %w", ErrGone, io.ErrUnexpectedEOF)
	}
	c.end(err)
}

func (c *Conn) greet() error {
	mark, skip := serverMark, MaxBanner
	if c.server {
		mark, skip = clientMark, 0
	}
	version, err := readGreeting(c.in, mark, skip, func(said []byte) {
		c.mu.Lock()
		c.banner = said
		c.mu.Unlock()
	})
	if err != nil {
		return err
	}
	c.mu.Lock()
	c.version, c.banner = version, nil
	c.mu.Unlock()
	close(c.ready)
	return nil
}

// route hands a frame to its stream.
func (c *Conn) route(f frame) error {
	switch f.typ {
	case Alive:
		return nil
	case Close:
		if !c.server {
			return violation("a server that takes leave")
		}
		return ErrClosed
	}
	c.mu.Lock()
	s := c.streams[f.stream]
	fresh := false
	switch {
	case s != nil:
	case f.stream == 0 || f.stream > c.last && (!c.server || f.stream != c.last+1):
		c.mu.Unlock()
		return violation("a %v for call %d", f.typ, f.stream)
	case f.stream > c.last && f.typ != Cancel && len(c.streams) >= 4*openStreams:
		c.mu.Unlock()
		return violation("more than %d calls at a time", 4*openStreams)
	case f.stream > c.last:
		c.last = f.stream
		s, fresh = newStream(c), true
		c.enter(s, f.stream)
	}
	c.mu.Unlock()
	if fresh {
		c.o.Accept(s, f.typ)
	}
	switch {
	case s == nil:
		c.frames.release(f)
	case f.typ == Cancel:
		s.cancel(context.Canceled)
	default:
		s.deliver(f)
	}
	return nil
}

// hold waits until nobody writes, or the connection has ended.
func (c *Conn) hold() error {
	select {
	case c.writing <- struct{}{}:
		return nil
	case <-c.ctx.Done():
		return context.Cause(c.ctx)
	}
}

func (c *Conn) release() { <-c.writing }

// greets sends the greeting, unless a frame was faster.
func (c *Conn) greets() error {
	if err := c.hold(); err != nil {
		return err
	}
	defer c.release()
	b := c.first
	c.first = nil
	return c.put(b)
}

// write sends one frame that newFrame began, of the stream s or, if that is nil,
// of the connection itself.
func (c *Conn) write(s *Stream, t Type, more bool, b []byte) error {
	var flags byte
	if more {
		flags = flagMore
	}
	if err := c.hold(); err != nil {
		return err
	}
	defer c.release()
	var id uint32
	if s != nil {
		var err error
		if id, err = c.number(s, t); err != nil {
			return err
		}
		if s.judge.try(c.mode, len(b)-headerLen) {
			packed := c.zip.deflate(b)
			if s.judge.learn(packed != nil); packed != nil {
				b, flags = packed, flags|flagCompressed
			}
		}
	}
	putHeader(b, t, flags, id)
	if c.first != nil {
		b, c.first = append(c.first, b...), nil
	}
	return c.put(b)
}

// put writes bytes at the pace that is allowed. c.writing is held.
func (c *Conn) put(b []byte) error {
	for len(b) > 0 {
		n := len(b)
		if c.limiter != nil {
			n = min(n, c.limiter.Burst())
			if err := c.limiter.WaitN(c.ctx, n); err != nil {
				return context.Cause(c.ctx)
			}
		}
		if c.ctx.Err() != nil {
			return context.Cause(c.ctx)
		}
		m, err := c.rw.Write(b[:n])
		c.sent.Add(int64(m))
		c.wrote.Store(c.now())
		if err != nil {
			return c.broken(err)
		}
		b = b[n:]
	}
	return nil
}

// broken ends the connection after a failed write, but not at once: the reader
// may find out why, for the last words of the other side are still on their way.
func (c *Conn) broken(err error) error {
	err = fmt.Errorf("%w: %w", ErrGone, err)
	c.lost.Do(func() {
		late := time.AfterFunc(time.Second, func() { c.end(err) })
		context.AfterFunc(c.ctx, func() { late.Stop() })
	})
	return err
}

func (c *Conn) now() int64 { return int64(time.Since(c.start)) }

// meter reads from a connection and takes note.
type meter struct{ c *Conn }

func (m meter) Read(p []byte) (int, error) {
	n, err := m.c.rw.Read(p)
	m.c.received.Add(int64(n))
	if n > 0 {
		m.c.heard.Store(m.c.now())
	}
	return n, err
}

func (c *Conn) busy() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.streams) > 0
}

// alive sends the server's greeting, and signs of life.
func (c *Conn) alive() {
	if c.server {
		if c.greets() != nil {
			return
		}
	}
	for {
		rest := c.beat.Load() - (c.now() - c.wrote.Load())
		if rest <= 0 {
			if c.busy() && c.write(nil, Alive, false, newFrame(0)) != nil {
				return
			}
			rest = c.beat.Load()
		}
		if !c.pause(time.Duration(rest)) {
			return
		}
	}
}

// watch gives up on a peer that is silent while a call is under way. Time in
// which nobody listened does not count.
func (c *Conn) watch() {
	for c.pause(c.o.Timeout / 8) {
		switch {
		case !c.busy():
		case c.parked.Load():
			c.heard.Store(c.now())
		case c.now()-c.heard.Load() > int64(c.o.Timeout):
			c.end(c.silence())
			return
		}
	}
}

func (c *Conn) silence() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.banner) > 0 {
		return stranger("no latus there", c.banner)
	}
	return silent(c.o.Timeout)
}

// pause returns false when the connection has ended.
func (c *Conn) pause(d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-c.ctx.Done():
		return false
	}
}
