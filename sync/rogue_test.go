package sync_test

import (
	"fmt"
	"io/fs"
	"math/rand/v2"
	"runtime"
	"strings"
	"sync"
	"testing"

	"latus/index"
	"latus/sync/tree"
	"latus/sync/tree/memory"
)

// rogueTree is a tree that breaks a rule: what the engine believes it has done was
// not done, or was done in another way. See TestRulesBrokenOnPurpose.
type rogueTree struct {
	*memory.Tree
	broken rules

	mu   sync.Mutex
	seen map[string]tree.Info // first looks of a run, for blind
}

// rules that can be broken.
type rules struct {
	contentUnsynced bool // files and the tree are not synced, but for latus's own lists: the index leads the disk
	indexUnsynced   bool // and the other way round: what is about to be done is not durable
	namesUnsynced   bool // directories are not synced
	unlinks         bool // what goes to the trash is unlinked
	swapUnlinks     bool // what is exchanged is replaced
	replaces        bool // what is created replaces
	blind           bool // what a user writes into a file is not seen after the first look at it
	absent          bool // what cannot be looked at is not there

	clamps bool // no rule: mtimes before oldest are shown as that
}

func (r *rogueTree) Open(p index.Path) (tree.Dir, error) {
	d, err := r.Tree.Open(p)
	if err != nil {
		return nil, err
	}
	return &rogueDir{d, r, p}, nil
}

// TryLock begins a run.
func (r *rogueTree) TryLock(create bool) (func() error, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.seen = map[string]tree.Info{}
	return r.Tree.TryLock(create)
}

func (r *rogueTree) Sync() error {
	if r.broken.contentUnsynced {
		return nil
	}
	return r.Tree.Sync()
}

type rogueDir struct {
	tree.Dir
	t    *rogueTree
	path index.Path
}

// own is the directory underneath.
func own(d tree.Dir) tree.Dir {
	if r, ok := d.(*rogueDir); ok {
		return r.Dir
	}
	return d
}

func (d *rogueDir) OpenDir(name string) (tree.Dir, error) {
	o, err := d.Dir.OpenDir(name)
	if err != nil {
		return nil, err
	}
	return &rogueDir{o, d.t, d.path.Join(name)}, nil
}

// oldest is the first mtime that a tree with clamps shows: of 1980, as on FAT.
const oldest = 315532800_000000000

func (d *rogueDir) Chtime(name string, mtime int64) error {
	if d.t.broken.clamps {
		mtime = max(mtime, oldest)
	}
	return d.Dir.Chtime(name, mtime)
}

func (d *rogueDir) private() bool { return d.path == index.Private || d.path.Under(index.Private) }

func (d *rogueDir) List() ([]string, error) {
	names, err := d.Dir.List()
	if err != nil || !d.t.broken.absent || d.private() {
		return names, err
	}
	kept := names[:0]
	for _, name := range names {
		if _, err := d.Dir.Stat(name); err == nil {
			kept = append(kept, name)
		}
	}
	return kept, nil
}

func (d *rogueDir) Stat(name string) (tree.Info, error) {
	key := string(d.path) + "/" + name
	d.t.mu.Lock()
	defer d.t.mu.Unlock()
	i, err := d.Dir.Stat(name)
	if err == nil && i.Kind == index.File && d.t.broken.blind && !d.private() {
		// latus itself changes no file in place.
		if was, ok := d.t.seen[key]; ok && was.Inode == i.Inode && was.Size != i.Size {
			return was, nil
		}
		d.t.seen[key] = i
	}
	if err != nil && d.t.broken.absent && !d.private() {
		return i, errNotThere
	}
	return i, err
}

var errNotThere error = &fs.PathError{Op: "stat", Err: fs.ErrNotExist}

func (d *rogueDir) file(f tree.File, err error, name string) (tree.File, error) {
	if err != nil {
		return nil, err
	}
	return &rogueFile{f, d, name}, nil
}

func (d *rogueDir) Read(name string) (tree.File, error) {
	f, err := d.Dir.Read(name)
	return d.file(f, err, name)
}

func (d *rogueDir) Write(name string) (tree.File, error) {
	f, err := d.Dir.Write(name)
	return d.file(f, err, name)
}

func (d *rogueDir) Create(name string, mode uint32) (tree.File, error) {
	f, err := d.Dir.Create(name, mode)
	return d.file(f, err, name)
}

func (d *rogueDir) Clone(from tree.File, name string, mode uint32) (tree.File, error) {
	if r, ok := from.(*rogueFile); ok {
		from = r.File
	}
	f, err := d.Dir.Clone(from, name, mode)
	return d.file(f, err, name)
}

func (d *rogueDir) Hardlink(from tree.Dir, fromName, name string) error {
	return d.Dir.Hardlink(own(from), fromName, name)
}

func (d *rogueDir) Rename(name string, to tree.Dir, toName string) error {
	o, ok := to.(*rogueDir)
	switch {
	case ok && d.t.broken.unlinks && o.path.Under(index.Private+"/trash"):
		return d.Dir.Remove(name)
	case ok && d.t.broken.replaces && !o.private():
		return d.Dir.Replace(name, own(to), toName)
	}
	return d.Dir.Rename(name, own(to), toName)
}

func (d *rogueDir) Replace(name string, to tree.Dir, toName string) error {
	return d.Dir.Replace(name, own(to), toName)
}

func (d *rogueDir) Exchange(name string, with tree.Dir, withName string) error {
	if !d.t.broken.swapUnlinks {
		return d.Dir.Exchange(name, own(with), withName)
	}
	if err := d.Dir.Replace(name, own(with), withName); err != nil {
		return err
	}
	// Something has to come out.
	f, err := d.Dir.Create(name, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

func (d *rogueDir) Sync() error {
	if d.t.broken.namesUnsynced || d.t.broken.contentUnsynced && !d.private() {
		return nil
	}
	return d.Dir.Sync()
}

type rogueFile struct {
	tree.File
	d    *rogueDir
	name string
}

func (f *rogueFile) Sync() error {
	list := strings.Contains(f.name, ".jsonl") || strings.HasPrefix(f.name, "config")
	if f.d.t.broken.contentUnsynced && !list || f.d.t.broken.indexUnsynced && list {
		return nil
	}
	return f.File.Sync()
}

// TestRulesBrokenOnPurpose breaks the rules that keep bytes, one by one, below an
// engine that keeps them, and holds that the tests for them notice.
func TestRulesBrokenOnPurpose(t *testing.T) {
	if testing.Short() {
		t.Skip("takes many tries")
	}
	tests := map[string]func(testing.TB, *scene, *rand.Rand){
		"TestStoppedAtEveryCall": func(t testing.TB, c *scene, r *rand.Rand) { c.stop(t, r, false) },
		"TestPowerLostAnywhere":  func(t testing.TB, c *scene, r *rand.Rand) { c.stop(t, r, true) },
		"TestMeddledWith":        func(t testing.TB, c *scene, r *rand.Rand) { c.meddle(t, r.Uint64()) },
		"TestFailingAtAnyCall":   func(t testing.TB, c *scene, r *rand.Rand) { c.fail(t, r.IntN(2), 1+r.IntN(60), errIO, false) },
		"TestSavedMeanwhile":     func(t testing.TB, c *scene, _ *rand.Rand) { c.saveMeanwhile(t) },
		"": func(t testing.TB, c *scene, _ *rand.Rand) {
			w, _ := c.again()
			w.t = t
			w.run(c)
			w.whole(c)
		},
	}
	for _, m := range []struct {
		rule   string
		scene  string
		broken rules
		forget bool   // what was about to be done is forgotten by a stop
		by     string // the test that notices; "": every run does
	}{
		{"content is durable before the index tells of it", "two-way", rules{contentUnsynced: true}, false, "TestPowerLostAnywhere"},
		{"what is about to be done is durable first", "two-way", rules{indexUnsynced: true}, false, "TestPowerLostAnywhere"},
		{"directories are synced where the tree cannot be", "no exchange", rules{namesUnsynced: true}, false, "TestPowerLostAnywhere"},
		{"what goes is moved to the trash", "two-way", rules{unlinks: true}, false, ""},
		{"what is exchanged is kept", "two-way", rules{swapUnlinks: true}, false, ""},
		{"what is created replaces nothing", "two-way", rules{replaces: true}, false, "TestMeddledWith"},
		{"the target is looked at again", "two-way", rules{blind: true}, false, "TestSavedMeanwhile"},
		{"an error is no deletion", "two-way", rules{absent: true}, false, "TestFailingAtAnyCall"},
		{"what was about to be done is remembered", "two-way", rules{}, true, "TestStoppedAtEveryCall"},
		{"nor is it in steps", "no exchange", rules{}, true, "TestStoppedAtEveryCall"},
	} {
		t.Run(m.rule, func(t *testing.T) {
			c := scenes()[m.scene](t)
			c.broken, c.forget = m.broken, m.forget
			r := rand.New(rand.NewPCG(1, 77))
			if said := caught(t, func(t testing.TB) { tests[""](t, c, r) }); said != "" && m.by != "" {
				t.Fatalf("it is broken even undisturbed: %s", said)
			}
			var tries int
			for tries = 1; tries <= 600; tries++ {
				if said := caught(t, func(t testing.TB) { tests[m.by](t, c, r) }); said != "" {
					t.Logf("caught by %s at try %d: %.150s", m.by, tries, said)
					return
				}
			}
			t.Fatalf("nobody noticed, in %d tries", tries-1)
		})
	}
}

// catcher is a test that is expected to fail.
type catcher struct {
	testing.TB
	said string
}

func (c *catcher) Helper()             {}
func (c *catcher) Logf(string, ...any) {}
func (c *catcher) Failed() bool        { return c.said != "" }
func (c *catcher) Fatal(args ...any)   { c.fail(fmt.Sprint(args...)) }
func (c *catcher) Fatalf(format string, args ...any) {
	c.fail(fmt.Sprintf(format, args...))
}

func (c *catcher) fail(said string) {
	c.said = said
	runtime.Goexit()
}

// caught runs a test and returns how it failed; "" if it did not.
func caught(t testing.TB, test func(testing.TB)) string {
	c := &catcher{TB: t}
	over := make(chan struct{})
	go func() {
		defer close(over)
		test(c)
	}()
	<-over
	return c.said
}
