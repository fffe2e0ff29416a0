package sftp

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"io/fs"
	"os"
	"time"

	"latus/sync/tree"
)

// lastWords is how long a server may take to do what a killed run asked of it.
const lastWords = time.Second

// acquire takes the lease. l.mu is held.
func (l *sftpLease) acquire() error {
	var random [8]byte
	if _, err := rand.Read(random[:]); err != nil {
		return err
	}
	l.nonce, l.beat = hex.EncodeToString(random[:]), time.Time{}
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
		found := l.read(tree.LeaseName)
		nonce := found.first
		switch {
		case tree.IsNotExist(found.err):
			if err = l.t.written(err); err != errFailure {
				return fault("lock", tree.LeaseName, err)
			}
			continue // it has just gone
		case found.err != nil:
			return fault("lock", tree.LeaseName, found.err)
		}
		gone, err := l.gone(nonce)
		if err != nil {
			return err
		}
		if !gone {
			now, err := l.now()
			if err != nil {
				return fault("lock", tree.LeaseName, err)
			}
			if now-found.mtime <= int64(tree.LeaseLife) {
				return busy(found.rest)
			}
		}
		if err := l.takeAway(nonce); err != nil {
			return err
		}
	}
	return busy("several runs begin at once")
}

// gone tells whether the run with this lease is known to have ended. It waits then: what
// that run had sent when it was killed may still be on its way through the server. A lease
// that says nothing, and keeps doing so, was made by a run that did not live to say whose
// it is. One that is only slow finds its lease gone.
func (l *sftpLease) gone(nonce string) (bool, error) {
	if nonce != "" && !dead(nonce) {
		return false, nil
	}
	if err := l.wait(); err != nil || nonce != "" {
		return err == nil, err
	}
	n := l.read(tree.LeaseName)
	return n.err == nil && n.first == "", nil
}

// wait lasts as long as last words may, or until the run is to end.
func (l *sftpLease) wait() error {
	timer := time.NewTimer(lastWords)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-l.t.stop:
		return fault("lock", tree.LeaseName, context.Canceled)
	}
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
	if got := l.read(aside); got.err == nil && got.first != nonce {
		_ = l.t.client.Rename(l.private(aside), l.private(tree.LeaseName))
		return busy(got.rest)
	}
	bury(nonce)
	return fault("lock", tree.LeaseName, l.t.meaning(l.t.client.Remove(l.private(aside))))
}

// alone makes sure, now that the lease is there to be seen, that it is this run's, that
// no run on the server itself is at work, and that none was since the index was read.
func (l *sftpLease) alone() error {
	var (
		lease, lock note
		info        fs.FileInfo
		seen        mark
		errs        [3]error
	)
	each(len(errs), func(i int) {
		switch i {
		case 0:
			lease, lock = l.both()
		case 1:
			info, errs[i] = l.file.Stat()
		case 2:
			if l.begun {
				seen, errs[i] = l.mark()
			}
		}
	})
	switch {
	case lease.err == nil && lease.first != l.nonce, tree.IsNotExist(lease.err):
		return busy(lease.rest) // this run was so slow that another one took it for dead
	case lease.err != nil:
		return fault("lock", tree.LeaseName, lease.err)
	case errs[1] != nil:
		return l.t.meaning(errs[1])
	case tree.IsNotExist(lock.err):
	case lock.err != nil:
		return fault("lock", tree.LockName, lock.err)
	case lock.rest != "" && info.ModTime().Sub(time.Unix(0, lock.mtime)) <= tree.LeaseLife:
		return busy(lock.rest)
	}
	if errs[2] == nil && l.begun && seen != l.seen {
		return busy("it has changed the tree since this run began")
	}
	return errs[2]
}

// write puts down who holds the lease, which also stamps it.
func (l *sftpLease) write() error {
	text := []byte(l.nonce + "\n" + l.text + "\n")
	errs := make([]error, 2)
	each(2, func(i int) { // in either order they come to the same
		switch {
		case i == 0:
			_, errs[i] = l.file.WriteAt(text, 0)
		case !l.beat.IsZero(): // else it is new, and stays empty where there is no room
			errs[i] = l.file.Truncate(int64(len(text)))
		}
	})
	if err := cmp.Or(errs...); err != nil {
		return l.t.written(err)
	}
	l.beat = time.Now()
	return nil
}

// renew stamps the lease, if it is still ours.
func (l *sftpLease) renew() error {
	now := l.read(tree.LeaseName)
	err := now.err
	switch {
	case err == nil && now.first != l.nonce:
		err = busy(now.rest)
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
		l.t.let(l.file)
		now := l.read(tree.LeaseName)
		if now.err == nil && (now.first == l.nonce || now.first == "" && l.beat.IsZero()) { // there was no room to say whose it is
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
