// Package remote reaches the trees of other machines.
//
// ParseTarget reads how a tree is named, Dial connects to its host as package ssh does,
// and ServeCommand is what to run there: a latus, whose stdin and stdout are the Stream
// that Conn.Command returns. Client is the tree there as a peer.Replica, and Serve is that
// other side. Where there is no latus, Conn.Install puts one, or package sftp has the tree
// as a peer.Site, on which a Replica works from here.
//
// Neither side trusts the other: package wire checks what comes, a server checks in which
// order it comes, and a Confinement says which trees a client may name at all.
//
// Errors are typed and state facts: those of package ssh, *InstallError, ErrNoPath.
// What to do about them is for the caller to say.
package remote
