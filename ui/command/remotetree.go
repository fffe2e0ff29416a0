package command

import (
	"context"
	"errors"
	"io"

	"latus/remote"
	"latus/remote/wire"
	"latus/sync/peer"
)

// remoteTree is a tree on another host, with the connection that leads there.
type remoteTree struct {
	*remote.Client
	stream *remote.Stream
	conn   *remote.Conn
}

// dial connects to a host and starts a latus for a tree there. tree is the
// position on the command line.
func (c *crew) dial(ctx context.Context, tree int, t remote.Target) (*remoteTree, error) {
	conn, err := remote.Dial(ctx, t, c.o.remote(func(line string) {
		c.printer.Notice(tree, peer.Problem{Reason: line})
	}))
	if err != nil {
		return nil, err
	}
	r := &remoteTree{conn: conn}
	// An interrupted run takes leave: the other side finishes the files it has begun.
	lasting := context.WithoutCancel(ctx)
	if r.stream, err = conn.Command(lasting, remote.ServeCommand(c.o.latusPath, t.Path)); err != nil {
		conn.Close()
		return nil, err
	}
	if r.Client, err = remote.NewClient(lasting, r.stream, c.o.client(t.Path)); err != nil {
		r.stream.Close()
		conn.Close()
		return nil, err
	}
	return r, nil
}

// Close takes leave. Its error says how the other side's latus ended.
func (r *remoteTree) Close() error {
	err := r.Client.Close()
	if e := r.stream.Close(); e != nil {
		err = e
	}
	r.conn.Close()
	return err
}

// remote are the flags that say how a host is reached.
func (o *syncOptions) remote(notice func(string)) remote.Options {
	var identity []string
	if o.identity != "" {
		identity = []string{o.identity}
	}
	return remote.Options{
		Port: o.port.value, Identity: identity, SSHConfig: o.sshConfig, KnownHosts: o.knownHosts,
		Rsh: o.rsh, Timeout: o.timeout.value, Notice: notice,
	}
}

// client are the flags that say how to talk to the latus there.
func (o *syncOptions) client(path string) remote.ClientOptions {
	compress := map[string]wire.Compression{"auto": wire.Auto, "always": wire.Always, "never": wire.Never}
	return remote.ClientOptions{
		Path: path, Compress: compress[o.compress.value], BandwidthLimit: o.bandwidth.value, Timeout: o.timeout.value,
	}
}

// traffic is what crossed the wire, as seen from here.
func (c *crew) traffic() (sent, received int64) {
	for _, r := range c.remotes {
		sent += r.Sent()
		received += r.Received()
	}
	return sent, received
}

// shrunk is how many bytes did not cross the wire because others did for them.
func (c *crew) shrunk() (saved int64) {
	for _, r := range c.remotes {
		saved += r.Shrunk()
	}
	return saved
}

// explained is err, or what it came from: a latus that cannot be started, or falls,
// on the other side shows here as one that does not speak.
func explained(err, end error) error {
	var command *remote.CommandError
	var refusal *peer.Refusal
	silent := errors.Is(err, wire.ErrGone) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.As(err, &refusal) && refusal.Cause == peer.WrongSpeech
	if silent && errors.As(end, &command) {
		return command
	}
	return err
}
