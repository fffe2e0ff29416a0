package ssh

import (
	"bytes"
	"errors"
	"io"
	"net"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/crypto/ssh"
)

// buffered takes all that is written at once, as a network does. Over a net.Pipe alone
// both ends of a handshake would wait for each other.
type buffered struct {
	net.Conn
	ahead chan []byte
	gone  chan struct{}
	once  sync.Once
}

func buffer(c net.Conn) *buffered {
	b := &buffered{Conn: c, ahead: make(chan []byte, 1<<10), gone: make(chan struct{})}
	go func() {
		defer b.Close()
		for {
			select {
			case p := <-b.ahead:
				if _, err := c.Write(p); err != nil {
					return
				}
			case <-b.gone:
				return
			}
		}
	}()
	return b
}

func (b *buffered) Write(p []byte) (int, error) {
	select {
	case b.ahead <- bytes.Clone(p):
		return len(p), nil
	case <-b.gone:
		return 0, net.ErrClosed
	}
}

func (b *buffered) Close() error {
	b.once.Do(func() { close(b.gone) })
	return b.Conn.Close()
}

// host is an SSH server in the bubble of a test. It runs any command, which never ends.
type host struct {
	key    ssh.Signer
	frozen atomic.Bool // it answers nothing
	asked  atomic.Int64
}

// serve returns the client's end of a connection.
func (h *host) serve(t *testing.T) net.Conn {
	config := &ssh.ServerConfig{NoClientAuth: true}
	h.key = newHostKey(t)
	config.AddHostKey(h.key)
	here, there := net.Pipe()
	go func() {
		_, channels, requests, err := ssh.NewServerConn(buffer(there), config)
		if err != nil {
			t.Error(err)
			return
		}
		answer := func(requests <-chan *ssh.Request, as bool) {
			for r := range requests {
				if !h.frozen.Load() && r.WantReply {
					_ = r.Reply(as, nil)
				}
				h.asked.Add(1)
			}
		}
		go answer(requests, false)
		for c := range channels {
			if _, requests, err := c.Accept(); err == nil {
				go answer(requests, true)
			}
		}
	}()
	return buffer(here)
}

// client connects to h, without what latus does about a dead connection.
func (h *host) client(t *testing.T) (*ssh.Client, *activeConn) {
	watched := &activeConn{Conn: h.serve(t)}
	c, channels, requests, err := ssh.NewClientConn(watched, "h", &ssh.ClientConfig{HostKeyCallback: ssh.InsecureIgnoreHostKey()})
	if err != nil {
		t.Fatal(err)
	}
	return ssh.NewClient(c, channels, requests), watched
}

func TestKeepAliveEndsADeadConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &host{}
		client, watched := h.client(t)
		h.frozen.Store(true)
		start := time.Now()
		keepAlive(client, watched, 5*time.Second, 3)
		_ = client.Wait() // returns because nobody answers
		if took := time.Since(start); took < 15*time.Second || took > 25*time.Second {
			t.Errorf("it took %v", took)
		}
	})
}

func TestKeepAliveKeepsALivingConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &host{}
		client, watched := h.client(t)
		keepAlive(client, watched, 5*time.Second, 3)
		time.Sleep(time.Hour)
		if n := h.asked.Load(); n < 100 || watched.dead.Load() != nil {
			t.Errorf("asked %d times, dead: %v", n, watched.dead.Load())
		}
		if err := client.Close(); err != nil {
			t.Fatal(err)
		}
	})
}

// Whoever says how long to wait is obeyed after the connection was made, too, whatever
// runs over it, and is told what happened.
func TestATimeoutHoldsWhileACommandRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const timeout = 20 * time.Second
		h := &host{}
		conn := h.serve(t)
		known := filepath.Join(t.TempDir(), "known_hosts")
		writeFile(t, known, "* "+string(ssh.MarshalAuthorizedKey(h.key.PublicKey())))
		patience, stop := newPatience(t.Context(), timeout)
		defer stop()
		d := &dialer{o: Options{Timeout: timeout}, patience: patience}
		client, err := d.handshake(conn, &Config{Host: "h", HostName: "h", Port: 22, User: "me", UserKnownHosts: []string{known}})
		if err != nil {
			t.Fatal(err)
		}
		c := &Conn{starter: &session{client: client, conn: d.last, host: "h"}}
		stream, err := c.Command(t.Context(), "a command")
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour) // a host that answers is not silent
		if !c.Alive() {
			t.Error("a host that answers is said to be dead")
		}
		h.frozen.Store(true)
		start := time.Now()
		_, _ = io.Copy(io.Discard, stream)
		var late *TimeoutError
		if err := stream.Wait(); !errors.As(err, &late) || late.After != timeout {
			t.Errorf("got %v", err)
		}
		if took := time.Since(start); took < timeout || took > timeout*5/4 {
			t.Errorf("it took %v", took)
		}
		if c.Alive() {
			t.Error("a dead host is said to live")
		}
	})
}
