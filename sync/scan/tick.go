package scan

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"time"

	"latus/index"
	"latus/sync/tree"
)

const (
	// finestTick is how coarsely kernels stamp mtimes even where a filesystem
	// could keep finer ones.
	finestTick = 10 * time.Millisecond
	maxWait    = 2 * time.Second
)

// clock is the time that mtimes are compared with.
type clock interface {
	Now() time.Time
	Sleep(ctx context.Context, d time.Duration)
}

type systemClock struct{}

func (systemClock) Now() time.Time { return time.Now() }

func (systemClock) Sleep(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// secondLook looks again at files that were written about when they were looked
// at: a later write within the same tick of the filesystem's clock would not show.
type secondLook struct {
	*worker
	r     *Result
	tick  int64
	shift int64 // from the mtimes here to the system's clock
	clock clock
	other []*Found // look other than at first
	dir   tree.Dir // the directory looked at last
	at    index.Path
}

// outlastTick waits until the last tick has passed, only where there are such files
// among the changed ones, and looks again; at what changed meanwhile once more.
func (w *walk) outlastTick(ctx context.Context, r *Result, start time.Time, c clock) error {
	s := secondLook{
		worker: &worker{walk: w},
		r:      r,
		tick:   max(w.traits.Clock, int64(finestTick)),
		shift:  w.traits.Shift,
		clock:  c,
	}
	defer s.letGo()
	fresh := s.fresh(start)
	wait := maxWait
	for range 2 {
		wait -= s.sleep(ctx, fresh, wait)
		var moving []*Found
		for _, f := range fresh {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if stands, err := s.stands(ctx, f); err != nil {
				s.problem(f.Path, nil, tree.Why(err), false)
			} else if !stands {
				moving = append(moving, f)
			}
		}
		fresh = moving
	}
	for _, f := range fresh {
		s.problem(f.Path, nil, tree.Why(errWriting), false)
	}
	r.Problems = append(r.Problems, s.saw.Problems...)
	s.dropUnchanged()
	return nil
}

// fresh picks what was written less than a tick before it was looked at.
func (s *secondLook) fresh(start time.Time) []*Found {
	var list []*Found
	earliest, now := start.UnixNano()-s.tick, s.clock.Now().UnixNano()
	for i := range s.r.Changed {
		f := &s.r.Changed[i]
		if k := f.Witness.Kind; k != index.File && k != index.Link {
			continue
		}
		if m := f.Witness.Mtime + s.shift; m > earliest && m <= now {
			list = append(list, f)
		}
	}
	return list
}

// sleep waits until every file's tick has passed, at most for so long.
func (s *secondLook) sleep(ctx context.Context, fresh []*Found, most time.Duration) time.Duration {
	if len(fresh) == 0 {
		return 0
	}
	var latest int64
	for _, f := range fresh {
		latest = max(latest, f.Witness.Mtime+s.shift)
	}
	d := min(time.Duration(latest+s.tick-s.clock.Now().UnixNano()), most)
	if d <= 0 {
		return 0
	}
	s.clock.Sleep(ctx, d)
	return d
}

// stands looks at f again and tells whether it looks the same, and has for a tick.
func (s *secondLook) stands(ctx context.Context, f *Found) (bool, error) {
	dir, err := s.hold(f.Path.Dir())
	if err != nil {
		return false, err
	}
	name := f.Path.Base()
	info, err := dir.Stat(name)
	if errors.Is(err, fs.ErrNotExist) {
		s.replace(f, index.Witness{})
		return true, nil
	}
	if err != nil {
		return false, err
	}
	if info.Kind != index.File && info.Kind != index.Link {
		return false, errWriting
	}
	sum := f.Hash
	if s.checksum && info.Kind == index.File {
		if sum, info, err = stable(ctx, dir, name, info); err != nil {
			return false, err
		}
	}
	now := s.with(info, f.Witness)
	if now != f.Witness {
		now.Attrs = 0 // the next scan looks
		s.replace(f, now)
		f.Hash = sum
		if now.Kind == index.Link {
			f.Target, err = dir.Readlink(name)
		}
		return false, err
	}
	f.Hash = sum
	clock := s.clock.Now().UnixNano()
	m := now.Mtime + s.shift
	return m+s.tick <= clock || m > clock, nil
}

// replace makes now what was found at f, in the counts too.
func (s *secondLook) replace(f *Found, now index.Witness) {
	s.r.Bytes += now.Size - f.Witness.Size
	if now.Kind == index.Absent {
		s.r.Files--
		if e := s.index.Get(f.Path); e != nil && (e.Witness.Kind == index.File || e.Witness.Kind == index.Link) {
			s.r.Lost++
		}
	}
	*f = Found{Path: f.Path, Witness: now}
	s.other = append(s.other, f)
}

// dropUnchanged drops what has become what the index has seen.
func (s *secondLook) dropUnchanged() {
	same := map[index.Path]bool{}
	for _, f := range s.other {
		var was index.Witness
		if e := s.index.Get(f.Path); e != nil {
			was = e.Witness
		}
		if !differs(was, f.Witness, s.traits) {
			same[f.Path] = true
		}
	}
	if len(same) > 0 {
		s.r.Changed = slices.DeleteFunc(s.r.Changed, func(f Found) bool { return same[f.Path] })
	}
}

// hold holds the directory at path, and lets go of the one before.
func (s *secondLook) hold(path index.Path) (tree.Dir, error) {
	if s.dir != nil && s.at == path {
		return s.dir, nil
	}
	s.letGo()
	dir, err := s.reopen(path)
	if err == nil {
		s.dir, s.at = dir, path
	}
	return dir, err
}

func (s *secondLook) letGo() {
	if s.dir != nil {
		s.dir.Close()
		s.dir = nil
	}
}
