package command

import (
	"cmp"
	"context"
	"errors"
	"os"
	"path/filepath"

	"latus/internal/home"
	"latus/remote"
	"latus/remote/sftp"
	"latus/remote/ssh"
	"latus/remote/wire"
	"latus/sync/peer"
	"latus/sync/reason"
	"latus/sync/replica"
	"latus/ui"
)

// remoteTree is a tree on another host, with the connection that leads there. Its
// Replica is a latus there, or one here that works over SFTP.
type remoteTree struct {
	peer.Replica
	trees  *runTrees // of the run it is part of
	tree   int       // the position on the command line
	target remote.Target
	conn   *remote.Conn
	shared bool           // conn outlasts the run
	alone  bool           // it shall not be shared
	latus  string         // the one that is run there, for sh, because it was put there or others cannot be talked to; "": the first
	client *remote.Client // nil: no latus was started there
	stream *ssh.Stream
	sftp   *sftp.Session // nil: not in use
}

// dial connects to a host and starts a latus for a tree there, unless nothing but
// SFTP may be used. tree is the position on the command line.
func (ts *runTrees) dial(ctx context.Context, tree int, t remote.Target) (*remoteTree, error) {
	r := &remoteTree{trees: ts, tree: tree, target: t}
	err := r.connect(ctx)
	if err == nil && t.Kind == remote.SFTP {
		err = r.overSFTP(ctx)
	} else if err == nil {
		err = r.start(ctx)
		if refused := (*ssh.ConnectError)(nil); errors.As(err, &refused) && ctx.Err() == nil {
			err = r.without(ctx, err) // the host runs no commands
		}
	}
	if err != nil {
		r.Close()
		return nil, err
	}
	return r, nil
}

func (r *remoteTree) connect(ctx context.Context) (err error) {
	if c := r.trees.connections.of(r.tree); c != nil && !r.alone {
		r.conn, r.shared = c, true
		return nil
	}
	o := r.trees.o.remote(r.notice)
	if r.trees.o.verbose {
		o.Detail = r.notice
	}
	r.conn, err = remote.Dial(ctx, r.target, o)
	return err
}

func (r *remoteTree) notice(line string) {
	r.trees.noticing.Lock()
	defer r.trees.noticing.Unlock()
	r.trees.printer.Notice(len(r.trees.line)-len(r.trees.specs)+r.tree, peer.Problem{Reason: reason.Words(line)})
}

// start starts a latus on the host.
func (r *remoteTree) start(ctx context.Context) (err error) {
	// An interrupted run takes leave: the other side finishes the files it has begun.
	uncut := context.WithoutCancel(ctx)
	o := r.trees.o
	command := remote.ServeCommand(cmp.Or(r.latus, r.trees.connections.latus(r.tree), o.latusPath), r.target.Path)
	if conn := r.conn; r.shared { // nobody has tried it in this run
		defer context.AfterFunc(ctx, func() { conn.Close() })()
	}
	r.stream, err = r.conn.Command(uncut, command)
	if err != nil && r.shared && ctx.Err() == nil {
		// It may be dead, or the host bear no more on one connection.
		r.hangUp()
		if err = r.connect(ctx); err == nil {
			r.stream, err = r.conn.Command(uncut, command)
		}
	}
	if err != nil {
		return err
	}
	r.client, err = remote.NewClient(uncut, r.stream, o.client(r.target.Path))
	if err != nil {
		return err
	}
	r.Replica = r.client
	return nil
}

// Hello finds out whether there is a latus to talk to. Where there is none, the
// tree is reached over SFTP.
func (r *remoteTree) Hello(ctx context.Context, h peer.Hello) (*peer.Welcome, error) {
	w, err := r.Replica.Hello(ctx, h)
	if err == nil || r.client == nil || r.sftp != nil || ctx.Err() != nil || errors.Is(err, os.ErrDeadlineExceeded) {
		return w, err
	}
	if silent := r.client.Ready(ctx); silent == nil {
		return w, err // a latus has spoken: it is its error
	}
	if errors.Is(err, wire.ErrSilent) && !r.conn.Alive() {
		return nil, err // SFTP would only take as long to say nothing
	}
	why := explained(err, r.end())
	if command := (*ssh.CommandError)(nil); errors.As(why, &command) && command.Killed() {
		return nil, why // somebody ended it, and it had not spoken yet
	}
	if w, done, err := r.others(ctx, h, why); done {
		return w, err
	}
	o := r.trees.o
	if o.install && o.dry {
		r.notice("a dry run puts no latus there")
	} else if o.install {
		err = r.again(ctx, r.install)
		if err == nil {
			err = r.start(ctx)
		}
		if err != nil {
			return nil, err
		}
		if w, err = r.Replica.Hello(ctx, h); err != nil && r.client.Ready(ctx) != nil {
			err = explained(err, r.end())
		}
		return w, err
	}
	if wire.OtherVersion(err) != "" {
		why = err // which is more than how it ended
	}
	if err := r.without(ctx, why); err != nil {
		return nil, err
	}
	return r.Replica.Hello(ctx, h)
}

// again calls f, and once more over a new connection if it fails for want of one:
// ending what was no latus may have ended the connection.
func (r *remoteTree) again(ctx context.Context, f func(context.Context) error) error {
	err := f(ctx)
	var connect *ssh.ConnectError
	if !errors.As(err, &connect) {
		return err
	}
	r.hangUp()
	if err = r.connect(ctx); err == nil {
		err = f(ctx)
	}
	return err
}

// hangUp lets go of the connection. The next one is this run's own.
func (r *remoteTree) hangUp() {
	if r.conn != nil && !r.shared {
		r.conn.Close()
	}
	r.conn, r.shared, r.alone = nil, false, true
}

// overSFTP opens the tree over SFTP.
func (r *remoteTree) overSFTP(ctx context.Context) error {
	o := r.trees.o
	s, err := sftp.Start(context.WithoutCancel(ctx), r.conn.Conn, sftp.Options{
		Timeout: o.timeout.value, BandwidthLimit: o.bandwidth.value, Stop: ctx.Done(),
	})
	command := (*ssh.CommandError)(nil)
	if errors.Is(err, sftp.ErrLatusThere) || errors.As(err, &command) {
		return advise(err, "see that the host offers SFTP (`sftp "+ui.Safe(r.target.Host)+"`); if a latus is there, name the tree as HOST:PATH")
	}
	if err != nil {
		return err
	}
	site, err := s.Site(r.target.Path)
	if err == nil {
		local := r.trees.session.local(r.trees.specs[r.tree])
		local.Site, local.Cache = site, indexCache()
		r.Replica, err = replica.Open("", local)
	}
	if err != nil {
		s.Close()
		return err
	}
	r.sftp = s
	return nil
}

// indexCache is where copies of the indexes of distant trees are kept; "": nowhere.
func indexCache() string {
	dir, err := home.Cache()
	if err != nil {
		return ""
	}
	return filepath.Join(dir, "latus", "indexes")
}

// end ends a latus that was started. Its error says how that ended.
func (r *remoteTree) end() error {
	if r.stream == nil {
		return nil
	}
	var err error
	if r.client != nil {
		err = r.client.Close()
	}
	if e := r.stream.Close(); e != nil {
		err = e
	} else if said := r.stream.Stderr(); said != "" && err == nil {
		err = &ssh.CommandError{Host: r.target.Host, Stderr: said, Via: r.trees.o.rsh}
	}
	return err
}

// Close takes leave. Its error says how the other side's latus ended.
func (r *remoteTree) Close() error {
	var err error
	if r.sftp != nil {
		r.Replica.Close()
		err = r.sftp.Close()
		r.end()
	} else {
		err = r.end()
	}
	r.hangUp()
	return err
}

// counts are the bytes that crossed the wire.
func (r *remoteTree) counts() (sent, received int64) {
	if r.client != nil {
		sent, received = r.client.Sent(), r.client.Received()
	}
	if r.sftp != nil {
		in, out := r.sftp.Counts()
		sent, received = sent+out, received+in
	}
	return sent, received
}

// remote are the flags that say how a host is reached.
func (o *syncOptions) remote(notice func(string)) ssh.Options {
	var identity []string
	if o.identity != "" {
		identity = []string{o.identity}
	}
	return ssh.Options{
		Port: o.port.value, Identity: identity, SSHConfig: o.sshConfig, KnownHosts: o.knownHosts,
		Rsh: o.rsh, Timeout: o.timeout.value, Notice: notice,
	}
}

// client are the flags that say how to talk to the latus there.
func (o *syncOptions) client(path string) remote.ClientOptions {
	compress := map[string]wire.Compression{"auto": wire.Auto, "always": wire.Always, "never": wire.Never}
	return remote.ClientOptions{
		Path: path, Compress: compress[o.compress.value], BandwidthLimit: o.bandwidth.value, Timeout: o.timeout.value, Nice: o.nice,
	}
}

// traffic is what crossed the wire, as seen from here.
func (ts *runTrees) traffic() (sent, received int64) {
	for _, r := range ts.remotes {
		out, in := r.counts()
		sent, received = sent+out, received+in
	}
	return sent, received
}

// shrunk is how many bytes did not cross the wire because others did for them.
func (ts *runTrees) shrunk() (saved int64) {
	for _, r := range ts.remotes {
		if r.client != nil {
			saved += r.client.Shrunk()
		}
	}
	return saved
}
