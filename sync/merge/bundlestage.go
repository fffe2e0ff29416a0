package merge

import (
	"strings"

	"latus/index"
	"latus/sync/tree"
)

// small stages a file whose content is in memory, in its bundle if it has one.
func (s *sink) small(in *incoming, content []byte, h index.Hash) (staged, error) {
	b := in.bundle
	if b == nil {
		return s.stage.small(in.out.name, content, h, in.meta)
	}
	within := b.within(s.stage)
	if within == nil {
		return s.stage.small(in.out.name, content, h, in.meta)
	}
	out, err := within.small(in.want.Path.Base(), content, h, in.meta)
	out.name = b.name + "/" + out.name
	b.wrote(err)
	if tree.IsExist(err) { // two names are one here: which of them comes first is seen when they get their places
		return s.stage.small(in.out.name, content, h, in.meta)
	}
	return out, err
}

// within is the directory in staging, or nil if there is none.
func (b *bundle) within(s *stage) *stage {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.stage != nil || b.flat {
		return b.stage
	}
	if b.full {
		b.flat = true // something comes twice
		return nil
	}
	b.flat = true
	if s.bundles.Add(1) > maxHeld {
		s.bundles.Add(-1)
		return nil // too many are open
	}
	if made, err := s.folder(b.name, b.meta); err == nil {
		if d, err := s.dir.OpenDir(b.name); err == nil {
			b.made, b.stage, b.flat = made, &stage{dir: d, fresh: true, common: s.common}, false
			return b.stage
		}
	}
	s.bundles.Add(-1)
	return nil
}

// wrote counts a file that was written. After the last one nobody needs the directory open,
// however long it waits for its turn. After an error the files go each by itself: what
// could not be written may have left something behind.
func (b *bundle) wrote(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.flat = b.flat || err != nil
	if b.in++; b.in == len(b.files) && b.stage != nil {
		b.full = true
		b.release()
	}
}

// close lets go of the directory, and tells whether it may be moved as a whole.
func (b *bundle) close() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.stage == nil && !b.full {
		return false
	}
	b.release()
	return !b.flat
}

// release closes the directory. b.mu is held.
func (b *bundle) release() {
	if b.stage == nil {
		return
	}
	b.stage.bundles.Add(-1)
	if b.stage.dir.Close() != nil {
		b.flat = true
	}
	b.stage = nil
}

// bundled tells whether a name in staging is one inside a bundle.
func bundled(name string) bool { return strings.Contains(name, "/") }

// hold opens what a name in staging lies in.
func (s *stage) hold(name string) (dir tree.Dir, base string, release func(), err error) {
	folder, base, in := strings.Cut(name, "/")
	if !in {
		return s.dir, name, func() {}, nil
	}
	dir, err = s.dir.OpenDir(folder)
	return dir, base, func() { dir.Close() }, err
}

// rename is Dir.Rename of a name in staging.
func (s *stage) rename(name string, to tree.Dir, toName string) error {
	dir, base, release, err := s.hold(name)
	if err != nil {
		return err
	}
	defer release()
	return dir.Rename(base, to, toName)
}
