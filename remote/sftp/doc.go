// Package sftp has trees on hosts where nothing but SFTP may be used: nothing of ours
// runs there, and nothing but the tree is written to.
//
// Start begins a Session over a connection that package ssh has made, and Session.Site is
// a place on the host as a peer.Site. The tree that it opens is a tree.Distant: many calls
// go at the same time, and no symbolic link is followed that was there when its directory
// was opened. Whoever looks while somebody else moves directories about is not protected,
// as he is on a disk.
//
// The first change takes a lease, which a run that was killed leaves behind and another
// takes over when nobody has renewed it; a run without changes leaves no trace. Servers of
// other makes than OpenSSH's may lack what this wants of them: files of latus' own are
// then replaced in steps, none of which loses anything.
//
// Errors of a tree are *fs.PathError with the errors of package tree. That there is no
// session says an *ssh.ConnectError, an *ssh.CommandError, a *NoiseError or ErrLatusThere.
package sftp
