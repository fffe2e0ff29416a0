package sftp

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"
	"sync"
	"time"

	"github.com/pkg/sftp"
	"golang.org/x/time/rate"

	"latus/index"
	"latus/remote/ssh"
	"latus/sync/peer"
	"latus/sync/tree"
)

// Options rule a session. The zero value works.
type Options struct {
	Timeout        time.Duration // to wait for the server's first word; 0: 30 seconds
	BandwidthLimit int64         // bytes a second, each way; 0: any

	// Stop is closed when the run is to end: nobody waits for the lease of another any
	// more. What the run has to put in order goes on. nil: it never is.
	Stop <-chan struct{}
}

// Session is a session of the SFTP subsystem, in which nothing of ours runs on the
// host. Close ends it.
type Session struct {
	client *sftp.Client
	stream *ssh.Stream
	host   string
	stop   <-chan struct{} // see Options

	address string // of the host, as this machine has it

	once    sync.Once
	name    string // of the host
	machine string // see peer.Place
}

// defaultTimeout leaves time for a slow line.
const defaultTimeout = 30 * time.Second

// ErrLatusThere says that a host which was to offer SFTP answers with latus: a
// forced command does so.
var ErrLatusThere = errors.New("the host answers with latus, not with SFTP")

// ConnectionLost tells whether an error of a tree over SFTP says no more than that the
// session is over: how it ended is what its Close says.
func ConnectionLost(err error) bool {
	return errors.Is(err, sftp.ErrSSHFxConnectionLost) || errors.Is(err, io.ErrClosedPipe)
}

// Start starts the subsystem on the host of c. An error is an *ssh.ConnectError, an
// *ssh.CommandError, a *NoiseError, ErrLatusThere or what the protocol makes of a wrong answer.
func Start(ctx context.Context, c *ssh.Conn, o Options) (*Session, error) {
	stream, err := c.Subsystem(ctx, "sftp")
	if err != nil {
		return nil, err
	}
	s := &Session{stream: stream, host: c.Host.Name, stop: o.Stop, address: c.Address()}
	limit := cmp.Or(o.Timeout, defaultTimeout)
	slow := time.AfterFunc(limit, stream.End)
	s.client, err = newSFTPClient(stream, o)
	if !slow.Stop() && err != nil {
		err = &ssh.ConnectError{Host: s.host, Op: "start SFTP", Err: &ssh.TimeoutError{After: limit}}
	}
	if err == nil {
		go s.once.Do(s.identify) // which nobody asks for yet
		return s, nil
	}
	end := stream.Close()
	var noise *NoiseError
	var command *ssh.CommandError
	if !errors.As(err, &noise) && !errors.Is(err, ErrLatusThere) && errors.As(end, &command) {
		err = end
	}
	return nil, err
}

// newSFTPClient looks at the first bytes before the client does, to say what they
// are if they are something else.
func newSFTPClient(stream *ssh.Stream, o Options) (*sftp.Client, error) {
	var in io.Reader = stream
	var out io.WriteCloser = closeWriter{stream}
	if o.BandwidthLimit > 0 {
		in = limitedReader{stream, newLimiter(o.BandwidthLimit)}
		out = limitedWriter{out, newLimiter(o.BandwidthLimit)}
	}
	r := &banner{Reader: bufio.NewReaderSize(in, 64<<10)}
	c, err := sftp.NewClientPipe(r, out, sftp.UseFstat(true), sftp.MaxConcurrentRequestsPerFile(writeBehind))
	if err != nil && !r.seen {
		_, _ = r.Read(make([]byte, 1)) // it may have ended so soon that nobody listened
	}
	if err != nil && r.err != nil {
		return nil, r.err
	}
	return c, err
}

type closeWriter struct{ *ssh.Stream }

func (w closeWriter) Close() error { return w.CloseWrite() }

// banner is a reader that fails if the stream does not begin as that of an SFTP
// server: with the length, less than 16 MiB, of a packet of type 2.
type banner struct {
	*bufio.Reader
	seen bool
	err  error
}

func (b *banner) Read(p []byte) (int, error) {
	if !b.seen {
		b.seen = true
		head, err := b.Peek(5)
		if len(head) > 0 && head[0] != 0 || len(head) == 5 && head[4] != 2 {
			text, _ := b.Peek(b.Buffered())
			b.err = &NoiseError{Text: firstLines(text)}
			if strings.HasPrefix(string(text), "latus wire") {
				b.err = ErrLatusThere
			}
			return 0, b.err
		}
		if err != nil {
			return 0, err
		}
	}
	return b.Reader.Read(p)
}

const limitBurst = 64 << 10

func newLimiter(bytes int64) *rate.Limiter { return rate.NewLimiter(rate.Limit(bytes), limitBurst) }

type limitedReader struct {
	io.Reader
	limit *rate.Limiter
}

func (r limitedReader) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p[:min(len(p), limitBurst)])
	if n > 0 {
		_ = r.limit.WaitN(context.Background(), n)
	}
	return n, err
}

type limitedWriter struct {
	io.WriteCloser
	limit *rate.Limiter
}

func (w limitedWriter) Write(p []byte) (n int, err error) {
	for n < len(p) && err == nil {
		part := p[n:min(n+limitBurst, len(p))]
		_ = w.limit.WaitN(context.Background(), len(part))
		var m int
		m, err = w.WriteCloser.Write(part)
		n += m
	}
	return n, err
}

// Counts are the bytes that came in and went out so far.
func (s *Session) Counts() (in, out int64) { return s.stream.Counts() }

// Close ends the session.
func (s *Session) Close() error {
	_ = s.client.Close()
	return s.stream.Close()
}

// identify finds out which machine this is, as a latus there would: a tree has
// one place, whichever way it is reached.
func (s *Session) identify() {
	files := []string{"/proc/sys/kernel/hostname", "/etc/hostname", "/etc/machine-id", "/var/lib/dbus/machine-id"}
	texts := make([]string, len(files))
	each(len(files), func(i int) {
		f, err := s.client.Open(files[i])
		if err != nil {
			return
		}
		defer func() { go f.Close() }()
		b, _ := io.ReadAll(io.LimitReader(f, 1<<10))
		texts[i] = strings.TrimSpace(string(b))
	})
	name, id := cmp.Or(texts[0], texts[1]), cmp.Or(texts[2], texts[3])
	s.name = cmp.Or(name, s.host)
	s.machine = "sftp:" + s.host
	if name != "" && id != "" {
		s.machine = name + "/" + id
	}
}

// Site is where a tree stands on the host. p is relative to the login directory
// unless it begins with "/".
func (s *Session) Site(p string) (peer.Site, error) {
	site := &sftpSite{s: s}
	if p == "" {
		p = "."
	}
	if path.Clean(p) == "/" || p == "." {
		real, err := s.client.RealPath(p)
		site.path, site.there = real, true
		return site, s.failed("find the directory", err)
	}
	var real string
	var fi fs.FileInfo
	errs := make([]error, 2)
	each(2, func(i int) {
		if i == 0 {
			real, errs[i] = s.client.RealPath(p)
		} else {
			fi, errs[i] = s.client.Stat(p)
		}
	})
	if cmp.Or(errs...) == nil {
		site.path, site.there = real, true
		if !fi.IsDir() {
			site.err = &peer.Refusal{Cause: peer.NotDirectory, Text: "is not a directory"}
		}
		return site, nil
	}
	dir, name := path.Split(path.Clean(p))
	up, err := s.client.RealPath(cmp.Or(dir, "."))
	if err != nil {
		site.path, site.err = p, noParent()
		return site, nil
	}
	site.path = path.Join(up, name)
	if fi, err := s.client.Stat(up); err != nil || !fi.IsDir() {
		site.err = noParent()
	}
	return site, nil
}

func noParent() error {
	return &peer.Refusal{Cause: peer.NoTree, Text: "no such directory, nor one to make it in"}
}

func (s *Session) failed(op string, err error) error {
	if err == nil {
		return nil
	}
	return &ssh.ConnectError{Host: s.host, Op: op, Err: err}
}

// sftpSite is a peer.Site.
type sftpSite struct {
	s     *Session
	path  string // without links, as far as it exists
	there bool
	err   error // why there can be no tree
}

func (p *sftpSite) Check() error { return p.err }

// Address implements peer.DistantSite.
func (p *sftpSite) Address() string { return fmt.Sprintf("%s %q", p.s.address, p.path) }

func (p *sftpSite) Open() (tree.Tree, error) {
	t := newSFTPTree(p.s.client, p.s.host, p.path)
	t.stop = p.s.stop
	info, err := t.lstat(p.path)
	switch {
	case err != nil:
	case info.Kind == index.Link:
		err = tree.ErrIsLink // since its path was resolved
	case info.Kind != index.Dir:
		err = tree.ErrNotDir
	default:
		return t, nil
	}
	return nil, fault("open", p.path, err)
}

func (p *sftpSite) Make() error {
	if p.there {
		return fault("mkdir", p.path, fs.ErrExist)
	}
	d := &sftpDir{t: newSFTPTree(p.s.client, p.s.host, path.Dir(p.path)), path: path.Dir(p.path)}
	err := p.s.client.Mkdir(p.path)
	if err != nil {
		err = d.whyNotNew(path.Base(p.path), err)
	}
	return fault("mkdir", p.path, err)
}

func (p *sftpSite) Unmake() error {
	return fault("rmdir", p.path, newSFTPTree(p.s.client, p.s.host, p.path).rmdir(p.path))
}

func (p *sftpSite) Place(string) peer.Place {
	p.s.once.Do(p.s.identify)
	return peer.Place{Machine: p.s.machine, Host: p.s.name, Path: p.path}
}
