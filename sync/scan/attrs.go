package scan

import (
	"errors"
	"fmt"
	"time"

	"latus/index"
	"latus/sync/reason"
	"latus/sync/tree"
)

// racyTime is how long a change may show the same change time as the one before, with
// clocks of network filesystems that are a little behind.
const racyTime = 2 * time.Second

// attributes looks at the extended attributes of name, or of l itself if that is "", where
// they may be others than was remembers. It notes in is what is known of them, and
// returns them if it looked. Where that may not show the next change, is has no ctime.
// Those that are too large stay where they are; any other error says that nothing is
// known of the path: another tree's would take the place of what nobody has seen.
func (w *worker) attributes(l *listing, name string, was index.Witness, is *index.Witness) (index.Attrs, error) {
	if !w.attrs || is.Kind != index.File && is.Kind != index.Dir {
		return "", nil
	}
	if is.Ctime > w.racy {
		is.Ctime = 0
	}
	if was.Kind == is.Kind && was.Attrs.Known() && was.Ctime != 0 && was.Ctime == is.Ctime {
		is.Attrs = was.Attrs
		return "", nil
	}
	attrs, err := l.dir.Attrs(name)
	if err != nil {
		err = fmt.Errorf("its extended attributes cannot be read: %w", unnamed(err))
		if !errors.Is(err, index.ErrManyAttrs) {
			return "", err
		}
		w.saw.Bare = append(w.saw.Bare, Problem{Path: l.at(name), Reason: reason.Of(err)})
		return "", nil
	}
	is.Attrs = attrs.Sum()
	return attrs, nil
}

// with is the witness of a later look at the same file, with what is known of its
// extended attributes.
func (w *walk) with(i tree.Info, is index.Witness) index.Witness {
	n := w.witness(i)
	n.Attrs = is.Attrs
	if is.Ctime == 0 {
		n.Ctime = 0
	}
	return n
}

// seen notes the ctime of what is as it was. That of attributes that are known stays
// theirs: where nobody has looked again they may be others by now.
func (w *walk) seen(c *index.Child, was index.Witness, ctime int64) {
	switch {
	case was.Ctime == ctime:
	case was.Attrs.Known():
		w.index.Seen(c, 0)
	default:
		w.index.Seen(c, ctime)
	}
}
