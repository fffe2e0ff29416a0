package wire

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/time/rate"
)

// Limit sets how many bytes a second this side sends; 0: any number.
func (c *Conn) Limit(perSecond int64) {
	if c.hold() != nil {
		return
	}
	defer c.release()
	c.limiter = nil
	if perSecond > 0 {
		burst := int(min(max(perSecond/32, 64), full))
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
	_, err := c.writeLeast(s, t, more, b, 0)
	return err
}

// writeLeast is write of a payload that takes at least so many bytes on the wire, if it has
// as many. It returns how many it took.
func (c *Conn) writeLeast(s *Stream, t Type, more bool, b []byte, least int) (int, error) {
	var flags byte
	if more {
		flags = flagMore
	}
	if err := c.hold(); err != nil {
		return 0, err
	}
	defer c.release()
	var id uint32
	if s != nil {
		var err error
		if id, err = c.number(s, t); err != nil {
			return 0, err
		}
		if n := len(b) - headerLen; s.judge.try(c.mode, n) {
			k := c.codec(n)
			begun := c.now()
			packed := c.zip.deflate(b, k)
			deflating := c.now() - begun
			if s.judge.learn(packed != nil); packed != nil && len(packed)-headerLen >= least {
				c.shrunk.Add(int64(len(b) - len(packed)))
				b, flags = packed, flags|k.flag()
				defer func() { c.pace.learn(k, n, time.Duration(deflating), time.Duration(c.now()-begun-deflating)) }()
			}
		}
	}
	putHeader(b, t, flags, id)
	came := len(b) - headerLen
	if c.first != nil {
		b, c.first = append(c.first, b...), nil
	}
	return came, c.put(b)
}

// codec chooses how to compress a payload of n bytes. c.writing is held.
func (c *Conn) codec(n int) codec {
	if c.mode != Auto {
		return codecZstd
	}
	return c.pace.choose(n)
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
