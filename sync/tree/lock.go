package tree

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"latus/index"
)

// LockName is the file in the private folder that is locked.
const LockName = "lock"

// maxLease bounds how much of a lease is read.
const maxLease = 4 << 10

// Locker is a Tree whose system has locks that end with the process. Where
// there are none, Lock is content with the lease.
type Locker interface {
	// TryLock locks the file LockName in the private folder, never waits, and
	// returns how to let go. ErrBusy if another run holds it. Unless create is
	// set a missing file is left missing, and there is nothing to hold.
	TryLock(create bool) (release func() error, err error)
}

// Held is a tree that this run has to itself.
type Held struct {
	dir     Dir
	own     Leaser // nil: the lease is in LockName
	kernel  bool   // the lock is the kernel's, and the lease for those who can't see it
	release func() error
	last    string
	leased  bool
	pulse   *pulse
}

// Lock takes t for one run; its private folder must exist. It never waits: an
// error that wraps ErrBusy says what the other run's lease says. With create
// unset (a dry run) nothing is created or written.
func Lock(t Tree, create bool) (*Held, error) {
	dir, err := t.Open(index.Private)
	if err != nil {
		return nil, err
	}
	h := &Held{dir: dir, release: func() error { return nil }}
	h.own, _ = t.(Leaser)
	if l, ok := t.(Locker); ok {
		h.kernel = true
		h.release, err = l.TryLock(create)
	}
	last, rerr := readLease(dir)
	if err == nil && rerr == nil && h.own == nil && h.kernel {
		rerr = otherLease(dir, time.Now())
	}
	switch {
	case errors.Is(err, ErrBusy) && last != "" && !strings.Contains(err.Error(), last):
		err = fmt.Errorf("%w (%s)", err, last)
	case err == nil && rerr != nil:
		err = errors.Join(rerr, h.release())
	}
	if err != nil {
		dir.Close()
		return nil, err
	}
	h.last = last
	return h, nil
}

// Last is the lease that stood in the lock file when the lock was taken: of a
// run that was killed, or of one on another machine whose lock the system here
// does not see. "" after a run that ended well.
func (h *Held) Last() string { return h.last }

// Lease writes who holds the tree, for people and for those who cannot see the
// lock: host, process and time, one short line. Called when a run begins to
// write, and only by one that locked with create. It fails with ErrBusy if a run
// that could not see the lock was first.
func (h *Held) Lease(text string) error {
	if h.own != nil {
		return h.own.Lease(strings.TrimSpace(text))
	}
	h.leased = true
	if err := h.write("\n" + strings.TrimSpace(text) + "\n"); err != nil {
		return err
	}
	if !h.kernel {
		return nil
	}
	now := time.Now()
	if info, err := h.dir.Stat(LockName); err == nil {
		now = time.Unix(0, info.Mtime)
	}
	if err := otherLease(h.dir, now); err != nil {
		return err
	}
	if h.pulse == nil {
		h.pulse = beat(h.dir)
	}
	return nil
}

// EndLease takes the lease back, if one was written.
func (h *Held) EndLease() error {
	h.pulse.end()
	h.pulse = nil
	if !h.leased {
		return nil
	}
	h.leased = false
	return h.write("\n")
}

// Unlock takes the lease back and lets go. The file stays.
func (h *Held) Unlock() error { return errors.Join(h.EndLease(), h.release(), h.dir.Close()) }

// write replaces the content of the lock file but for its first byte, which the
// lock itself covers on systems where that keeps everybody else out.
func (h *Held) write(text string) error {
	f, err := h.dir.Write(LockName)
	if IsNotExist(err) {
		f, err = h.dir.Create(LockName, storeMode)
	}
	if err != nil {
		return err
	}
	defer f.Close()
	f.Write([]byte(text[:1])) // in vain where the lock covers it
	if err := f.Truncate(1); err != nil {
		return err
	}
	if _, err := f.Seek(1, io.SeekStart); err != nil {
		return err
	}
	_, err = f.Write([]byte(text[1:]))
	return err
}

// ReadyLock makes sure that there is a file to lock, or says that there is none
// and shall be none.
func ReadyLock(dir Dir, create bool) (bool, error) {
	switch st, err := dir.Stat(LockName); {
	case IsNotExist(err) && !create:
		return false, nil
	case IsNotExist(err):
		f, err := dir.Create(LockName, storeMode)
		if IsExist(err) {
			return ReadyLock(dir, create) // another run was faster
		}
		if err != nil {
			return false, err
		}
		return true, f.Close()
	case err != nil:
		return false, err
	case st.Kind != index.File:
		return false, Fault("lock", LockName, Regular(st.Kind))
	}
	return true, nil
}

func readLease(d Dir) (string, error) {
	f, err := d.Read(LockName)
	if IsNotExist(err) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	defer f.Close()
	buf := make([]byte, maxLease)
	n, err := f.ReadAt(buf, 1)
	if err != nil && err != io.EOF {
		return "", err
	}
	return strings.Trim(string(buf[:n]), "\x00 \r\n"), nil
}
