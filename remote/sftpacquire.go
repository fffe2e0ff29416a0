package remote

import (
	"crypto/rand"
	"encoding/hex"
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
		switch {
		case dead(nonce):
			// What it had sent when it was killed may still be on its way through the
			// server.
			time.Sleep(lastWords)
		case nonce == "" && l.silent():
		default:
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

// silent tells whether a lease that says nothing keeps doing so: it was made by a run
// that did not live to say whose it is. One that is only slow finds its lease gone.
func (l *sftpLease) silent() bool {
	time.Sleep(lastWords)
	nonce, _, _, err := l.read(tree.LeaseName)
	return err == nil && nonce == ""
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

// alone makes sure, now that the lease is there to be seen, that it is this run's, that
// no run on the server itself is at work, and that none was since the index was read.
func (l *sftpLease) alone() error {
	nonce, text, _, err := l.read(tree.LeaseName)
	if err == nil && nonce != l.nonce || tree.IsNotExist(err) {
		return busy(text) // this run was so slow that another one took it for dead
	}
	if err != nil {
		return fault("lock", tree.LeaseName, err)
	}
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
