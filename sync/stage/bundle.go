package stage

import (
	"strings"
	"sync"

	"latus/index"
	"latus/sync/tree"
)

// Bundle is a new directory in staging with small files right inside it, which are to get
// their place together. It is made when the first of them is written.
type Bundle struct {
	name  string // in staging
	meta  Meta
	files int // that belong to it

	mu    sync.Mutex
	stage *Stage // the directory in staging, while it is open
	in    int    // files that were written to it
	full  bool   // all were, and it is not open any more
	made  Staged // the same
	flat  bool   // it cannot be made, or something in it is not known to be whole
}

// maxHeld bounds the bundles held open.
const maxHeld = 64

// NewBundle makes a bundle with so many files that has the given name in staging. Nothing is
// on disk yet. A Sink writes to it what has an Order that names it.
func NewBundle(name string, m Meta, files int) *Bundle {
	return &Bundle{name: name, meta: m, files: files}
}

// stageSmall stages a file whose content is in memory, in its bundle if it has one.
func (s *Sink) stageSmall(in *incoming, content []byte, h index.Hash) (Staged, error) {
	b := in.bundle
	if b == nil {
		return s.stage.writeSmall(in.out.Name, content, h, in.meta)
	}
	within := b.within(s.stage)
	if within == nil {
		return s.stage.writeSmall(in.out.Name, content, h, in.meta)
	}
	out, err := within.writeSmall(in.want.Path.Base(), content, h, in.meta)
	out.Name = b.name + "/" + out.Name
	b.wrote(err)
	if tree.IsExist(err) { // two names are one here: which of them comes first is seen when they get their places
		return s.stage.writeSmall(in.out.Name, content, h, in.meta)
	}
	return out, err
}

// within is the directory in staging, or nil if there is none.
func (b *Bundle) within(s *Stage) *Stage {
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
	if made, err := s.Folder(b.name, b.meta); err == nil {
		if d, err := s.dir.OpenDir(b.name); err == nil {
			b.made, b.stage, b.flat = made, &Stage{dir: d, fresh: true, common: s.common}, false
			return b.stage
		}
	}
	s.bundles.Add(-1)
	return nil
}

// wrote counts a file that was written. After the last one nobody needs the directory open,
// however long it waits for its turn. After an error the files go each by itself: what
// could not be written may have left something behind.
func (b *Bundle) wrote(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.flat = b.flat || err != nil
	if b.in++; b.in == b.files && b.stage != nil {
		b.full = true
		b.release()
	}
}

// Close lets go of the directory, and tells whether it may be moved as a whole: if not, each
// file that was staged in it goes by itself. Call it when no more of its files are on their
// way, or none are wanted. It may be called again.
func (b *Bundle) Close() (made Staged, whole bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.stage == nil && !b.full {
		return Staged{}, false
	}
	b.release()
	return b.made, !b.flat
}

// release closes the directory. b.mu is held.
func (b *Bundle) release() {
	if b.stage == nil {
		return
	}
	b.stage.bundles.Add(-1)
	if b.stage.dir.Close() != nil {
		b.flat = true
	}
	b.stage = nil
}

// Bundled tells whether it lies in a bundle, and comes to its place with it.
func (s Staged) Bundled() bool { return strings.Contains(s.Name, "/") }

// hold opens what a name in staging lies in.
func (s *Stage) hold(name string) (dir tree.Dir, base string, release func(), err error) {
	folder, base, in := strings.Cut(name, "/")
	if !in {
		return s.dir, name, func() {}, nil
	}
	dir, err = s.dir.OpenDir(folder)
	return dir, base, func() { dir.Close() }, err
}

// Rename is Dir.Rename of a staged version, wherever in staging it lies.
func (s *Stage) Rename(name string, to tree.Dir, toName string) error {
	dir, base, release, err := s.hold(name)
	if err != nil {
		return err
	}
	defer release()
	return dir.Rename(base, to, toName)
}
