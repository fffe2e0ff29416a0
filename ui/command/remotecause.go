package command

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"latus/remote/sftp"
	"latus/remote/ssh"
	"latus/remote/wire"
	latussync "latus/sync"
	"latus/sync/peer"
	"latus/ui"
)

// remoteCause finds what kept us from talking to another host, and which one;
// ui.Fatal if it was nothing of that kind.
func remoteCause(err error) (ui.Fault, ui.About) {
	var (
		unknown *ssh.UnknownHostError
		changed *ssh.HostKeyChangedError
		revoked *ssh.HostKeyRevokedError
		auth    *ssh.AuthError
		command *ssh.CommandError
		noise   *sftp.NoiseError
		config  *ssh.ConfigError
		connect *ssh.ConnectError
	)
	switch {
	case errors.As(err, &unknown):
		return ui.UnknownHost, ui.About{Host: cmp.Or(unknown.Named, unknown.Host)}
	case errors.As(err, &changed):
		return ui.HostKeyChanged, ui.About{Host: cmp.Or(changed.Named, changed.Host), Known: changed.Host}
	case errors.As(err, &revoked):
		return ui.HostKeyRevoked, ui.About{Host: revoked.Host}
	case errors.As(err, &auth):
		return ui.NoAccess, ui.About{Host: auth.Host}
	case errors.As(err, &command) && command.NotFound():
		return ui.NoLatus, ui.About{Host: command.Host}
	case errors.As(err, &command):
		return ui.RemoteFailed, ui.About{Host: command.Host, Via: command.Via}
	case errors.As(err, &noise):
		return ui.Noise, ui.About{}
	case errors.As(err, &config):
		return ui.BadConfig, ui.About{}
	case errors.As(err, &connect):
		return ui.NoConnection, ui.About{Host: connect.Host, Via: connect.Via}
	}
	return ui.Fatal, ui.About{}
}

// noLatus says in a few words why there is no latus to talk to.
func noLatus(why error) string {
	var command *ssh.CommandError
	if text := wire.OtherVersion(why); text != "" {
		return text
	}
	if errors.As(why, &command) && !command.NotFound() || !errors.As(why, &command) {
		return "no latus there can be talked to"
	}
	return "there is no latus"
}

// explained is err, or what it came from: a latus that cannot be started, or falls,
// on the other side shows here as one that does not speak.
func explained(err, end error) error {
	if several, ok := err.(latussync.Failures); ok {
		return explainedOne(several, end)
	}
	var command *ssh.CommandError
	var refusal *peer.Refusal
	var late *ssh.TimeoutError
	silent := errors.Is(err, wire.ErrGone) || sftp.ConnectionLost(err) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.As(err, &refusal) && refusal.Cause.Mute()
	switch {
	case !silent || !errors.As(end, &command):
		return err
	case errors.As(command, &late):
		return fmt.Errorf("%s: %w", command.Host, late)
	case refusal != nil && (command.Cut || command.Status == 0):
		return saying(refusal, command.Stderr) // how it ended tells nothing
	}
	return command
}

// saying is a refusal of what does not speak, with what it said besides.
func saying(r *peer.Refusal, stderr string) error {
	stderr = strings.TrimSpace(stderr)
	if stderr == "" || strings.Contains(r.Text, stderr) {
		return r
	}
	more := *r
	more.Text += "; its errors: " + stderr
	return &more
}

// explainedOne explains the first of several errors that end is about.
func explainedOne(several latussync.Failures, end error) error {
	several = slices.Clone(several)
	for i, err := range several {
		if several[i] = explained(err, end); several[i] != err {
			break // the rest is about other trees
		}
	}
	return several
}

// notThere is the error where the user said which latus is to be run on a host, and it
// cannot be. It may be mistyped: another way is not taken unasked.
func notThere(host, command string, why error) error {
	return advise(fmt.Errorf("--latus-path %s cannot be run there: %w", command, why),
		"see that `ssh "+ui.Safe(host)+" "+ui.Safe(command)+" version` works, or leave out --latus-path; a host without a latus is reached over SFTP")
}
