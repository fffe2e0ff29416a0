package ssh

import (
	"net"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/crypto/ssh"

	"latus/internal/leaks"
)

// connectInProcess returns a client of a server whose global requests arrive in
// requests, to be answered or not.
func connectInProcess(t *testing.T) (client *ssh.Client, watched *activeConn, requests <-chan *ssh.Request) {
	t.Helper()
	config := &ssh.ServerConfig{NoClientAuth: true}
	config.AddHostKey(newHostKey(t))
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	server := make(chan (<-chan *ssh.Request), 1)
	go func() {
		defer close(server)
		conn, err := l.Accept()
		if err != nil {
			return
		}
		if _, _, requests, err := ssh.NewServerConn(conn, config); err == nil {
			server <- requests
		}
	}()
	conn, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	watched = &activeConn{Conn: conn}
	c, chans, reqs, err := ssh.NewClientConn(watched, "h", &ssh.ClientConfig{HostKeyCallback: ssh.InsecureIgnoreHostKey()})
	if err != nil {
		t.Fatal(err)
	}
	return ssh.NewClient(c, chans, reqs), watched, <-server
}

func TestKeepAliveEndsADeadConnection(t *testing.T) {
	defer leaks.Verify(t, goleak.IgnoreCurrent())
	client, watched, requests := connectInProcess(t)
	keepAlive(client, watched, 5*time.Millisecond, 3)
	_ = client.Wait() // returns because nobody answers
	for range requests {
	}
}

func TestKeepAliveKeepsALivingConnection(t *testing.T) {
	defer leaks.Verify(t, goleak.IgnoreCurrent())
	client, watched, requests := connectInProcess(t)
	keepAlive(client, watched, 50*time.Millisecond, 10)
	for n := range 15 {
		r, ok := <-requests
		if !ok {
			t.Fatalf("closed after %d answers", n)
		}
		if err := r.Reply(false, nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := client.Close(); err != nil {
		t.Fatal(err)
	}
	for range requests {
	}
}
