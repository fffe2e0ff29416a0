package command

import (
	"cmp"
	"errors"

	"latus/remote"
	"latus/ui"
)

// remoteCause finds what kept us from talking to another host, and which one;
// ui.Fatal if it was nothing of that kind.
func remoteCause(err error) (ui.Fault, ui.About) {
	var (
		unknown *remote.UnknownHostError
		changed *remote.HostKeyChangedError
		revoked *remote.HostKeyRevokedError
		auth    *remote.AuthError
		command *remote.CommandError
		noise   *remote.NoiseError
		config  *remote.ConfigError
		connect *remote.ConnectError
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
