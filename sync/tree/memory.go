package tree

import (
	"errors"
	"slices"
	"sync"

	"latus/index"
)

// ErrStopped is what every call on a Memory fails with after the world stopped.
var ErrStopped = errors.New("stopped")

// Memory is a tree in memory for tests: the same contract as Disk, with the
// filesystem's abilities, its clock and its failures in the test's hands. It is
// deterministic as long as its callers are.
//
// A test sees three hands on one tree: the Memory under test, whose calls are
// counted, told to the hook and stopped; User, the same tree as its owner
// works on it; and Restart or PowerLoss, after which handles from before are
// dead.
type Memory struct {
	sys  *memSystem
	name string
	hook func(Call) error // nil: none

	mu      sync.Mutex
	traits  Traits
	epoch   int
	stopped bool
	changes int
	stopAt  int // 0: never
}

// Call is one operation on a Memory, told to the hook before it happens.
type Call struct {
	Op     string     // the method in lower case; Dir.Read and Dir.Write are "open", Open and OpenDir "opendir"
	Dir    index.Path // of the directory it works in, by its present path
	Name   string     // "" for the directory or the tree itself
	Change int        // numbers the calls that change or sync something, from 1; 0 for the others
}

// MemoryOption configures a Memory.
type MemoryOption func(*Memory)

// WithTraits sets what the filesystem can do. Default: Capable.
func WithTraits(t Traits) MemoryOption { return func(m *Memory) { m.sys.can = t } }

// WithClock sets the filesystem's clock, in nanoseconds since 1970. Default: one
// that begins in 2026 and moves by about a millisecond with every change.
func WithClock(now func() int64) MemoryOption { return func(m *Memory) { m.sys.clock = now } }

// WithHook sets a function that is called before every operation. The operation
// fails with what it returns; ErrStopped stops the world. It may work on the
// tree through User.
func WithHook(hook func(Call) error) MemoryOption { return func(m *Memory) { m.hook = hook } }

// WithName tells trees apart in messages: Where is "memory:" and the name.
func WithName(name string) MemoryOption { return func(m *Memory) { m.name = name } }

// WithModes makes the owner's permission bits count, as for a user who is not
// root.
func WithModes() MemoryOption { return func(m *Memory) { m.sys.modes = true } }

// memSelf owns what is made in a Memory: root.
var memSelf = index.NewIDs(0, 0)

// WithOwners has a filesystem remember who owns things. nil: it does not.
func WithOwners(o *Owners) MemoryOption { return func(m *Memory) { m.sys.owns = o } }

// WithAttrs has a filesystem keep extended attributes.
func WithAttrs() MemoryOption { return func(m *Memory) { m.sys.attrs = true } }

// KeepsAttrs tells what Disk's would.
func (m *Memory) KeepsAttrs() bool { return m.sys.attrs }

// Owners tells what Disk's would.
func (m *Memory) Owners() *Owners { return m.sys.owns }

// shown is a look as callers are told it.
func (m *Memory) shown(n *node) Info {
	i := n.info()
	if !m.Traits().Owners {
		i.Owner = index.IDs{}
	}
	return i
}

// Capable is a filesystem that can do everything latus knows to use.
func Capable() Traits {
	return Traits{
		Clock: 1, ModeBits: 0o7777, Links: true, HardLinks: true, LinkTimes: true, StableInodes: true,
		BirthTimes: true, Reflink: true, Exchange: true, NoReplace: true, SyncAll: true,
	}
}

// NewMemory makes an empty tree. Its Traits are those it was made with, as if
// Probe had been here.
func NewMemory(options ...MemoryOption) *Memory {
	m := &Memory{sys: newMemSystem()}
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
func (m *Memory) User() *Memory { return &Memory{sys: m.sys, name: m.name, traits: m.sys.can} }

// SetSpace limits what all files can still grow by, in bytes. Negative: no limit.
func (m *Memory) SetSpace(bytes int64) {
	m.sys.mu.Lock()
	defer m.sys.mu.Unlock()
	m.sys.limited, m.sys.space = bytes >= 0, bytes
}

// Stop fails every later call with ErrStopped, as a kill would. The tree stays
// as it is; see Restart. Calls that other goroutines have begun may still happen.
func (m *Memory) Stop() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.stopped = true
}

// StopAt stops the world at the n-th changing call counted by Changes, before it
// happens. 0: never.
func (m *Memory) StopAt(n int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.stopAt = n
}

// Changes counts the calls so far that changed or synced something, or tried.
func (m *Memory) Changes() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.changes
}

// Restart is the machine after a kill: the tree as it was left, every handle and
// lock gone, nothing stopped, Changes and StopAt back at 0.
func (m *Memory) Restart() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.epoch++
	m.stopped, m.changes, m.stopAt = false, 0, 0
	m.sys.restart()
}

// Clone copies the tree as it is now, with what is not synced yet, for a test
// that goes on from here more than once. The copy has no hook.
func (m *Memory) Clone(options ...MemoryOption) *Memory {
	c := &Memory{sys: m.sys.clone(), name: m.name, traits: m.Traits()}
	for _, o := range options {
		o(c)
	}
	return c
}

// Traits tells what Disk's would.
func (m *Memory) Traits() Traits {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.traits
}

// SetTraits sets what Probe found. It changes nothing about the filesystem.
func (m *Memory) SetTraits(t Traits) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.traits = t
}

// Hint tells what a system would.
func (m *Memory) Hint() Traits {
	return Traits{NoReplace: m.sys.can.NoReplace, StableInodes: m.sys.can.StableInodes}
}

// Where is "memory:" and the name.
func (m *Memory) Where() string { return "memory:" + m.name }

// Close does nothing.
func (m *Memory) Close() error { return nil }

// Open holds the directory at dir.
func (m *Memory) Open(dir index.Path) (Dir, error) {
	if !validPath(dir) {
		return nil, fault("open", string(dir), ErrBadName)
	}
	held := &memDir{m: m, epoch: m.current(), n: m.sys.root}
	if err := m.enter("opendir", held, ""); err != nil {
		return nil, err
	}
	defer m.sys.mu.Unlock()
	n, err := m.sys.find(dir)
	if err != nil {
		return nil, fault("open", string(dir), err)
	}
	held.n = n
	return held, nil
}

// Sync makes everything durable.
func (m *Memory) Sync() error {
	if err := m.enter("sync", &memDir{m: m, epoch: m.current(), n: m.sys.root}, ""); err != nil {
		return err
	}
	defer m.sys.mu.Unlock()
	if !m.sys.can.SyncAll {
		return fault("sync", m.Where(), ErrUnsupported)
	}
	m.sys.saveAll()
	return nil
}

// TryLock locks the tree against other Memorys of the same filesystem.
func (m *Memory) TryLock(create bool) (release func() error, err error) {
	dir, err := m.Open(index.Private)
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	if ready, err := readyLock(dir, create); !ready || err != nil {
		return func() error { return nil }, err
	}
	unlock := m.sys.lock()
	if unlock == nil {
		return nil, fault("lock", LockName, ErrBusy)
	}
	return unlock, nil
}

func (m *Memory) current() int {
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
func (m *Memory) enter(op string, d *memDir, name string) error {
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
		return fault(op, name, ErrStopped)
	}
	if m.hook != nil {
		call.Dir = m.sys.pathOf(d.n)
		if err := m.hook(call); err != nil {
			if errors.Is(err, ErrStopped) {
				m.Stop()
			}
			return fault(op, name, err)
		}
	}
	m.sys.mu.Lock()
	return nil
}
