package command

import (
	"errors"

	"latus/remote"
	"latus/ui"
)

// remoteCause finds what kept us from talking to another host, and which one;
// ui.Fatal if it was nothing of that kind.
func remoteCause(err error) (ui.Fault, string) {
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
		return ui.UnknownHost, unknown.Host
	case errors.As(err, &changed):
		return ui.HostKeyChanged, changed.Host
	case errors.As(err, &revoked):
		return ui.HostKeyRevoked, revoked.Host
	case errors.As(err, &auth):
		return ui.NoAccess, auth.Host
	case errors.As(err, &command) && command.NotFound():
		return ui.NoLatus, command.Host
	case errors.As(err, &command):
		return ui.RemoteFailed, command.Host
	case errors.As(err, &noise):
		return ui.Noise, ""
	case errors.As(err, &config):
		return ui.BadConfig, ""
	case errors.As(err, &connect):
		return ui.NoConnection, connect.Host
	}
	return ui.Fatal, ""
}
