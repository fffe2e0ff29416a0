package ssh

import (
	"net"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/ssh"
)

// activeConn remembers that something was received.
type activeConn struct {
	net.Conn
	active atomic.Bool
	mute   atomic.Bool                  // nothing came although it was asked for
	dead   atomic.Pointer[TimeoutError] // nothing came for too long
}

func (c *activeConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if n > 0 {
		c.active.Store(true)
		c.mute.Store(false)
	}
	return n, err
}

// By default a connection over which nothing came for a minute is dead.
const (
	defaultAliveInterval = 15 * time.Second
	defaultAliveMisses   = 4
)

// pulse is how often the host is asked, and how many misses in a row are too many. To
// whoever says how long to wait the files do not matter: an answer is missed between
// that time and a quarter more.
func pulse(c *Config, timeout time.Duration) (interval time.Duration, misses int) {
	if timeout > 0 {
		const asks = 8
		return max(timeout/asks, time.Millisecond), asks
	}
	interval, misses = c.ServerAliveInterval, c.ServerAliveCountMax
	if interval <= 0 {
		interval = defaultAliveInterval
	}
	if misses <= 0 {
		misses = defaultAliveMisses
	}
	return interval, misses
}

// keepAlive asks the host for a sign of life whenever none came by itself, and
// closes the connection after too many misses. It ends with the connection.
func keepAlive(client *ssh.Client, conn *activeConn, interval time.Duration, misses int) {
	closed := make(chan struct{})
	go func() {
		_ = client.Wait()
		close(closed)
	}()
	go func() {
		ticker := time.NewTicker(interval)
		defer ticker.Stop()
		silent := 0
		asked := make(chan struct{}, 1) // a request can block while another is under way
		for {
			select {
			case <-closed:
				return
			case <-ticker.C:
			}
			if conn.active.Swap(false) {
				silent = 0
				continue
			}
			conn.mute.Store(silent > 0)
			if silent++; silent > misses {
				conn.dead.Store(&TimeoutError{interval * time.Duration(misses)})
				_ = client.Close()
				return
			}
			select {
			case asked <- struct{}{}:
				go func() {
					_, _, _ = client.SendRequest("keepalive@openssh.com", true, nil)
					<-asked
				}()
			default:
			}
		}
	}()
}
