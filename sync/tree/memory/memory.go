// Package memory has a tree in memory: the same contract as one on disk, with the
// filesystem's abilities, its clock and its failures in a test's hands. It stands in for a
// tree that is not there, too, where a run only looks.
package memory

import (
	"errors"
	"slices"
	"sync"

	"latus/index"
	"latus/sync/tree"
)

// Tree is a tree in memory. It is deterministic as long as its callers are.
//
// A test sees three hands on one tree: the Tree under test, whose calls are
// counted, told to the hook and stopped; User, the same tree as its owner
// works on it; and Restart or PowerLoss, after which handles from before are
// dead.
type Tree struct {
	sys  *system
	name string
	hook func(Call) error // nil: none

	mu      sync.Mutex
	traits  tree.Traits
	epoch   int
	stopped bool
	changes int
	stopAt  int // 0: never
}

// Call is one operation on a Tree, told to the hook before it happens.
type Call struct {
	Op     string     // the method in lower case; Dir.Read and Dir.Write are "open", Open and OpenDir "opendir"
	Dir    index.Path // of the directory it works in, by its present path
	Name   string     // "" for the directory or the tree itself
	Change int        // numbers the calls that change or sync something, from 1; 0 for the others
}

// Option configures a Tree.
type Option func(*Tree)

// WithTraits sets what the filesystem can do. Default: Capable.
func WithTraits(t tree.Traits) Option { return func(m *Tree) { m.sys.can = t } }

// WithClock sets the filesystem's clock, in nanoseconds since 1970. Default: one
// that begins in 2026 and moves by about a millisecond with every change.
func WithClock(now func() int64) Option { return func(m *Tree) { m.sys.clock = now } }

// WithHook sets a function that is called before every operation. The operation
// fails with what it returns; ErrStopped stops the world. It may work on the
// tree through User.
func WithHook(hook func(Call) error) Option { return func(m *Tree) { m.hook = hook } }

// WithName tells trees apart in messages: Where is "memory:" and the name.
func WithName(name string) Option { return func(m *Tree) { m.name = name } }

// WithModes makes the owner's permission bits count, as for a user who is not
// root.
func WithModes() Option { return func(m *Tree) { m.sys.modes = true } }

// self owns what is made in a Tree: root.
var self = index.NewIDs(0, 0)

// WithOwners has a filesystem remember who owns things. nil: it does not.
func WithOwners(o *tree.Owners) Option { return func(m *Tree) { m.sys.owns = o } }

// WithAttrs has a filesystem keep extended attributes.
func WithAttrs() Option { return func(m *Tree) { m.sys.attrs = true } }

// KeepsAttrs tells what Disk's would.
func (m *Tree) KeepsAttrs() bool { return m.sys.attrs }

// Owners tells what Disk's would.
func (m *Tree) Owners() *tree.Owners { return m.sys.owns }

// shown is a look as callers are told it.
func (m *Tree) shown(n *node) tree.Info {
	i := n.info()
	if !m.Traits().Owners {
		i.Owner = index.IDs{}
	}
	return i
}

// Capable is a filesystem that can do everything latus knows to use.
func Capable() tree.Traits {
	return tree.Traits{
		Clock: 1, ModeBits: 0o7777, Links: true, HardLinks: true, LinkTimes: true, StableInodes: true,
		BirthTimes: true, Reflink: true, Exchange: true, NoReplace: true, SyncAll: true,
	}
}

// New makes an empty tree. Its Traits are those it was made with, as if
// Probe had been here.
func New(options ...Option) *Tree {
	m := &Tree{sys: newSystem()}
	for _, o := range options {
		o(m)
	}
	m.sys.can.Clock = max(m.sys.can.Clock, 1)
	m.sys.root = m.sys.newNode(index.Dir, 0o755, 1)
	m.sys.root.links = 1
	m.sys.saveAll()
	m.traits = m.sys.can
	return m
}

// User is the same tree without hook, count or stop: the hands of a user who
// works on it meanwhile, and the eyes of the test.
func (m *Tree) User() *Tree { return &Tree{sys: m.sys, name: m.name, traits: m.sys.can} }

// SetSpace limits what all files can still grow by, in bytes. Negative: no limit.
func (m *Tree) SetSpace(bytes int64) {
	m.sys.mu.Lock()
	defer m.sys.mu.Unlock()
	m.sys.limited, m.sys.space = bytes >= 0, bytes
}

// Stop fails every later call with ErrStopped, as a kill would. The tree stays
// as it is; see Restart. Calls that other goroutines have begun may still happen.
func (m *Tree) Stop() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.stopped = true
}

// StopAt stops the world at the n-th changing call counted by Changes, before it
// happens. 0: never.
func (m *Tree) StopAt(n int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.stopAt = n
}

// Changes counts the calls so far that changed or synced something, or tried.
func (m *Tree) Changes() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.changes
}

// Restart is the machine after a kill: the tree as it was left, every handle and
// lock gone, nothing stopped, Changes and StopAt back at 0.
func (m *Tree) Restart() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.epoch++
	m.stopped, m.changes, m.stopAt = false, 0, 0
	m.sys.restart()
}

// Clone copies the tree as it is now, with what is not synced yet, for a test
// that goes on from here more than once. The copy has no hook.
func (m *Tree) Clone(options ...Option) *Tree {
	c := &Tree{sys: m.sys.clone(), name: m.name, traits: m.Traits()}
	for _, o := range options {
		o(c)
	}
	return c
}

// Traits tells what Disk's would.
func (m *Tree) Traits() tree.Traits {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.traits
}

// SetTraits sets what Probe found. It changes nothing about the filesystem.
func (m *Tree) SetTraits(t tree.Traits) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.traits = t
}

// Hint tells what a system would.
func (m *Tree) Hint() tree.Traits {
	return tree.Traits{NoReplace: m.sys.can.NoReplace, StableInodes: m.sys.can.StableInodes}
}

// Where is "memory:" and the name.
func (m *Tree) Where() string { return "memory:" + m.name }

// Close does nothing.
func (m *Tree) Close() error { return nil }

// Open holds the directory at dir.
func (m *Tree) Open(dir index.Path) (tree.Dir, error) {
	if !tree.ValidPath(dir) {
		return nil, tree.Fault("open", string(dir), tree.ErrBadName)
	}
	held := &heldDir{m: m, epoch: m.current(), n: m.sys.root}
	if err := m.enter("opendir", held, ""); err != nil {
		return nil, err
	}
	defer m.sys.mu.Unlock()
	n, err := m.sys.find(dir)
	if err != nil {
		return nil, tree.Fault("open", string(dir), err)
	}
	held.n = n
	return held, nil
}

// Sync makes everything durable.
func (m *Tree) Sync() error {
	if err := m.enter("sync", &heldDir{m: m, epoch: m.current(), n: m.sys.root}, ""); err != nil {
		return err
	}
	defer m.sys.mu.Unlock()
	if !m.sys.can.SyncAll {
		return tree.Fault("sync", m.Where(), tree.ErrUnsupported)
	}
	m.sys.saveAll()
	return nil
}

// TryLock locks the tree against other Trees of the same filesystem.
func (m *Tree) TryLock(create bool) (release func() error, err error) {
	dir, err := m.Open(index.Private)
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	if ready, err := tree.ReadyLock(dir, create); !ready || err != nil {
		return func() error { return nil }, err
	}
	unlock := m.sys.lock()
	if unlock == nil {
		return nil, tree.Fault("lock", tree.LockName, tree.ErrBusy)
	}
	return unlock, nil
}

func (m *Tree) current() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.epoch
}

// changing are the operations that Call.Change numbers.
var changing = []string{
	"create", "mkdir", "symlink", "link", "remove", "rmdir", "rename", "replace", "exchange",
	"chmod", "chtime", "setattrs", "clone", "write", "truncate", "sync",
}

// enter begins an operation: it counts it, tells the hook, and locks the
// filesystem, unless it returns an error.
func (m *Tree) enter(op string, d *heldDir, name string) error {
	call := Call{Op: op, Name: name}
	m.mu.Lock()
	if slices.Contains(changing, op) {
		m.changes++
		call.Change = m.changes
	}
	if m.stopAt > 0 && call.Change >= m.stopAt {
		m.stopped = true
	}
	stopped := m.stopped || d.epoch != m.epoch
	m.mu.Unlock()
	if stopped {
		return tree.Fault(op, name, tree.ErrStopped)
	}
	if m.hook != nil {
		call.Dir = m.sys.pathOf(d.n)
		if err := m.hook(call); err != nil {
			if errors.Is(err, tree.ErrStopped) {
				m.Stop()
			}
			return tree.Fault(op, name, err)
		}
	}
	m.sys.mu.Lock()
	return nil
}
