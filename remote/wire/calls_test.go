package wire

import (
	"context"
	"errors"
	"io"
	"net"
	"testing"
)

// A server bears with a few hundred calls that are open at a time, and no more: each of them
// takes memory for frames that wait.
func TestOpenCallsAreCounted(t *testing.T) {
	const most = 4 * openStreams
	for _, n := range []int{most, most + 1} {
		a, b := net.Pipe()
		accepted := make(chan struct{}, n)
		c := NewConn(context.Background(), b, Config{Accept: func(*Stream, Type) { accepted <- struct{}{} }})
		go func() { _, _ = io.Copy(io.Discard, a) }()
		go func() {
			_, err := a.Write(greeting(clientMark))
			for i := 1; i <= n && err == nil; i++ {
				frame := newFrame(0)
				putHeader(frame, Hash, flagMore, uint32(i))
				_, err = a.Write(frame)
			}
		}()
		for i := range most {
			select {
			case <-accepted:
				continue
			case <-c.Done():
			}
			if n == most || i+len(accepted) < most {
				t.Fatalf("%d calls: %v", n, c.Err())
			}
			break
		}
		if n > most {
			<-c.Done()
			if err := c.Err(); !errors.Is(err, ErrProtocol) {
				t.Errorf("one call more than %d: %v", most, err)
			}
		}
		c.Close()
		a.Close()
	}
}
