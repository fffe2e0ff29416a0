package remote

import (
	"context"
	"io"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"latus/sync/peer"
)

// A way that is stuck in one direction: the server lives and says so, but nothing that the
// client writes goes on. It hears nothing for as long as the client would listen, and ends.
func TestAStuckWayToTheServerEndsTheRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, way := net.Pipe()
		b, there := net.Pipe()
		r := sample()
		stuck := &stuckWriter{w: there, stuck: make(chan struct{})}
		r.looking = func(ctx context.Context) {
			close(stuck.stuck)
			<-ctx.Done()
		}
		served := make(chan error, 1)
		go func() { served <- Serve(context.Background(), b, opening(r), ServeOptions{}) }()
		go io.Copy(stuck, way)
		go func() {
			io.Copy(way, there)
			way.Close()
		}()
		c, err := NewClient(context.Background(), a, ClientOptions{Timeout: 4 * time.Second})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Hello(context.Background(), peer.Hello{}); err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		_, err = c.Look(context.Background(), peer.LookQuery{})
		if d := time.Since(start); err == nil || d > 8*time.Second {
			t.Errorf("%v after %v", err, d)
		}
		if err := <-served; err == nil || err.Error() != "no answer for 4s" || r.closed != 1 {
			t.Error(err, r.closed)
		}
		c.Close()
		there.Close()
	})
}

// stuckWriter writes nothing any more once stuck is closed.
type stuckWriter struct {
	w     io.Writer
	stuck chan struct{}
}

func (s *stuckWriter) Write(p []byte) (int, error) {
	select {
	case <-s.stuck:
		return 0, io.ErrClosedPipe
	default:
		return s.w.Write(p)
	}
}
