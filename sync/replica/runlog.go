package replica

import (
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"time"

	"latus/index/mergelog"
	"latus/sync/peer"
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

// logStart logs that run begins. What recovery may have to add belongs to it, so that is
// written before anything is changed.
func (r *Replica) logStart(log *mergelog.Log, run, command string) error {
	r.last = &mergelog.Run{Start: r.runStart(run, command)}
	log.Start(r.last.Start)
	if err := log.Flush(false); err != nil {
		return fmt.Errorf("%s: cannot write the log: %w", r.o.Spec, err)
	}
	return nil
}

// logEnd logs how the run that logStart began has ended: with out, and failed, unless that is
// nil.
func (r *Replica) logEnd(ctx context.Context, log *mergelog.Log, out *peer.Outcome, failed error) {
	problems := r.left + len(out.Problems)
	saved := maps.Clone(out.Saved)
	if r.shrunk != nil {
		if n := r.shrunk(); n > 0 {
			if saved == nil {
				saved = map[string]int64{}
			}
			saved["compression"] = n
		}
	}
	files, _, links, bytes := r.x.Shown()
	if n := r.narrowed; n != nil {
		files, bytes = files+int(n.moreFiles), bytes+n.moreBytes
	}
	r.last.End = &mergelog.End{
		Run: out.Run, Time: r.now(), Changes: out.Changes, Conflicts: len(r.plan.Conflicts),
		Problems: problems, Bytes: out.Bytes, Saved: saved, Exit: exitOf(ctx, failed, problems),
		Files: int64(files + links), Size: bytes,
	}
	log.End(*r.last.End)
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
