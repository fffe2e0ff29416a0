package sftp

import (
	"cmp"
	"errors"
	"io/fs"
	"os"
	"path"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/pkg/sftp"

	"latus/index"
	"latus/sync/tree"
)

const (
	// sftpParallel is how many calls are worth being under way at a time: as many as
	// a server lets files be open that nobody knows, and a line of 100 ms is far from
	// full. OpenSSH takes as many as the system allows, which is 256 at the least.
	sftpParallel    = 48
	opensshParallel = 128

	extRename = "posix-rename@openssh.com"
	extSync   = "fsync@openssh.com"
	extVFS    = "statvfs@openssh.com"
)

// sftpTree is a tree on a host where nothing but SFTP may be used. It is a
// tree.Distant: directories are reached by path, each component of which was
// looked at when the directory was opened.
//
// The first call that changes something takes the lease of the tree, so a run
// that has nothing to do writes nothing. See sftpLease.
type sftpTree struct {
	client *sftp.Client
	host   string
	root   string // as the server calls it, without links
	traits atomic.Pointer[tree.Traits]
	lease  *sftpLease
	stop   <-chan struct{} // see Options
	files  atomic.Int32    // that are open

	closing sync.WaitGroup // files that were read

	newFile, newDir atomic.Uint32 // modes that the server gives, plus 1<<31 once known
}

const modeKnown = 1 << 31

var (
	_ tree.Tree    = (*sftpTree)(nil)
	_ tree.Distant = (*sftpTree)(nil)
	_ tree.Locker  = (*sftpTree)(nil)
	_ tree.Leaser  = (*sftpTree)(nil)
)

func newSFTPTree(c *sftp.Client, host, root string) *sftpTree {
	t := &sftpTree{client: c, host: host, root: root}
	t.lease = newSFTPLease(t)
	t.SetTraits(usualSFTP)
	return t
}

// usualSFTP is what a dry run takes for granted of a tree that was never probed.
var usualSFTP = tree.Traits{Clock: 1e9, Whole: true, ModeBits: 0o7777, Links: true}

// Open holds the directory at dir. All its components are looked at in one round
// trip.
func (t *sftpTree) Open(dir index.Path) (tree.Dir, error) {
	if dir == "" {
		return &sftpDir{t: t, path: t.root}, nil
	}
	var parts []string
	for i, name := range strings.Split(string(dir), "/") {
		if !validName(name) {
			return nil, fault("open", string(dir), tree.ErrBadName)
		}
		if i > 0 {
			name = parts[i-1] + "/" + name
		}
		parts = append(parts, name)
	}
	errs := make([]error, len(parts))
	each(len(parts), func(i int) { errs[i] = t.isDir(path.Join(t.root, parts[i])) })
	for _, err := range errs { // from the top
		if err != nil {
			return nil, fault("open", string(dir), err)
		}
	}
	return &sftpDir{t: t, path: path.Join(t.root, string(dir))}, nil
}

// each calls f for 0 to n-1, many at the same time.
func each(n int, f func(i int)) {
	var wg sync.WaitGroup
	slots := make(chan struct{}, sftpParallel)
	for i := range n {
		slots <- struct{}{}
		wg.Go(func() {
			f(i)
			<-slots
		})
	}
	wg.Wait()
}

func (t *sftpTree) Traits() tree.Traits { return *t.traits.Load() }

// SetTraits sets what Probe found, now or in an earlier run. Who looks over SFTP
// sees whole seconds in any case.
func (t *sftpTree) SetTraits(traits tree.Traits) {
	traits.Whole = true
	t.traits.Store(&traits)
}

// Hint tells whether a request to rename replaces nothing, by trying it in the
// directory where Probe tries things.
func (t *sftpTree) Hint() tree.Traits {
	dir := path.Join(t.root, index.Private, tree.Staging, "probe")
	names := []string{path.Join(dir, "rename one"), path.Join(dir, "rename two")}
	errs := make([]error, len(names))
	each(len(names), func(i int) {
		f, err := t.client.OpenFile(names[i], os.O_WRONLY|os.O_CREATE|os.O_EXCL)
		if errs[i] = err; err == nil {
			_ = f.Close()
		}
	})
	defer each(len(names), func(i int) {
		if errs[i] == nil {
			_ = t.client.Remove(names[i])
		}
	})
	if cmp.Or(errs...) != nil {
		return tree.Traits{Whole: true}
	}
	var status *sftp.StatusError
	return tree.Traits{Whole: true, NoReplace: errors.As(t.client.Rename(names[0], names[1]), &status)}
}

func (t *sftpTree) Where() string { return t.root }

// Sync does not exist for a whole tree.
func (t *sftpTree) Sync() error { return fault("sync", t.root, tree.ErrUnsupported) }

// Close lets go of the lease. The connection stays.
func (t *sftpTree) Close() error {
	err := t.lease.release()
	t.closing.Wait()
	return err
}

// let closes a file of which nothing is expected any more.
func (t *sftpTree) let(f *sftp.File) { t.closing.Go(func() { _ = f.Close() }) }

// Parallel implements tree.Distant.
func (t *sftpTree) Parallel() int {
	if t.openssh() {
		return opensshParallel
	}
	return sftpParallel
}

// openssh tells whether the server is OpenSSH's, or as good.
func (t *sftpTree) openssh() bool { return t.has(extRename) && t.has(extVFS) }

// Broken implements tree.Distant: the lease is lost, or the connection.
func (t *sftpTree) Broken() error { return t.lease.broken() }

func (t *sftpTree) has(extension string) bool {
	_, ok := t.client.HasExtension(extension)
	return ok
}

func (t *sftpTree) lstat(p string) (tree.Info, error) {
	fi, err := t.client.Lstat(p)
	if err != nil {
		return tree.Info{}, t.meaning(err)
	}
	return sftpInfo(fi)
}

// isDir makes sure that p is a directory: a server would follow a link.
func (t *sftpTree) isDir(p string) error {
	info, err := t.lstat(p)
	if err != nil {
		return err
	}
	return dirOnly(info.Kind)
}

func dirOnly(k index.Kind) error {
	switch k {
	case index.Dir:
		return nil
	case index.Link:
		return tree.ErrIsLink
	}
	return tree.ErrNotDir
}

// device tells filesystems apart, 0 where the server doesn't.
func (t *sftpTree) device(dir string) (uint64, error) {
	if !t.has(extVFS) {
		return 0, nil
	}
	v, err := t.client.StatVFS(dir)
	if err != nil {
		var status *sftp.StatusError
		if errors.As(err, &status) && status.Code != sftpNoSuchFile {
			return 0, nil
		}
		return 0, t.meaning(err)
	}
	return v.Fsid, nil
}

// Parts of the type bits of a mode.
const (
	typeMask = 0o170000
	typeFile = 0o100000
	typeDir  = 0o040000
	typeLink = 0o120000
)

var errNoType = errors.New("the server does not say what it is")

func sftpInfo(fi fs.FileInfo) (tree.Info, error) {
	st, ok := fi.Sys().(*sftp.FileStat)
	if !ok || st.Mode&typeMask == 0 {
		return tree.Info{}, errNoType
	}
	i := tree.Info{Witness: index.Witness{Kind: index.Special, Mode: st.Mode & 0o7777, Mtime: int64(st.Mtime) * 1e9}, Links: 1}
	switch st.Mode & typeMask {
	case typeFile:
		if st.Size > 1<<62 {
			return tree.Info{}, errNoType
		}
		i.Kind, i.Size = index.File, int64(st.Size)
	case typeDir:
		i.Kind = index.Dir
	case typeLink:
		i.Kind = index.Link
	}
	return i, nil
}

// validName tells whether name is one component.
func validName(name string) bool {
	return name != "" && name != "." && name != ".." && !strings.ContainsAny(name, "/\x00")
}
