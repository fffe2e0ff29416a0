package remote

import (
	"context"
	"io"
	"net"
	"os"
	"testing"

	"go.uber.org/goleak"

	"latus/internal/goroutines"
	"latus/sync/peer"
)

func opening(r peer.Replica) func(string, peer.Hello) (peer.Replica, error) {
	return func(string, peer.Hello) (peer.Replica, error) { return r, nil }
}

// duplex is two one-way pipes of the system.
type duplex struct {
	io.Reader
	io.Writer
	closers []io.Closer
}

func (d *duplex) Close() error {
	for _, c := range d.closers {
		c.Close()
	}
	return nil
}

func systemPipes(t testing.TB) (a, b io.ReadWriteCloser) {
	there, here, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	back, forth, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	return &duplex{back, here, []io.Closer{back, here}}, &duplex{there, forth, []io.Closer{there, forth}}
}

func memoryPipes(testing.TB) (a, b io.ReadWriteCloser) { return net.Pipe() }

// connect serves r to a new Client. At the end of the test both are closed, and
// no goroutine may be left.
func connect(t testing.TB, r peer.Replica, o ClientOptions) *Client {
	t.Helper()
	a, b := memoryPipes(t)
	return connectOver(t, a, b, r, o)
}

func connectOver(t testing.TB, a, b io.ReadWriteCloser, r peer.Replica, o ClientOptions) *Client {
	t.Helper()
	before := goleak.IgnoreCurrent()
	c, err := NewClient(context.Background(), a, o)
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- Serve(context.Background(), b, opening(r), ServeOptions{}) }()
	t.Cleanup(func() {
		c.Close()
		if err := <-served; err != nil {
			t.Error("serve:", err)
		}
		goroutines.NoneLeft(t, before)
	})
	return c
}
