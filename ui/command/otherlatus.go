package command

import (
	"context"
	"errors"
	"io"
	"os"

	"latus/remote"
	"latus/remote/ssh"
	"latus/remote/wire"
	"latus/sync/peer"
)

// others goes on with the next latus of the host where the one that was started cannot
// be talked to, for the reason why. done: w and err are the answer, and there is nothing
// else to try.
func (r *remoteTree) others(ctx context.Context, h peer.Hello, why error) (w *peer.Welcome, done bool, err error) {
	if r.trees.o.latusPath != "" || !mute(why) {
		return nil, false, nil
	}
	var rest []string
	first := ""
	err = r.again(ctx, func(ctx context.Context) (err error) {
		first, rest, err = otherLatuses(ctx, r.conn)
		return err
	})
	for _, path := range rest {
		r.latus = remote.Quote(path)
		if err = r.again(ctx, r.start); err != nil {
			break
		}
		w, err = r.Replica.Hello(ctx, h)
		switch {
		case err == nil || ctx.Err() == nil && r.client.Ready(ctx) == nil:
			r.notice(first + " cannot be talked to: using " + path)
			r.trees.connections.use(r.tree, r.latus)
			return w, true, err
		case ctx.Err() != nil, errors.Is(err, os.ErrDeadlineExceeded):
			return nil, true, err
		}
		r.end()
	}
	r.latus = ""
	if r.conn == nil {
		return nil, true, err // the connection was lost, and there is no other
	}
	return nil, false, nil
}

// without goes on over SFTP where there is no latus, for the reason why. If that
// cannot be had either, why is the error; so it is where the user said which latus to run.
func (r *remoteTree) without(ctx context.Context, why error) error {
	if o := r.trees.o; o.latusPath != "" && !o.install {
		return notThere(r.target.Host, o.latusPath, why)
	}
	err := r.again(ctx, r.overSFTP)
	var refusal *peer.Refusal
	switch {
	case err == nil:
		r.notice(noLatus(why) + ": using SFTP, which is slower; " + r.trees.o.adding(r.trees.line, "install") + " puts a latus there")
		return nil
	case errors.As(err, &refusal):
		return err
	}
	return why
}

// otherLatuses are the latuses of a host: the one that is run if nobody says which, and
// as many others as are worth a try.
func otherLatuses(ctx context.Context, conn *remote.Conn) (first string, rest []string, err error) {
	const most = 4
	all, err := conn.Latuses(ctx)
	if err != nil || len(all) < 2 {
		return "", nil, err
	}
	return all[0], all[1:min(len(all), 1+most)], nil
}

// mute tells whether an error says that what was started on a host does not speak as a
// latus does that can be talked to. It may be that another one there does.
func mute(err error) bool {
	var command *ssh.CommandError
	var refusal *peer.Refusal
	switch {
	case errors.As(err, &command):
		return !remote.NoLatus(command) && !command.Killed()
	case errors.As(err, &refusal):
		return refusal.Cause.Mute()
	}
	return errors.Is(err, wire.ErrGone) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}
