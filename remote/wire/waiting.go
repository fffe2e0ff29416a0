package wire

import "context"

// Frames that have come wait for their receivers as they came: what is compressed becomes
// large only when it is taken.
const (
	queued = 8 // frames of a call that wait at most: about 2 MiB

	// maxWaiting is how many bytes wait on a connection at most, in all calls. It is more than
	// openStreams calls come to with frames as senders fill them, so these depend on each
	// other no more than by what waits in one.
	maxWaiting = openStreams * queued * (full + full/4)
)

// deliver hands over a frame, to be received or passed over. Only the connection's
// reader calls it.
func (s *Stream) deliver(f frame) {
	if s.conn.waiting.Add(int64(cap(f.payload))) > maxWaiting || !s.offer(f) {
		s.insist(f)
	}
	select {
	case <-s.ended:
		s.forget()
	default:
	}
}

// offer hands over a frame if that takes no waiting.
func (s *Stream) offer(f frame) bool {
	select {
	case s.in <- f:
		return true
	default:
		return false
	}
}

// insist waits until there is room for a frame that waits already, by its bytes.
func (s *Stream) insist(f frame) {
	c := s.conn
	c.parked.Store(true)
	for c.waiting.Load() > maxWaiting {
		select {
		case <-c.room:
			continue
		case <-s.ended:
		case <-c.ctx.Done():
		}
		break
	}
	select {
	case s.in <- f:
	case <-s.ended:
		c.taken(f)
		c.frames.release(f)
	case <-c.ctx.Done():
		c.taken(f)
	}
	c.heard.Store(c.now())
	c.parked.Store(false)
}

// take waits for the next frame and takes it from the queue. What came before the end of the
// connection counts, what comes after that of ctx does not: it may be without end.
func (s *Stream) take(ctx context.Context) (f frame, err error) {
	if err := ctx.Err(); err != nil && s.conn.ctx.Err() == nil {
		return f, err
	}
	select {
	case f = <-s.in:
		s.conn.taken(f)
		return f, nil
	default:
	}
	select {
	case f = <-s.in:
	case <-ctx.Done():
		return f, ctx.Err()
	case <-s.ended:
		return f, errEnded
	case <-s.conn.ctx.Done():
		select {
		case f = <-s.in:
		default:
			return f, s.conn.Err()
		}
	}
	s.conn.taken(f)
	return f, nil
}

// forget drops what waits for nobody any more.
func (s *Stream) forget() {
	for {
		select {
		case f := <-s.in:
			s.conn.taken(f)
			s.conn.frames.release(f)
		default:
			return
		}
	}
}

// taken notes that a frame does not wait any more.
func (c *Conn) taken(f frame) {
	n := int64(cap(f.payload))
	if c.waiting.Add(-n)+n <= maxWaiting {
		return
	}
	select {
	case c.room <- struct{}{}:
	default:
	}
}
