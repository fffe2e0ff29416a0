package wire

import (
	"context"
	"errors"
	"sync"
)

// errEnded is what the writer of a stream gets that this side has ended.
var errEnded = errors.New("the call has ended")

// Stream is one call on a connection: messages both ways, in order. One goroutine
// receives and one sends, at the same time if they like.
type Stream struct {
	conn   *Conn
	id     uint32 // under conn.mu; 0: nothing was written yet
	over   bool   // under conn.mu: it has ended here
	ctx    context.Context
	cancel context.CancelCauseFunc
	judge  judge // under conn.writing

	in    chan frame
	ended chan struct{}
	end   sync.Once
	now   frame // the frame that Next found
}

func newStream(c *Conn) *Stream {
	s := &Stream{conn: c, in: make(chan frame, queued), ended: make(chan struct{})}
	s.ctx, s.cancel = context.WithCancelCause(c.base)
	return s
}

// Context ends when the other side cancels the call, and with the connection.
func (s *Stream) Context() context.Context { return s.ctx }

// Conn is the connection that the stream belongs to.
func (s *Stream) Conn() *Conn { return s.conn }

// End forgets the call. What comes for it later is passed over, what is written
// to it fails.
func (s *Stream) End() {
	s.end.Do(func() {
		close(s.ended)
		s.forget()
		s.conn.drop(s)
		s.cancel(errEnded)
	})
}

// Cancel tells the other side that nothing more is wanted from the call. It may
// block as any writer may.
func (s *Stream) Cancel() error {
	return s.conn.write(s, Cancel, false, newFrame(0))
}

// Next waits for the next message and tells its type. Decode then reads it. An
// Error message is returned as the error it carries.
func (s *Stream) Next(ctx context.Context) (Type, error) {
	if err := s.advance(ctx); err != nil {
		return 0, err
	}
	if s.now.typ != Error {
		return s.now.typ, nil
	}
	return 0, s.failure(ctx)
}

// failure is the error that the current frame brings, or that it is none.
func (s *Stream) failure(ctx context.Context) error {
	var remote error
	if err := s.Decode(ctx, func(c *Coder) { c.Error(&remote) }); err != nil {
		return err
	}
	return remote
}

// Decode reads the message that Next found. An Error message in the midst of it is
// returned as the error it carries.
func (s *Stream) Decode(ctx context.Context, message func(*Coder)) error {
	t, begun := s.now.typ, false
	var c *Coder
	c = NewDecoder(func() ([]byte, bool, error) {
		if begun {
			if err := s.advance(ctx); err != nil {
				return nil, false, err
			}
			switch s.now.typ {
			case t:
			case Error:
				return nil, false, s.failure(ctx)
			default:
				return nil, false, violation("a %v within a %v", s.now.typ, t)
			}
		}
		begun = true
		c.paid(s.now.came)
		return s.now.payload, s.now.more, nil
	})
	message(c)
	err := c.Finish()
	s.release()
	return err
}

// Receive reads a message of type t.
func (s *Stream) Receive(ctx context.Context, t Type, message func(*Coder)) error {
	switch got, err := s.Next(ctx); {
	case err != nil:
		return err
	case got != t:
		return violation("a %v instead of a %v", got, t)
	}
	return s.Decode(ctx, message)
}

// advance makes the next frame the current one. Frames are inflated here, and not by the
// connection's reader, which has frames of other calls to hand over.
func (s *Stream) advance(ctx context.Context) error {
	s.release()
	f, err := s.take(ctx)
	if err != nil {
		return err
	}
	if s.now, err = s.conn.frames.inflate(f); err != nil {
		s.conn.end(err)
		return err
	}
	s.conn.shrunk.Add(int64(len(s.now.payload) - f.came))
	return nil
}

// release gives back the memory of the current frame.
func (s *Stream) release() {
	s.conn.frames.release(s.now)
	s.now.payload = nil
}

// Send writes a message.
func (s *Stream) Send(t Type, message func(*Coder)) error {
	var c *Coder
	c = NewEncoder(func(b []byte, more bool) error {
		n, err := s.write(t, more, b, c.owed())
		c.paid(n)
		return err
	})
	message(c)
	return c.Finish()
}

// write sends a frame whose payload takes at least so many bytes on the wire, if it has as
// many, and returns how many it took.
func (s *Stream) write(t Type, more bool, b []byte, least int) (int, error) {
	select {
	case <-s.ended:
		return 0, errEnded
	default:
		return s.conn.writeLeast(s, t, more, b, least)
	}
}
