package wire

import (
	"context"
	"errors"
	"fmt"
	"io"
)

// read takes in frames until the connection ends.
func (c *Conn) read() {
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
	mark, own, skip := serverMark, clientMark, MaxBanner
	if c.server {
		mark, own, skip = clientMark, serverMark, 0
	}
	version, err := readGreeting(c.in, mark, own, skip, func(said []byte) {
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
