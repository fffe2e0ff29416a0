// Package ssh reaches hosts, and knows nothing of what is done there.
//
// Dial connects to a host with a built-in SSH client that obeys the user's ssh_config and
// known_hosts, with the ssh of the system where ssh_config asks for more than that one
// can do, or with a command of the user's. Conn.Command runs a program there whose stdin
// and stdout are a Stream.
//
// Nothing here waits for ever: connecting has one deadline, a dead connection is
// noticed by keep-alives, and a cancelled context ends what was started with it.
// Nobody is asked anything unless there is a terminal to ask on. A host whose key
// is another one than before is never talked to, one whose key is not known only
// if the user or his ssh_config says so.
//
// Errors are typed and state facts: *UnknownHostError, *HostKeyChangedError,
// *HostKeyRevokedError, *AuthError, *ConnectError, *CommandError, *ConfigError,
// *TimeoutError. What to do about them is for the caller to say.
package ssh
