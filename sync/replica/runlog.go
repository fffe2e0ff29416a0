package replica

import (
	"context"
	"encoding/hex"
	"io"
	"time"

	"latus/index/mergelog"
)

// beginLog opens the merge log for a run that is about to change this tree, and
// names it.
func (r *Replica) beginLog() (log *mergelog.Log, run string, err error) {
	if err := r.lease(); err != nil {
		return nil, "", err
	}
	return mergelog.Open(r.home.Store()), runName(r.o.Now(), r.o.Rand), nil
}

// runName names a run by its time, UTC, and four random digits.
func runName(now time.Time, from io.Reader) string {
	var b [2]byte
	if _, err := io.ReadFull(from, b[:]); err != nil {
		panic("no randomness: " + err.Error())
	}
	return now.UTC().Format("20060102-150405") + "-" + hex.EncodeToString(b[:])
}

// exitOf is how a run ended, for the log. What failed failed because of that, if somebody
// stopped it.
func exitOf(ctx context.Context, failed error, problems int) int {
	switch {
	case ctx.Err() != nil:
		return mergelog.ExitInterrupted
	case failed != nil:
		return mergelog.ExitFatal
	case problems > 0:
		return mergelog.ExitLeft
	}
	return mergelog.ExitOK
}

func (r *Replica) runStart(run, command string) mergelog.Start {
	s := mergelog.Start{Run: run, Time: r.now(), Command: command, Host: r.o.Host, Version: r.o.Version}
	if r.narrowed != nil {
		s.Of = r.narrowed.of
	}
	for _, o := range r.others {
		s.With = append(s.With, o.Name)
		s.Peers = append(s.Peers, o.Peer)
	}
	return s
}
