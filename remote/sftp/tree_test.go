package sftp

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pkg/sftp"

	"latus/index"
	"latus/internal/sshtest"
	"latus/remote/ssh"
	"latus/sync/tree"
	"latus/sync/tree/treetest"
)

// dialSFTP starts an SFTP session with a real server.
func dialSFTP(t testing.TB, s *sshtest.Server) *Session {
	t.Helper()
	ctx := context.Background()
	conn, err := ssh.Dial(ctx, ssh.Host{Name: s.Name}, ssh.Options{SSHConfig: s.ConfigFile})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	session, err := Start(ctx, conn, Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { session.Close() })
	return session
}

func openSFTP(t testing.TB, s *Session, dir string) *sftpTree {
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

// otherSFTP is a server that is less than OpenSSH's: its requests to rename replace,
// and it has these extensions only.
func otherSFTP(t *testing.T, extensions ...string) *sftp.Client {
	t.Helper()
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
	return client
}

func newRoot(t *testing.T) string {
	t.Helper()
	root, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return root
}

func TestSFTPTreeContractOfAnotherServer(t *testing.T) {
	for name, extensions := range map[string][]string{
		"all": {"hardlink@openssh.com", "posix-rename@openssh.com", "statvfs@openssh.com"}, "none": nil,
	} {
		t.Run(name, func(t *testing.T) {
			client := otherSFTP(t, extensions...)
			treetest.Run(t, func(t *testing.T) tree.Tree { return newSFTPTree(client, "host", newRoot(t)) })
		})
	}
}

// A run that is killed between the steps of a replacement loses nothing.
func TestReplacedInSteps(t *testing.T) {
	client := otherSFTP(t)
	root := newRoot(t)
	own := filepath.Join(root, index.Private)
	files := map[string]string{
		"config.json.replaced": "old", "list.replaced": "older", "list": "new", "trash/list.jsonl.replaced": "old",
	}
	for name, text := range files {
		name = filepath.Join(own, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o755), os.WriteFile(name, []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(root, "user.replaced"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	tr := newSFTPTree(client, "host", root)
	read := func(dir index.Path, name string) string {
		t.Helper()
		d, err := tr.Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		f, err := d.Read(name)
		if err != nil {
			return err.Error()
		}
		defer f.Close()
		b, err := io.ReadAll(f)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	for _, before := range []bool{true, false} {
		if got := read(".latus", "config.json"); got != "old" {
			t.Errorf("config.json is %q", got)
		}
		if got := read(".latus", "list"); got != "new" {
			t.Errorf("list is %q", got)
		}
		if got := read(".latus/trash", "list.jsonl"); got != "old" {
			t.Errorf("the list of the trash is %q", got)
		}
		if got := read("", "user"); !strings.Contains(got, "not exist") {
			t.Errorf("a file that is not there is %q", got)
		}
		if _, err := os.Stat(filepath.Join(own, "config.json")); before != (err != nil) {
			t.Errorf("before the lock: %v, config.json: %v", before, err)
		}
		if before {
			lock, err := tree.Lock(tr, true)
			if err != nil {
				t.Fatal(err)
			}
			if err := lock.Unlock(); err != nil {
				t.Fatal(err)
			}
		}
	}
	left, err := filepath.Glob(filepath.Join(own, "*"))
	if len(left) != 4 { // config.json, list, list.replaced, trash
		t.Errorf("there is %q, %v", left, err)
	}
}

// A run on the server holds the tree: one over SFTP says who that is, once.
func TestWhoHoldsATreeIsSaidOnce(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, index.Private), 0o700); err != nil {
		t.Fatal(err)
	}
	near, err := tree.OpenDisk(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer near.Close()
	held, err := tree.Lock(near, true)
	if err != nil {
		t.Fatal(err)
	}
	defer held.Unlock()
	if err := held.Lease("vm, process 7"); err != nil {
		t.Fatal(err)
	}
	session := dialSFTP(t, sshtest.Start(t, sshtest.Options{Config: "ForceCommand internal-sftp"}))
	for _, create := range []bool{true, false} {
		_, err = tree.Lock(openSFTP(t, session, dir), create)
		if !errors.Is(err, tree.ErrBusy) || strings.Count(err.Error(), "vm, process 7") != 1 {
			t.Errorf("create %v: got %v", create, err)
		}
	}
}
