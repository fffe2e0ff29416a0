package tree

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"latus/index"
)

// A run whose lock others may not see says so in a lease: a kernel's lock means
// nothing to who works over SFTP, and the other way around. A run of this
// machine has its lease in LockName, one over SFTP in LeaseName. Each side writes its own and
// then looks for the other's, so one of two that come together sees the other.
// A lease that is alive is renewed; one that was not for LeaseLife, by the clock
// that stamps the files, is a killed run's.
const (
	LeaseName = "lease"
	LeaseLife = 60 * time.Second
	LeaseBeat = 10 * time.Second
)

// Leaser is a Tree that has a way of its own to say who holds it.
type Leaser interface {
	Lease(text string) error
}

// otherLease is an error if a run over SFTP holds the tree of the private folder d.
// now is the time of the clock that stamps its files.
func otherLease(d Dir, now time.Time) error {
	info, err := d.Stat(LeaseName)
	switch {
	case IsNotExist(err):
		return nil
	case err != nil:
		return err
	case info.Kind != index.File || now.Sub(time.Unix(0, info.Mtime)).Abs() > LeaseLife:
		return nil
	}
	return Fault("lock", LeaseName, fmt.Errorf("%w (%s)", ErrBusy, LeaseText(d)))
}

// LeaseText is what the lease of a run over SFTP says, for people: all lines but
// the first.
func LeaseText(d Dir) string {
	f, err := d.Read(LeaseName)
	if err != nil {
		return ""
	}
	defer f.Close()
	b, _ := io.ReadAll(io.LimitReader(f, maxLease))
	_, text, _ := strings.Cut(string(b), "\n")
	return strings.TrimSpace(text)
}

// pulse renews the lease in LockName until it is stopped.
type pulse struct {
	stop chan struct{}
	done sync.WaitGroup
}

func beat(d Dir) *pulse {
	p := &pulse{stop: make(chan struct{})}
	p.done.Go(func() {
		tick := time.NewTicker(LeaseBeat)
		defer tick.Stop()
		for {
			select {
			case <-p.stop:
				return
			case now := <-tick.C:
				_ = d.Chtime(LockName, now.UnixNano())
			}
		}
	})
	return p
}

func (p *pulse) end() {
	if p != nil {
		close(p.stop)
		p.done.Wait()
	}
}
