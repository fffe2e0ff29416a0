package ssh

import (
	"net"
	"os"
	"os/exec"
	"sync"
	"time"
)

// proxyConn is a connection that a local command makes: its stdin and stdout.
type proxyConn struct {
	pipes  *processPipes
	stderr *tail
	exited chan struct{}
	once   sync.Once
}

// startProxy runs a ProxyCommand with the user's shell.
func startProxy(line string, stderr *tail) (*proxyConn, error) {
	cmd := shellCommand(os.Getenv("SHELL"), line)
	pipes, err := startProcess(cmd, stderr)
	if err != nil {
		return nil, err
	}
	p := &proxyConn{pipes: pipes, stderr: stderr, exited: make(chan struct{})}
	go p.wait(cmd)
	return p, nil
}

func (p *proxyConn) wait(cmd *exec.Cmd) {
	_ = cmd.Wait() // how it ended does not matter, only that the connection did
	close(p.exited)
}

func (p *proxyConn) Read(b []byte) (int, error)  { return p.pipes.out.Read(b) }
func (p *proxyConn) Write(b []byte) (int, error) { return p.pipes.in.Write(b) }

// Close ends the command. One that has nothing more to do gets a moment to say
// why on stderr.
func (p *proxyConn) Close() error {
	p.once.Do(func() {
		_ = p.pipes.in.Close()
		select {
		case <-p.exited:
		case <-time.After(100 * time.Millisecond):
		}
		p.pipes.end()
		<-p.exited
	})
	return nil
}

func (p *proxyConn) LocalAddr() net.Addr                { return noAddr }
func (p *proxyConn) RemoteAddr() net.Addr               { return noAddr }
func (p *proxyConn) SetDeadline(t time.Time) error      { return p.pipes.out.SetDeadline(t) }
func (p *proxyConn) SetReadDeadline(t time.Time) error  { return p.pipes.out.SetReadDeadline(t) }
func (p *proxyConn) SetWriteDeadline(t time.Time) error { return p.pipes.in.SetWriteDeadline(t) }

// noAddr stands where the address of the host is not ours to know.
var noAddr = &net.TCPAddr{IP: net.IPv4zero}
