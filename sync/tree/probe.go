package tree

import (
	"cmp"
	"errors"
	"io/fs"
	"sync"

	"latus/index"
)

// Hinter is a Tree whose system says what trying cannot show: that renames don't
// replace in one step (NoReplace), that inode numbers stay with their files over
// a mount (StableInodes), that a second is shown whole (Whole). Without it Probe assumes the worst.
type Hinter interface {
	Hint() Traits // as far as the calls made so far have shown
}

// Staging is the folder in the private one where content is made ready.
const Staging = "staging"

// probeName is where Probe tries things, in Staging.
const probeName = "probe"

// Probe finds out what the filesystem under t can do by doing it, in a directory
// of its own in .latus/staging (which must exist). It leaves nothing behind. An
// error means that the tree cannot be written to, not that something is missing.
func Probe(t Tree) (found Traits, err error) {
	staging, err := t.Open(index.Path(index.Private).Join(Staging))
	if err != nil {
		return Traits{}, err
	}
	defer staging.Close()
	if err := clearProbe(staging); err != nil { // of a probe that was killed
		return Traits{}, err
	}
	if err := staging.Mkdir(probeName, 0o700); err != nil {
		return Traits{}, err
	}
	defer func() { err = errors.Join(err, clearProbe(staging)) }()
	dir, err := staging.OpenDir(probeName)
	if err != nil {
		return Traits{}, err
	}
	defer dir.Close()
	p := &probe{tree: t, dir: dir}
	return p.run()
}

// clearProbe removes what Probe makes.
func clearProbe(staging Dir) error {
	dir, err := staging.OpenDir(probeName)
	if IsNotExist(err) {
		return nil
	}
	if err != nil {
		return err
	}
	defer dir.Close()
	names, err := dir.List()
	if err != nil {
		return err
	}
	for _, name := range names {
		if rerr := dir.Remove(name); !IsNotExist(rerr) {
			err = errors.Join(err, rerr)
		}
	}
	return errors.Join(err, staging.Rmdir(probeName))
}

// probe is one run of trying things. Each try says no when anything fails, but
// for failures that say nothing about the filesystem.
type probe struct {
	tree Tree
	dir  Dir

	mu  sync.Mutex // guards err: to a distant tree tries are made at the same time
	err error
}

func (p *probe) run() (Traits, error) {
	var t Traits
	var keeps bool
	Together(p.tree,
		func() { t.Clock = p.clock() },
		func() { t.ModeBits = p.modeBits() },
		func() { t.FoldsCase = p.sameName("latus case", "LATUS CASE") },
		func() { t.Normalizes = p.sameName("latus \u00e9", "latus e\u0301") },
		func() {
			t.Links = p.links()
			t.LinkTimes = t.Links && p.linkTimes()
		},
		func() { t.HardLinks = p.hardLinks() },
		func() { t.Reflink = p.reflink() },
		func() { t.Exchange = p.exchange() },
		func() { t.DOSNames = p.dosNames() },
		func() { t.UTF8Names = p.utf8Names() },
		func() { keeps, t.BirthTimes = p.rename() },
	)
	if h, ok := p.tree.(Hinter); ok {
		hint := h.Hint() // after the rename, which may have shown something
		t.NoReplace, t.Whole = hint.NoReplace, hint.Whole
		t.StableInodes = hint.StableInodes && keeps
	}
	t.SyncAll = p.can(p.tree.Sync)
	return t, p.err
}

// ok tells whether a try went well. Errors that do not say "not here" are kept:
// what Probe found is then worth nothing.
func (p *probe) ok(err error) bool {
	for _, no := range []error{ErrUnsupported, ErrBadName, fs.ErrInvalid, fs.ErrPermission, fs.ErrNotExist, fs.ErrExist} {
		if errors.Is(err, no) {
			return false
		}
	}
	return p.must(err)
}

// holds tells whether a file of an odd name can be made. Filesystems have all
// kinds of answers to that, so an error that comes twice is a no.
func (p *probe) holds(name string) bool {
	f, err := p.dir.Create(name, 0o600)
	if err != nil {
		f, err = p.dir.Create(name, 0o600)
	}
	for _, fatal := range []error{ErrNoSpace, ErrReadOnly, ErrStopped} {
		if errors.Is(err, fatal) {
			return p.ok(err)
		}
	}
	return err == nil && p.ok(f.Close())
}

// make creates a file with some content. That must work on any filesystem.
func (p *probe) make(name, content string) {
	f, err := p.dir.Create(name, 0o600)
	if err == nil {
		_, err = f.Write([]byte(content))
		err = errors.Join(err, f.Close())
	}
	p.must(err)
}

// can tells whether the filesystem does something that not all do. A no that is
// not said again was none.
func (p *probe) can(do func() error) bool {
	err := do()
	if err != nil {
		err = do()
	}
	return p.ok(err)
}

// must notes an error of what works on any filesystem with what is there. It
// says nothing about this one.
func (p *probe) must(err error) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.err = cmp.Or(p.err, err)
	return err == nil
}

// stat looks at what was made.
func (p *probe) stat(name string) (Info, bool) {
	info, err := p.dir.Stat(name)
	if IsNotExist(err) {
		return info, false
	}
	return info, p.must(err)
}

func (p *probe) remove(names ...string) {
	for _, name := range names {
		if err := p.dir.Remove(name); !IsNotExist(err) {
			p.ok(err)
		}
	}
}
