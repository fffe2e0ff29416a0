package remote

import (
	"context"
	"net"
	"path/filepath"
	"testing"

	"github.com/pkg/sftp"

	"latus/internal/sshtest"
	"latus/sync/tree"
	"latus/sync/tree/treetest"
)

// dialSFTP starts an SFTP session with a real server.
func dialSFTP(t testing.TB, s *sshtest.Server) *SFTPSession {
	t.Helper()
	ctx := context.Background()
	conn, err := Dial(ctx, Target{Kind: SFTP, Host: s.Name}, Options{SSHConfig: s.ConfigFile})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	session, err := conn.SFTP(ctx, SFTPOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { session.Close() })
	return session
}

func openSFTP(t testing.TB, s *SFTPSession, dir string) *sftpTree {
	t.Helper()
	site, err := s.Site(dir)
	if err == nil {
		err = site.Check()
	}
	if err != nil {
		t.Fatal(err)
	}
	tr, err := site.Open()
	if err != nil {
		t.Fatal(err)
	}
	return tr.(*sftpTree)
}

func TestSFTPTreeContract(t *testing.T) {
	for name, config := range map[string]string{"sftp-server": "", "internal-sftp": "ForceCommand internal-sftp"} {
		if testing.Short() && name == "sftp-server" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			session := dialSFTP(t, sshtest.Start(t, sshtest.Options{Config: config}))
			treetest.Run(t, func(t *testing.T) tree.Tree { return openSFTP(t, session, t.TempDir()) })
		})
	}
}

// Other servers are less than OpenSSH's: this one's requests to rename replace, and
// it may lack every extension.
func TestSFTPTreeContractOfAnotherServer(t *testing.T) {
	for name, extensions := range map[string][]string{
		"all": {"hardlink@openssh.com", "posix-rename@openssh.com", "statvfs@openssh.com"}, "none": nil,
	} {
		t.Run(name, func(t *testing.T) {
			if err := sftp.SetSFTPExtensions(extensions...); err != nil {
				t.Fatal(err)
			}
			near, far := net.Pipe()
			server, err := sftp.NewServer(far)
			if err != nil {
				t.Fatal(err)
			}
			served := make(chan struct{})
			go func() {
				defer close(served)
				_ = server.Serve()
			}()
			client, err := sftp.NewClientPipe(near, near, sftp.UseFstat(true))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				client.Close()
				<-served
			})
			treetest.Run(t, func(t *testing.T) tree.Tree {
				root, err := filepath.EvalSymlinks(t.TempDir())
				if err != nil {
					t.Fatal(err)
				}
				return newSFTPTree(client, "host", root)
			})
		})
	}
}
