// Package remote reaches the trees of other machines.
//
// ParseTarget reads how a tree is named, Dial connects to its host (with a
// built-in SSH client that obeys the user's ssh_config and known_hosts, or with a
// command of the user's), and Conn.Command runs a program there whose stdin and
// stdout are a Stream. With a latus on the other side of it, Client is the tree
// there as a peer.Replica, and Serve is that other side; where there is none,
// SFTPSession.Site is the tree as a peer.Site, on which a Replica works from here.
//
// Nothing here waits for ever: connecting has one deadline, a dead connection is
// noticed by keep-alives, and a cancelled context ends what was started with it.
// Nobody is asked anything unless there is a terminal to ask on. A host whose key
// is another one than before is never talked to, one whose key is not known only
// if the user or his ssh_config says so.
//
// Errors are typed and state facts: *UnknownHostError, *HostKeyChangedError,
// *HostKeyRevokedError, *AuthError, *ConnectError, *CommandError, *NoiseError,
// *ConfigError, *InstallError, *TimeoutError. What to do about them is for the caller to say.
package remote
