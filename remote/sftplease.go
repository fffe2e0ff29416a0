package remote

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/gofrs/flock"
	"github.com/pkg/sftp"

	"latus/index"
	"latus/sync/tree"
)

// sftpLease keeps others out of a tree while this run writes to it, as well as that can
// be done over SFTP: with a file that only one can make, that is renewed while the
// run lives, and whose age is told by the clock of the server. The first change
// takes it, so that a run without changes leaves no trace; what the run has read
// by then must still be so.
type sftpLease struct {
	t *sftpTree

	mu     sync.Mutex
	locked bool // by tree.Lock
	begun  bool // seen is valid
	seen   mark // of the index, when the lock was taken
	text   string

	nonce string
	file  *sftp.File // nil: not held
	beat  time.Time  // when the lease was renewed last
	alive *flock.Flock
	stop  chan struct{}
	done  sync.WaitGroup

	lost struct {
		sync.Mutex
		err error
	}
}

// mark tells whether a file is still the same.
type mark struct {
	size, mtime int64
	tail        string
}

// lateBeat is how old a renewal may be for the lease to be relied on: after that,
// another may be about to take it over.
const lateBeat = tree.LeaseLife * 2 / 3

// lastWords is how long a server may take to do what a killed run asked of it.
const lastWords = time.Second

func newSFTPLease(t *sftpTree) *sftpLease { return &sftpLease{t: t} }

func (l *sftpLease) private(name string) string { return path.Join(l.t.root, index.Private, name) }

// fail notes that the connection is of no use any more.
func (l *sftpLease) fail(err error) {
	l.lost.Lock()
	defer l.lost.Unlock()
	if l.lost.err == nil {
		l.lost.err = fmt.Errorf("the connection to %s broke: %w", l.t.host, err)
	}
}

func (l *sftpLease) broken() error {
	l.lost.Lock()
	defer l.lost.Unlock()
	return l.lost.err
}

// TryLock implements tree.Locker. What another run holds is found out here, if
// there are signs of one; the lease is taken with the first change.
func (t *sftpTree) TryLock(create bool) (func() error, error) {
	l := t.lease
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.locked {
		return nil, busy(l.text)
	}
	seen, err := l.mark()
	if err != nil {
		return nil, err
	}
	l.seen, l.begun = seen, true
	signs, err := l.signs()
	if err == nil && signs != "" && l.file == nil {
		if create {
			err = l.acquire()
		} else {
			err = busy(signs)
		}
	}
	if err != nil {
		return nil, err
	}
	l.locked = true
	return func() error {
		l.mu.Lock()
		l.locked, l.begun = false, false
		l.mu.Unlock()
		if !create {
			return nil
		}
		return l.release()
	}, nil
}

// Lease implements tree.Leaser.
func (t *sftpTree) Lease(text string) error {
	l := t.lease
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text = text
	if l.file == nil {
		return l.acquire()
	}
	return l.renew()
}

func busy(text string) error {
	return fault("lock", tree.LeaseName, fmt.Errorf("%w (%s)", tree.ErrBusy, text))
}

// signs is what others say who may hold the tree: "" for nobody. It goes by the clock
// of this machine, and is no more than a reason to look closer, or to leave a
// tree alone in a dry run.
func (l *sftpLease) signs() (string, error) {
	recent := func(mtime int64) bool { return time.Since(time.Unix(0, mtime)).Abs() < tree.LeaseLife }
	nonce, text, mtime, err := l.read(tree.LeaseName)
	if err == nil && nonce != l.nonce && !dead(nonce) && recent(mtime) {
		return text, nil
	}
	if err != nil && !tree.IsNotExist(err) {
		return "", err
	}
	_, text, mtime, err = l.read(tree.LockName)
	if err == nil && text != "" && recent(mtime) {
		return text, nil
	}
	if tree.IsNotExist(err) {
		err = nil
	}
	return "", err
}

// read reads a small file: its first line, the rest, its mtime.
func (l *sftpLease) read(name string) (first, rest string, mtime int64, err error) {
	f, err := l.t.client.Open(l.private(name))
	if err != nil {
		return "", "", 0, l.t.meaning(err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, 4<<10))
	if err != nil {
		return "", "", 0, l.t.meaning(err)
	}
	info, err := f.Stat()
	if err != nil {
		return "", "", 0, l.t.meaning(err)
	}
	first, rest, _ = strings.Cut(string(b), "\n")
	return first, strings.Trim(rest, "\x00 \r\n"), info.ModTime().UnixNano(), nil
}

// mark looks at the index: its size and its end, which is a checksum of all.
func (l *sftpLease) mark() (mark, error) {
	f, err := l.t.client.Open(l.private(index.FileName))
	if err != nil {
		if err = l.t.meaning(err); tree.IsNotExist(err) {
			err = nil
		}
		return mark{}, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return mark{}, l.t.meaning(err)
	}
	m := mark{size: info.Size(), mtime: info.ModTime().UnixNano()}
	end := make([]byte, min(m.size, 64))
	if _, err := f.ReadAt(end, m.size-int64(len(end))); err != nil && err != io.EOF {
		return mark{}, l.t.meaning(err)
	}
	m.tail = string(end)
	return m, nil
}

// hold sees to it that the lease is held before something is changed. A tree
// without a private folder has none.
func (l *sftpLease) hold() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.broken(); err != nil {
		return err
	}
	if l.file == nil {
		if _, err := l.t.client.Lstat(path.Join(l.t.root, index.Private)); err != nil {
			if err = l.t.meaning(err); tree.IsNotExist(err) {
				return nil
			}
			return err
		}
		return l.acquire()
	}
	if time.Since(l.beat) > lateBeat {
		return l.renew()
	}
	return nil
}

// acquire takes the lease. l.mu is held.
func (l *sftpLease) acquire() error {
	var random [8]byte
	if _, err := rand.Read(random[:]); err != nil {
		return err
	}
	l.nonce = hex.EncodeToString(random[:])
	l.alive = live(l.nonce)
	err := l.make()
	if err == nil {
		err = l.alone()
	}
	if err != nil {
		l.drop()
		return err
	}
	l.stop = make(chan struct{})
	stop := l.stop
	l.done.Go(func() {
		tick := time.NewTicker(tree.LeaseBeat)
		defer tick.Stop()
		for {
			select {
			case <-stop:
				return
			case <-tick.C:
				l.mu.Lock()
				if l.file != nil {
					_ = l.renew() // who writes next is told
				}
				l.mu.Unlock()
			}
		}
	})
	return nil
}

// make makes the file, in the place of one that nobody renews.
func (l *sftpLease) make() error {
	name := l.private(tree.LeaseName)
	for range 3 {
		f, err := l.t.client.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL)
		if err == nil {
			l.file = f
			return l.write()
		}
		nonce, text, mtime, rerr := l.read(tree.LeaseName)
		switch {
		case tree.IsNotExist(rerr):
			if err = l.t.written(err); err != errFailure {
				return fault("lock", tree.LeaseName, err)
			}
			continue // it has just gone
		case rerr != nil:
			return fault("lock", tree.LeaseName, rerr)
		}
		if dead(nonce) {
			// What it had sent when it was killed may still be on its way through the
			// server.
			time.Sleep(lastWords)
		} else {
			now, err := l.now()
			if err != nil {
				return fault("lock", tree.LeaseName, err)
			}
			if now-mtime <= int64(tree.LeaseLife) {
				return busy(text)
			}
		}
		if err := l.takeAway(nonce); err != nil {
			return err
		}
	}
	return busy("several runs begin at once")
}

// now is the time by the server's clock: that of a file made now.
func (l *sftpLease) now() (int64, error) {
	name := l.private(tree.LeaseName + "." + l.nonce)
	f, err := l.t.client.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL)
	if err != nil {
		return 0, l.t.written(err)
	}
	defer func() {
		_ = f.Close()
		_ = l.t.client.Remove(name)
	}()
	info, err := f.Stat()
	if err != nil {
		return 0, l.t.meaning(err)
	}
	return info.ModTime().UnixNano(), nil
}

// takeAway removes the lease of a run that is gone. If another was as fast, and
// has put its own there, that goes back.
func (l *sftpLease) takeAway(nonce string) error {
	aside := tree.LeaseName + "." + l.nonce + ".old"
	if err := l.t.client.Rename(l.private(tree.LeaseName), l.private(aside)); err != nil {
		if err = l.t.meaning(err); tree.IsNotExist(err) {
			return nil
		}
		return fault("lock", tree.LeaseName, err)
	}
	got, text, _, err := l.read(aside)
	if err == nil && got != nonce {
		_ = l.t.client.Rename(l.private(aside), l.private(tree.LeaseName))
		return busy(text)
	}
	bury(nonce)
	return fault("lock", tree.LeaseName, l.t.meaning(l.t.client.Remove(l.private(aside))))
}

// alone makes sure, now that the lease is there to be seen, that no run on the
// server itself is at work, and that none was since the index was read.
func (l *sftpLease) alone() error {
	info, err := l.file.Stat()
	if err != nil {
		return l.t.meaning(err)
	}
	now := info.ModTime()
	_, text, mtime, err := l.read(tree.LockName)
	switch {
	case tree.IsNotExist(err):
	case err != nil:
		return fault("lock", tree.LockName, err)
	case text != "" && now.Sub(time.Unix(0, mtime)) <= tree.LeaseLife:
		return busy(text)
	}
	if !l.begun {
		return nil
	}
	seen, err := l.mark()
	if err == nil && seen != l.seen {
		err = busy("it has changed the tree since this run began")
	}
	return err
}

// write puts down who holds the lease, which also stamps it.
func (l *sftpLease) write() error {
	text := []byte(l.nonce + "\n" + l.text + "\n")
	if _, err := l.file.WriteAt(text, 0); err != nil {
		return l.t.written(err)
	}
	if err := l.file.Truncate(int64(len(text))); err != nil {
		return l.t.meaning(err)
	}
	l.beat = time.Now()
	return nil
}

// renew stamps the lease, if it is still ours.
func (l *sftpLease) renew() error {
	nonce, text, _, err := l.read(tree.LeaseName)
	switch {
	case err == nil && nonce != l.nonce:
		err = busy(text)
	case tree.IsNotExist(err):
		err = busy("the lease was taken away")
	case err == nil:
		return l.write()
	default:
		return err
	}
	l.lost.Lock()
	defer l.lost.Unlock()
	if l.lost.err == nil {
		l.lost.err = err
	}
	return err
}

// drop gives the lease back. l.mu is held.
func (l *sftpLease) drop() {
	if l.file != nil {
		_ = l.file.Close()
		if nonce, _, _, err := l.read(tree.LeaseName); err == nil && nonce == l.nonce {
			_ = l.t.client.Remove(l.private(tree.LeaseName))
		}
		l.file = nil
	}
	if l.alive != nil {
		_ = os.Remove(l.alive.Path())
		_ = l.alive.Unlock()
		l.alive = nil
	}
}

// release ends the renewing and gives the lease back.
func (l *sftpLease) release() error {
	l.mu.Lock()
	stop := l.stop
	l.stop = nil
	l.mu.Unlock()
	if stop != nil {
		close(stop)
		l.done.Wait()
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.drop()
	return nil
}

// A run of this machine holds a lock of the local kernel for each of its leases: if
// it was killed, the next one need not wait for the lease to expire.
func liveFile(nonce string) string {
	dir, err := os.UserCacheDir()
	if err != nil || strings.Trim(nonce, "0123456789abcdef") != "" || len(nonce) != 16 {
		return ""
	}
	return filepath.Join(dir, "latus", "leases", nonce)
}

func live(nonce string) *flock.Flock {
	name := liveFile(nonce)
	if name == "" || os.MkdirAll(filepath.Dir(name), 0o700) != nil {
		return nil
	}
	lock := flock.New(name)
	if ok, err := lock.TryLock(); !ok || err != nil {
		return nil
	}
	return lock
}

// dead tells whether a lease is that of a run of this machine which has ended.
func dead(nonce string) bool {
	name := liveFile(nonce)
	if name == "" {
		return false
	}
	if _, err := os.Stat(name); errors.Is(err, fs.ErrNotExist) {
		return false
	}
	lock := flock.New(name)
	ok, err := lock.TryLock()
	if !ok || err != nil {
		return false
	}
	_ = lock.Unlock()
	return true
}

// bury forgets a run that was dead, and whose lease is gone.
func bury(nonce string) {
	if name := liveFile(nonce); name != "" {
		_ = os.Remove(name)
	}
}
