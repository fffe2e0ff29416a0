package sftp

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"path"
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
	unlock, err := t.lease.tryLock(create)
	if err == nil && create {
		if err = t.recoverReplaced(); err != nil {
			err = errors.Join(err, unlock())
		}
	}
	if err != nil {
		return nil, err
	}
	return unlock, nil
}

func (l *sftpLease) tryLock(create bool) (func() error, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.locked {
		return nil, busy(l.text)
	}
	var seen mark
	var signs string
	errs := make([]error, 2)
	each(2, func(i int) {
		if i == 0 {
			seen, errs[i] = l.mark()
		} else {
			signs, errs[i] = l.signs()
		}
	})
	if errs[0] != nil {
		return nil, errs[0]
	}
	l.seen, l.begun = seen, true
	err := errs[1]
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
	lease, lock := l.both()
	if lease.err == nil && lease.first != l.nonce && !dead(lease.first) && recent(lease.mtime) {
		return lease.rest, nil
	}
	if lease.err != nil && !tree.IsNotExist(lease.err) {
		return "", lease.err
	}
	if lock.err == nil && lock.rest != "" && recent(lock.mtime) {
		return lock.rest, nil
	}
	if tree.IsNotExist(lock.err) {
		lock.err = nil
	}
	return "", lock.err
}

// note is a small file that was read.
type note struct {
	first, rest string // its first line, and the others
	mtime       int64
	err         error
}

// both reads what runs over SFTP and on the server say of themselves.
func (l *sftpLease) both() (lease, lock note) {
	each(2, func(i int) {
		if i == 0 {
			lease = l.read(tree.LeaseName)
		} else {
			lock = l.read(tree.LockName)
		}
	})
	return lease, lock
}

func (l *sftpLease) read(name string) (n note) {
	f, err := l.t.client.Open(l.private(name))
	if err != nil {
		return note{err: l.t.meaning(err)}
	}
	defer l.t.let(f)
	errs := make([]error, 2)
	each(2, func(i int) {
		if i == 0 {
			var b []byte
			b, errs[i] = io.ReadAll(io.LimitReader(f, 4<<10))
			n.first, n.rest, _ = strings.Cut(string(b), "\n")
			n.rest = strings.Trim(n.rest, "\x00 \r\n")
			return
		}
		info, err := f.Stat()
		if errs[i] = err; err == nil {
			n.mtime = info.ModTime().UnixNano()
		}
	})
	if err := cmp.Or(errs...); err != nil {
		return note{err: l.t.meaning(err)}
	}
	return n
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
	defer l.t.let(f)
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
