package site

import (
	"cmp"
	"time"

	"latus/sync/tree"
)

// clockFile has a known mtime, where the filesystem may keep local time: what is
// shown instead tells by how much this machine, or this season, reads it
// otherwise than the one that made the tree.
const clockFile = "clock"

var clockTime = time.Date(2001, 9, 9, 1, 46, 40, 0, time.UTC).UnixNano()

const (
	coarse   = int64(time.Second) // clocks finer than that keep UTC
	zoneStep = int64(15 * time.Minute)
	zoneMost = int64(26 * time.Hour) // from one end of the world to the other
)

// ReadClock finds out by how much mtimes are shifted on this mount. Where nothing
// tells, and with write, the file is made.
func (h *Home) ReadClock(t tree.Traits, write bool) (tree.Traits, error) {
	t.Shift = 0
	if t.Clock < coarse || t.Whole || h.Dir == nil {
		return t, nil
	}
	h.SetTraits(t)
	info, err := h.Dir.Stat(clockFile)
	if err != nil && !tree.IsNotExist(err) {
		return t, err
	}
	if err == nil {
		if shift, ok := zones(info.Mtime-clockTime, t.Clock); ok {
			t.Shift = shift
			return t, nil
		}
	}
	if !write {
		return t, nil
	}
	return t, h.makeClock()
}

// zones makes of a difference between two times the one between two time zones.
func zones(d, clock int64) (shift int64, ok bool) {
	steps := (max(d, -d) + zoneStep/2) / zoneStep
	shift = steps * zoneStep
	if d < 0 {
		shift = -shift
	}
	off := d - shift
	return shift, max(off, -off) < clock && max(shift, -shift) <= zoneMost
}

func (h *Home) makeClock() error {
	f, err := h.Dir.Write(clockFile)
	if tree.IsNotExist(err) {
		f, err = h.Dir.Create(clockFile, 0o600)
	}
	if err != nil {
		return err
	}
	return cmp.Or(f.Chtime(clockTime), f.Sync(), f.Close())
}
