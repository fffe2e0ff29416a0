package stage

import (
	"errors"
	"fmt"
	"io/fs"

	"latus/index"
	"latus/sync/tree"
)

// Meta is what a version gets besides its content.
type Meta struct {
	Mode  uint32
	Mtime int64       // nanoseconds since 1970 UTC
	Owner index.IDs   // parts that are 0 stay
	Attrs index.Attrs // "": what is there is left alone
}

// HasAttrs tells whether something new needs to be given extended attributes.
func (m Meta) HasAttrs() bool { return m.Attrs != "" && m.Attrs != index.NoAttrs }

// SetAttrs gives name, in any directory, the extended attributes a, and returns what a
// witness remembers of them. That it can't is no reason to do without the rest. Where i, how
// name looks, does not let its owner in, it does afterwards.
func (s *Stage) SetAttrs(dir tree.Dir, name string, i *tree.Info, a index.Attrs) (index.Sum, error) {
	const open = 0o600
	err := dir.SetAttrs(name, a)
	if errors.Is(err, fs.ErrPermission) && i != nil && i.Mode&open != open && s.traits.ModeBits&open == open {
		if dir.Chmod(name, i.Mode|open) == nil {
			i.Mode |= open
			err = dir.SetAttrs(name, a)
		}
	}
	if err != nil {
		return 0, fmt.Errorf("its extended attributes cannot be set: %w", err)
	}
	return a.Sum(), nil
}

// Chown gives name, in any directory, to o, if that is anybody, and tells whether it was
// somebody else's.
func (s *Stage) Chown(dir tree.Dir, name string, o index.IDs) (given bool, err error) {
	if o == (index.IDs{}) {
		return false, nil
	}
	i, err := dir.Stat(name)
	if err != nil || o.Or(i.Owner) == i.Owner {
		return false, err
	}
	return true, dir.Chown(name, o)
}

// Over is a mode for what looks like i by now: bits that are none of ours stay as they are.
func (s *Stage) Over(i tree.Info, mode, usual uint32) uint32 {
	return s.Plain(mode, usual) | i.Mode&^s.traits.ModeBits&0o7000
}

// Plain fills in what a filesystem without permission bits shows anyway.
func (s *Stage) Plain(mode, usual uint32) uint32 {
	return mode&s.traits.ModeBits | usual&^s.traits.ModeBits
}

// Lasting is what of a witness still holds at the next mount: not the inode number
// where these are given out anew.
func (s *Stage) Lasting(w index.Witness) index.Witness {
	if !s.traits.StableInodes {
		w.Inode, w.Btime = 0, 0
	}
	if !s.traits.BirthTimes {
		w.Btime = 0
	}
	w.Mode = s.traits.Bits(w.Mode)
	return w
}
