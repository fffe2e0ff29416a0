package wire

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"runtime"
	"strings"
	"testing"
	"time"

	"latus/sync/plan"
)

// heap is how many bytes are in use.
func heap() int64 {
	runtime.GC()
	runtime.GC() // what pools held on to
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// to gives a frame to another call.
func to(call int, frame []byte) []byte {
	frame = append([]byte(nil), frame...)
	frame[9], frame[8] = byte(call), byte(call>>8)
	return frame
}

// flooded is one side whose peer is a flood: calls of it nobody reads.
type flooded struct {
	*Conn
	calls  chan *Stream
	before int64 // bytes in use
	mark   []byte
	peer   io.ReadWriteCloser
}

// flood makes a side that has calls open, as a server or as a client.
func flood(t *testing.T, server bool, calls int) *flooded {
	a, b := pipes(t)
	go func() { _, _ = io.Copy(io.Discard, a) }()
	f := &flooded{calls: make(chan *Stream, calls), before: heap(), mark: greeting(clientMark), peer: a}
	if server {
		f.Conn = NewConn(context.Background(), b, Config{Accept: func(s *Stream, _ Type) { f.calls <- s }})
	} else {
		f.mark = greeting(serverMark)
		f.Conn = NewConn(context.Background(), b, Config{})
		for range calls {
			s, err := f.Open(context.Background())
			if err == nil {
				err = s.Send(Finish, func(*Coder) {})
			}
			if err != nil {
				t.Fatal(err)
			}
			f.calls <- s
		}
	}
	t.Cleanup(func() { a.Close(); f.Close() })
	return f
}

// write lets the peer write, until nobody takes it any more.
func (f *flooded) write(frames func(write func([]byte) bool)) {
	_, err := f.peer.Write(f.mark)
	frames(func(b []byte) bool {
		if err == nil {
			_, err = f.peer.Write(b)
		}
		return err == nil
	})
}

// full tells that frames wait in all calls, as many as can.
func (f *flooded) full(calls int) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := 0
	for _, s := range f.streams {
		n += len(s.in)
	}
	return n == calls*queued
}

// until waits for something that other goroutines are about to bring about.
func (f *flooded) until(t *testing.T, what func() bool) {
	t.Helper()
	for !what() {
		select {
		case <-f.Done():
			t.Fatal(f.Err())
		case <-time.After(time.Millisecond):
		}
	}
}

// Frames that wait for their receiver take as much memory as came of them, or twice that, and
// not what they will be when they are inflated.
func TestFramesThatWaitTakeTheMemoryOfTheirBytes(t *testing.T) {
	noise := make([]byte, 5<<10)
	_, _ = rand.Read(noise)
	for name, frame := range map[string][]byte{
		"zstd":  packed(Hash, codecZstd, make([]byte, MaxFrame)),
		"S2":    packed(Hash, codecS2, make([]byte, MaxFrame)),
		"plain": framed(Hash, flagMore, 1, noise),
	} {
		for _, server := range []bool{true, false} {
			calls := openStreams
			if server {
				calls = 4 * openStreams
			}
			f := flood(t, server, calls)
			sent := len(f.mark) + calls*queued*len(frame)
			go f.write(func(write func([]byte) bool) {
				for call := range calls {
					for range queued {
						write(to(call+1, frame))
					}
				}
			})
			f.until(t, func() bool { return f.full(calls) })
			most := int64(2*sent + 8<<20)
			took := heap() - f.before
			t.Logf("%s, server %v: %d KiB that wait take %d KiB", name, server, sent>>10, took>>10)
			if took > most {
				t.Errorf("%s, server %v: more than %d KiB", name, server, most>>10)
			}
			runtime.KeepAlive(f)
			f.Close()
		}
	}
}

// Incompressible frames of all calls together are bounded, too, and the rest comes when some
// of them have been taken.
func TestFramesThatWaitAreBoundedTogether(t *testing.T) {
	const calls = 4 * openStreams
	frame := framed(Hash, flagMore, 1, make([]byte, MaxFrame))
	f := flood(t, true, calls)
	go f.write(func(write func([]byte) bool) {
		for range queued {
			for call := range calls {
				write(to(call+1, frame))
			}
		}
	})
	f.until(t, func() bool { return f.parked.Load() })
	if took := heap() - f.before; took > maxWaiting+8<<20 {
		t.Fatalf("%d MiB wait", took>>20)
	}
	for range calls {
		go func() {
			s := <-f.calls
			for range queued {
				if _, err := s.Next(context.Background()); err != nil {
					t.Error(err)
				}
			}
			s.End()
		}()
	}
	f.until(t, func() bool { return !f.busy() })
	if n := f.waiting.Load(); n != 0 {
		t.Errorf("%d bytes seem to wait", n)
	}
}

// What waits for nobody any more makes room.
func TestFramesOfEndedCallsMakeRoom(t *testing.T) {
	const calls = 100
	frame := framed(Hash, flagMore, 1, make([]byte, MaxFrame))
	f := flood(t, true, 3*calls)
	go f.write(func(write func([]byte) bool) {
		for i := range 3 * calls {
			for range queued {
				write(to(i+1, frame))
			}
		}
	})
	for range 3 * calls {
		(<-f.calls).End()
	}
	f.until(t, func() bool { return f.Received() == int64(len(f.mark)+3*calls*queued*len(frame)) })
	f.until(t, func() bool { return f.waiting.Load() == 0 })
}

// Whoever takes a frame inflates it: frames of other calls pass by meanwhile, and what is
// garbage ends the connection, with the reason.
func TestFramesAreInflatedByWhoTakesThem(t *testing.T) {
	var (
		asked = []plan.Question{}
		z     deflater
	)
	frames, err := encode(func(c *Coder) { c.Questions(&[]plan.Question{}) })
	if err != nil {
		t.Fatal(err)
	}
	for name, garbage := range map[string][]byte{
		"zstd":    framed(Hash, flagCompressed, 1, []byte("not zstd")),
		"S2":      framed(Hash, flagQuick, 1, []byte("\x08no")),
		"bomb":    framed(Hash, flagCompressed, 1, z.deflate(append(newFrame(0), make([]byte, MaxFrame+1)...), codecZstd)[headerLen:]),
		"S2 bomb": framed(Hash, flagQuick, 1, z.deflate(append(newFrame(0), make([]byte, MaxFrame+1)...), codecS2)[headerLen:]),
	} {
		f := flood(t, true, 2)
		go f.write(func(write func([]byte) bool) {
			write(to(1, garbage))
			write(framed(Hash, 0, 2, frames[0]))
		})
		f.until(t, func() bool { return len(f.calls) == 2 })
		bad, good := <-f.calls, <-f.calls
		if err := good.Receive(t.Context(), Hash, func(c *Coder) { c.Questions(&asked) }); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		err := bad.Receive(t.Context(), Hash, func(c *Coder) { c.Questions(&asked) })
		if !errors.Is(err, ErrProtocol) || !strings.Contains(err.Error(), "a compressed frame: ") {
			t.Errorf("%s: %v", name, err)
		}
		<-f.Done()
		if f.Err() != err {
			t.Errorf("%s: the connection ended with: %v", name, f.Err())
		}
		if _, err := good.Next(t.Context()); err != f.Err() {
			t.Errorf("%s: another call got: %v", name, err)
		}
	}
}

// A peer that sends without end does not keep whoever has had enough.
func TestAFloodDoesNotHoldItsReceiver(t *testing.T) {
	many := framed(Event, 0, 1, nil)
	for range 10 {
		many = append(many, many...)
	}
	f := flood(t, true, 1)
	go f.write(func(write func([]byte) bool) {
		for write(many) {
		}
	})
	s := <-f.calls
	ctx, cancel := context.WithCancel(t.Context())
	left := make(chan error, 1)
	go func() {
		for {
			if _, err := s.Next(ctx); err != nil {
				left <- err
				return
			}
			time.Sleep(time.Millisecond) // it has something to do with each
		}
	}()
	f.until(t, func() bool { return f.parked.Load() })
	cancel()
	select {
	case err := <-left:
		if !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	case <-time.After(5 * time.Second):
		t.Error("it is still listening")
	}
	s.End()
}
