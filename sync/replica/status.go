package replica

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"latus/index"
	"latus/index/mergelog"
	"latus/sync/config"
	"latus/sync/peer"
	"latus/sync/plan"
	"latus/sync/reason"
	"latus/sync/trash"
)

// Status is what a tree is and how it stands.
type Status struct {
	Path      string
	Group     string
	Peer      string
	Name      string
	Files     int
	Dirs      int
	Links     int
	Bytes     int64
	Met       []config.Met
	Conflicts []plan.Conflict // open ones, settled or not
	Pending   []plan.Held     // paths whose decided version is not on the disk, and why
	Trash     struct {
		Items int
		Bytes int64
	}
	LastRun  *mergelog.Run // without its records; nil: none yet
	Unsynced int           // changes that no peer has been told of
	Damage   string        // what of the index could not be read; "" if all could
}

// ErrNoTree says that a directory is no tree: it has never been synchronized.
var ErrNoTree = errors.New("not a tree yet: it has no " + index.Private)

// noTree says why there is nothing to look at: ErrNoTree, or not even a directory.
func (r *Replica) noTree() error {
	if r.home.Missing {
		return r.refuse(peer.NoTree, "no such directory")
	}
	return fmt.Errorf("%s: %w", r.o.Spec, ErrNoTree)
}

// ReadStatus tells how the tree at path stands. It scans the tree, changes
// nothing, and needs no lock.
func ReadStatus(ctx context.Context, path string) (*Status, error) {
	r, err := reading(path)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	r.beginScan()
	if err := r.waitScan(ctx); err != nil {
		return nil, err
	}
	s := r.status()
	s.Conflicts = slices.DeleteFunc(s.Conflicts, func(c plan.Conflict) bool { return len(r.versions(r.edited(r.x.Get(c.Path)))) == 0 })
	g := index.GenID{Author: r.cfg.PeerID(), Tag: 1}
	a, hidden := r.authoring(index.Generation{GenID: g, Time: r.now()}, false), r.hidden()
	for i := range r.found.Changed {
		f := &r.found.Changed[i]
		e := r.x.Get(f.Path)
		if e == nil {
			e = &index.Entry{Path: f.Path}
		}
		if n := plan.Author(e, found(f), r.carriedTo(a, f.Path, hidden)); n != nil && authoredBy(n, g) {
			s.Unsynced++
		}
	}
	return s, nil
}

// status tells how the tree stands by its index.
func (r *Replica) status() *Status {
	s := &Status{
		Path: r.path, Group: r.cfg.Group, Peer: r.cfg.Peer, Name: r.cfg.Name, Met: r.cfg.Peers,
	}
	if r.damage != nil {
		s.Damage = damaged(r.damage)
	}
	told := uint64(0)
	for _, m := range r.cfg.Peers {
		told = max(told, m.Seq)
	}
	s.Met = slices.DeleteFunc(slices.Clone(s.Met), func(m config.Met) bool { return m.Retired != "" })
	s.Files, s.Dirs, s.Links, s.Bytes = r.x.Shown()
	untold := func(id index.GenID) bool {
		g, ok := r.x.Generation(id)
		return ok && id.Author == r.cfg.PeerID() && g.Seq > told
	}
	for e := range r.x.Of(index.Span{}, untold) {
		if slices.ContainsFunc(e.Heads, func(h index.Head) bool { return untold(h.Gen) }) {
			s.Unsynced++
		}
	}
	s.Conflicts = slices.Collect(r.open())
	s.Pending = withUnlike(r.stillPending(), r.stillUnlike(func(*config.Unlike) bool { return true }))
	s.Trash.Items, s.Trash.Bytes = r.trash.Total()
	if s.LastRun = r.last; s.LastRun == nil {
		// A log that cannot be read tells of no run; `latus log` says why.
		_ = mergelog.ReadRuns(r.home.Store(), func(l mergelog.Run) bool {
			s.LastRun = &l
			return false
		})
	}
	return s
}

// stillPending plans once more, after a run, and says what is left to do. Others may
// still be fetching from this tree.
func (r *Replica) stillPending() []plan.Held {
	r.deciding.Lock()
	defer r.deciding.Unlock()
	r.merged, r.nowhere = newMerged(r.x), nil // another run may have it
	if !r.merged.pending() || r.found == nil {
		return nil
	}
	r.makePlan()
	held := slices.Clone(r.plan.Held)
	for i, h := range held {
		if h.Reason.Code == reason.NotEmpty {
			held[i].Reason = h.Reason.Then(r.leftIn(h.Path))
		}
	}
	for i := range r.plan.Actions {
		a := &r.plan.Actions[i]
		held = append(held, plan.Held{Path: a.Path, Reason: r.notDone(a)})
	}
	return held
}

// notDone says why an action is left. A plan that is made after the run does not know that
// the run was to leave conflicts alone.
func (r *Replica) notDone(a *plan.Action) reason.Reason {
	if e := r.x.Get(a.Path); e != nil {
		if _, open := r.conflict(e); open {
			return reason.Conflict.Why()
		}
	}
	return reason.Words(a.Op.String() + " not done yet")
}

// leftIn names some of what is left alone in a directory; "" if there is nothing to name.
func (r *Replica) leftIn(p index.Path) string {
	d, err := r.home.Tree.Open(p)
	if err != nil {
		return ""
	}
	defer d.Close()
	names, _ := d.List()
	names = slices.DeleteFunc(names, func(name string) bool { return r.goesAlong(p.Join(name)) })
	if len(names) == 0 {
		return ""
	}
	slices.Sort(names)
	const most = 3
	s := strings.Join(names[:min(len(names), most)], ", ")
	if n := len(names) - most; n > 0 {
		s += fmt.Sprintf(" and %d more", n)
	}
	return ": " + s
}

// goesAlong tells whether nothing forbids that p goes along with its directory.
func (r *Replica) goesAlong(p index.Path) bool {
	e := r.x.Get(p)
	if e == nil || e.Witness.Kind == index.Absent || r.rules.Ignored(p, e.Witness.Kind == index.Dir) {
		return false
	}
	_, blocked := r.found.Blocked(p)
	return !blocked && !r.found.Keeps(p) && !r.found.Holds(p)
}

// ReadLog calls fn for each run in the merge log of the tree at path, newest
// first, until it returns false.
func ReadLog(path string, fn func(mergelog.Run) bool) error {
	r, err := reading(path)
	if err != nil {
		return err
	}
	defer r.Close()
	if err := mergelog.Read(r.home.Store(), fn); err != nil {
		return fmt.Errorf("%s: %w", r.o.Spec, err)
	}
	return nil
}

// ReadWitness tells how p stood in the tree at path when a run last acknowledged
// it; Kind Absent if nothing did.
func ReadWitness(path string, p index.Path) (index.Witness, error) {
	r, err := reading(path)
	if err != nil {
		return index.Witness{}, err
	}
	defer r.Close()
	if e := r.x.Get(p); e != nil {
		return e.Witness, nil
	}
	return index.Witness{}, nil
}

// OpenTrash opens the trash of the tree at path, to look at it. The function it returns
// closes it.
func OpenTrash(path string) (*trash.Trash, func() error, error) {
	r, err := reading(path)
	if err != nil {
		return nil, nil, err
	}
	return r.trash, r.Close, nil
}

// HasOldVersions tells whether the trash of the tree at path holds anything but the
// bytes of open conflicts.
func HasOldVersions(path string) (bool, error) {
	keep, err := Keep(path, true, Options{})
	if err != nil {
		return false, err
	}
	t, done, err := OpenTrash(path)
	if err != nil {
		return false, err
	}
	defer done()
	return slices.ContainsFunc(t.Items(), func(it trash.Item) bool { return !keep(it) }), nil
}
