package ssh

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"
)

// Options rule how a host is reached. The zero value does what ssh does.
type Options struct {
	Port       int           // if the Host says none
	Identity   []string      // key files to offer first
	SSHConfig  string        // read instead of the user's and the system's ssh_config; "none": no file
	KnownHosts string        // used instead of the user's known_hosts
	Rsh        string        // reach the host with this command; "": with $LATUS_RSH, or the built-in client
	Timeout    time.Duration // to be connected and let in; 0: ConnectTimeout of ssh_config, or 30 seconds
	Asker      Asker         // nil: the terminal of the process, if it has one
	Batch      bool          // ask nothing
	Stderr     io.Writer     // gets what remote commands and ProxyCommand say; nil: it is kept for errors only
	Detail     func(string)  // gets lines for those who want to know more; nil: nobody does
	Notice     func(string)  // gets lines that the user should see, as the host's banner; nil: nobody does
}

// defaultTimeout leaves time for a slow line and a key that wants to be touched.
const defaultTimeout = 30 * time.Second

// Conn is a connection to a host.
type Conn struct {
	Host   Host
	Config *Config // nil if a command of the user's makes the connection

	starter interface {
		start(ctx context.Context, command string, subsystem bool) (*Stream, error)
		close() error
	}
}

// Dial connects to a host. The end of ctx ends Dial, not the
// connection. With a command of the user's (Options.Rsh) there is nothing to
// connect yet: each Stream is a connection of its own. So it is where ssh_config
// asks for what this client can't do, and the system has an ssh that can.
func Dial(ctx context.Context, h Host, o Options) (*Conn, error) {
	if h.Port == 0 {
		h.Port = o.Port
	}
	if command := cmp.Or(o.Rsh, os.Getenv("LATUS_RSH")); command != "" {
		r, err := newRsh(command, h, o.Stderr)
		if err != nil {
			return nil, err
		}
		return &Conn{Host: h, starter: r}, nil
	}
	q := ConfigQuery{File: o.SSHConfig, Host: h.Name, User: h.User, Port: h.Port, Identity: o.Identity, KnownHosts: o.KnownHosts}
	config, err := LoadConfig(q)
	if err != nil {
		return nil, err
	}
	if o.Asker == nil && !o.Batch {
		o.Asker = NewAsker()
	}
	if o.Batch {
		o.Asker = nil
	}
	if o.Notice == nil {
		o.Notice = func(string) {}
	}
	if o.Detail == nil {
		o.Detail = func(string) {}
	}
	instead := func(why string) *Conn {
		words := systemSSH(config, o)
		if words == nil {
			return nil
		}
		o.Detail("using the ssh of the system: " + why)
		return &Conn{Host: h, Config: config, starter: &rsh{words: words, host: h, stderr: o.Stderr}}
	}
	if len(config.Unsupported) > 0 {
		if c := instead("ssh_config asks for " + strings.Join(config.Unsupported, ", ")); c != nil {
			return c, nil
		}
	}
	patience, stop := newPatience(ctx, cmp.Or(o.Timeout, config.ConnectTimeout, defaultTimeout))
	defer stop()
	d := &dialer{o: o, patience: patience}
	client, err := d.connect(config, 0)
	if denied := (*AuthError)(nil); errors.As(err, &denied) && denied.Host == config.Host && config.wantsGSSAPI(denied) {
		if c := instead("ssh_config asks for GSSAPIAuthentication"); c != nil {
			return c, nil
		}
	}
	if err != nil {
		return nil, err
	}
	return &Conn{Host: h, Config: config, starter: &session{client: client, conn: d.last, host: h.Name, stderr: o.Stderr}}, nil
}

// Command runs a command, which the login shell of the host reads. When ctx ends
// before the command does, the connection is closed.
func (c *Conn) Command(ctx context.Context, command string) (*Stream, error) {
	return c.starter.start(ctx, command, false)
}

// Address is whom the connection leads to, as far as this machine decides that.
func (c *Conn) Address() string {
	a := fmt.Sprintf("%q %q %d", c.Host.User, c.Host.Name, c.Host.Port)
	if c.Config != nil {
		a += fmt.Sprintf(" %q %q %d", c.Config.User, c.Config.HostName, c.Config.Port)
	}
	if r, ok := c.starter.(*rsh); ok {
		a += fmt.Sprintf(" %q", r.words)
	}
	return a
}

// Subsystem starts a subsystem such as sftp.
func (c *Conn) Subsystem(ctx context.Context, name string) (*Stream, error) {
	return c.starter.start(ctx, name, true)
}

// Alive tells whether the host itself is known to live: it has answered lately,
// whatever becomes of a command there. Of a host that another program connects to
// nothing is known.
func (c *Conn) Alive() bool {
	s, ok := c.starter.(*session)
	return ok && !s.conn.mute.Load() && s.conn.dead.Load() == nil
}

// Close ends the connection and what runs over it.
func (c *Conn) Close() error { return c.starter.close() }

// dialer makes one connection, over as many others as it takes.
type dialer struct {
	o        Options
	patience *patience
	last     *activeConn // the latest connection that was made: in the end, that to the host itself
}

// maxHops is more than anybody needs and stops hosts that jump to each other.
const maxHops = 10

// connect returns a client whose Close also closes all that it stands on.
func (d *dialer) connect(c *Config, depth int) (*ssh.Client, error) {
	if depth > maxHops {
		return nil, &ConnectError{Host: c.Host, Op: "ProxyJump", Err: fmt.Errorf("more than %d hosts on the way", maxHops)}
	}
	switch {
	case c.ProxyCommand != "":
		conn, err := startProxy(c.ProxyCommand, &tail{next: d.o.Stderr})
		if err != nil {
			return nil, &ConnectError{Host: c.Host, Op: "run ProxyCommand", Err: err}
		}
		return d.handshake(conn, c)
	case len(c.ProxyJump) > 0:
		return d.jump(c, depth)
	}
	conn, err := d.direct(c)
	if err != nil {
		return nil, d.failed(c, "connect to "+tcpAddr(c), err)
	}
	return d.handshake(conn, c)
}

// jump goes to c over the hosts before it.
func (d *dialer) jump(c *Config, depth int) (*ssh.Client, error) {
	var client *ssh.Client
	for i, hop := range c.ProxyJump {
		next, err := d.hop(hop, i == 0)
		if err == nil && i == 0 {
			client, err = d.connect(next, depth+1)
		} else if err == nil {
			client, err = d.over(client, next)
		} else if client != nil {
			_ = client.Close()
		}
		if err != nil {
			return nil, err
		}
	}
	return d.over(client, c)
}

// hop reads the config of one host of a ProxyJump. How to reach it is said there
// only for the first.
func (d *dialer) hop(name string, first bool) (*Config, error) {
	name = strings.TrimSpace(name)
	authority, _, _ := strings.Cut(strings.TrimPrefix(name, "ssh://"), "/")
	h, err := ParseHost(authority)
	if err == nil {
		err = h.Check()
	}
	if err != nil {
		return nil, fmt.Errorf("ProxyJump %q: %w", name, err)
	}
	c, err := LoadConfig(ConfigQuery{File: d.o.SSHConfig, Host: h.Name, User: h.User, Port: h.Port})
	if err == nil && !first {
		c.ProxyJump, c.ProxyCommand = nil, ""
	}
	return c, err
}

// over connects to c through client, which it owns from here on.
func (d *dialer) over(client *ssh.Client, c *Config) (*ssh.Client, error) {
	conn, err := client.DialContext(d.patience.ctx, "tcp", tcpAddr(c))
	if err != nil {
		_ = client.Close()
		return nil, d.failed(c, "connect to "+tcpAddr(c)+" through "+client.RemoteAddr().String(), err)
	}
	return d.handshake(&tunnel{Conn: conn, below: client}, c)
}

// tunnel closes the client it goes through.
type tunnel struct {
	net.Conn
	below io.Closer
}

func (t *tunnel) Close() error { return errors.Join(t.Conn.Close(), t.below.Close()) }

func tcpAddr(c *Config) string { return net.JoinHostPort(c.HostName, strconv.Itoa(c.Port)) }

// failed is what went wrong, or why it was given up.
func (d *dialer) failed(c *Config, op string, err error) error {
	if d.patience.ctx.Err() != nil {
		err = context.Cause(d.patience.ctx)
	}
	var in *net.OpError
	if errors.As(err, &in) {
		err = in.Err // the address is in op
	}
	return &ConnectError{Host: c.Host, Op: op, Err: err, Unsupported: c.Unsupported}
}

// patience is a context with a deadline that does not run while a person is
// asked.
type patience struct {
	ctx   context.Context
	limit time.Duration
	timer *time.Timer
}

// TimeoutError says that a host has not answered in time. It is an
// os.ErrDeadlineExceeded.
type TimeoutError struct{ After time.Duration }

func (e *TimeoutError) Error() string { return fmt.Sprintf("no answer for %v", e.After) }
func (e *TimeoutError) Unwrap() error { return os.ErrDeadlineExceeded }

func newPatience(ctx context.Context, limit time.Duration) (*patience, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	timer := time.AfterFunc(limit, func() { cancel(&TimeoutError{limit}) })
	return &patience{ctx: ctx, limit: limit, timer: timer}, func() {
		timer.Stop()
		cancel(nil)
	}
}

// asking calls ask with the clock stopped; afterwards it starts anew.
func (p *patience) asking(ask func(context.Context) (string, error)) (string, error) {
	p.timer.Stop()
	defer p.timer.Reset(p.limit)
	return ask(p.ctx)
}
