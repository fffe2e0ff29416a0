package wire

import (
	"errors"
	"fmt"
	"time"
)

// silent says that nothing came for so long.
type silent time.Duration

// ErrSilent is what a connection ends with when nothing came for too long.
var ErrSilent = errors.New("no answer")

func (s silent) Is(err error) bool { return err == ErrSilent }

func (s silent) Error() string {
	return fmt.Sprintf("no answer for %gs", time.Duration(s).Seconds())
}

// Beat makes this side show a sign of life often enough for a peer that listens
// to silence for so long; 0: DefaultTimeout.
func (c *Conn) Beat(patience time.Duration) {
	if patience <= 0 {
		patience = DefaultTimeout
	}
	c.beat.Store(int64(max(min(patience/4, 5*time.Second), 10*time.Millisecond)))
}

// Match has a server listen to silence no longer than its client does, who shows signs of
// life accordingly: if what the client says is stuck on the way, the client cannot tell it
// from a server that is busy and does not read. 0: as long as before.
func (c *Conn) Match(patience time.Duration) {
	if patience > 0 && patience < c.limit() {
		c.listen.Store(int64(patience))
	}
}

// limit is how long this side listens to silence.
func (c *Conn) limit() time.Duration { return time.Duration(c.listen.Load()) }

func (c *Conn) now() int64 { return int64(time.Since(c.start)) }

func (c *Conn) busy() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.streams) > 0
}

// steady tells that both sides have greeted: then the client shows signs of life between calls,
// too, and a server that hears none gives up on it, and lets go of its tree.
func (c *Conn) steady() bool { return c.Version() != 0 }

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
			if (c.busy() || !c.server && c.steady()) && c.write(nil, Alive, false, newFrame(0)) != nil {
				return
			}
			rest = c.beat.Load()
		}
		if !c.pause(time.Duration(rest)) {
			return
		}
	}
}

// watch gives up on a peer that is silent while it should not be: while a call is under
// way, and to a server always. Time in which nobody listened does not count.
func (c *Conn) watch() {
	for before := c.now(); c.pause(min(c.limit()/8, time.Second)); before = c.now() {
		switch limit := int64(c.limit()); {
		case c.now()-before > limit/4: // this process was stopped, or its machine
			c.heard.Store(c.now())
		case !c.busy() && !(c.server && c.steady()):
		case c.parked.Load():
			c.heard.Store(c.now())
		case c.now()-c.heard.Load() > limit:
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
	return silent(c.limit())
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
