package ssh

import (
	"context"
	"io"
	"sync"
	"sync/atomic"
	"time"
)

// Stream is a running command: what is read is its stdout, what is written its
// stdin. One goroutine may read while another writes.
type Stream struct {
	stdin  io.WriteCloser
	stdout io.Reader
	stderr *tail

	reading sync.Mutex // one reader at a time: x/crypto wakes only one at the end of a channel
	in, out atomic.Int64
	end     func()        // ends the command whatever it does; any number of times
	cut     atomic.Bool   // it was this side that ended it
	ended   chan struct{} // closed when err is known
	err     error
	forget  func() bool // no longer end with the context
	once    sync.Once
}

// closeGrace is how long a command may take to end by itself once its stdin is
// closed.
const closeGrace = 2 * time.Second

// start takes over a command that was started. wait returns when it has ended,
// with nil, a *CommandError, or what else went wrong.
func (s *Stream) start(ctx context.Context, wait func() error) *Stream {
	s.ended = make(chan struct{})
	s.forget = context.AfterFunc(ctx, s.End)
	go func() {
		err := wait()
		s.forget()
		if command, ok := err.(*CommandError); ok {
			command.Cut = s.cut.Load() && command.Status < 0
		}
		if err != nil && ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		s.err = err
		close(s.ended)
	}()
	return s
}

// Read reads the command's stdout; io.EOF comes when it has closed that, or has
// ended for whatever reason: Wait tells.
func (s *Stream) Read(p []byte) (int, error) {
	s.reading.Lock()
	defer s.reading.Unlock()
	n, err := s.stdout.Read(p)
	s.in.Add(int64(n))
	return n, err
}

// Write writes to the command's stdin.
func (s *Stream) Write(p []byte) (int, error) {
	n, err := s.stdin.Write(p)
	s.out.Add(int64(n))
	if err == io.EOF {
		err = io.ErrClosedPipe // a reader's word; x/crypto says it to writers, too
	}
	return n, err
}

// CloseWrite closes the command's stdin.
func (s *Stream) CloseWrite() error { return s.stdin.Close() }

// End ends the command whatever it does, if need be with the connection. It may be
// called any number of times, and waits for nothing.
func (s *Stream) End() {
	s.cut.Store(true)
	s.end()
}

// Counts are the bytes read and written so far: what crossed the wire, but for
// what ssh adds. Any goroutine may ask.
func (s *Stream) Counts() (in, out int64) { return s.in.Load(), s.out.Load() }

// Stderr is the end of what the command said there, at most 4 KiB. It is
// complete after Wait.
func (s *Stream) Stderr() string { return s.stderr.String() }

// Wait waits for the command to end: nil for status 0, the cause of a cancelled
// context, else a *CommandError. A command does not end before its stdout was
// read or Close was called.
func (s *Stream) Wait() error {
	<-s.ended
	return s.err
}

// Close closes stdin, throws away what comes from stdout, and ends a command
// that has not ended by itself within 2 seconds. It returns what Wait does.
func (s *Stream) Close() error {
	s.once.Do(func() {
		timer := time.AfterFunc(closeGrace, s.End)
		defer timer.Stop()
		_ = s.stdin.Close()
		_, _ = io.Copy(io.Discard, readerOnly{s})
		<-s.ended
	})
	return s.Wait()
}

type readerOnly struct{ io.Reader }

// tail keeps the end of what is written to it, and passes everything on.
type tail struct {
	mu   sync.Mutex
	kept []byte
	next io.Writer // may be nil
}

const tailSize = 4 << 10

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.kept = append(t.kept, p[max(0, len(p)-tailSize):]...)
	if len(t.kept) > tailSize {
		t.kept = append(t.kept[:0], t.kept[len(t.kept)-tailSize:]...)
	}
	if t.next != nil {
		_, _ = t.next.Write(p) // nobody to show it to is no reason to stop the command
	}
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.kept)
}
