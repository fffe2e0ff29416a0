package replica

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"runtime"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"latus/index"
	"latus/sync/fetch"
	"latus/sync/peer"
	"latus/sync/plan"
	"latus/sync/reason"
	"latus/sync/trash"
	"latus/sync/tree"
)

// Verdict is what Verify has to say of a path.
type Verdict uint8

const (
	Damaged   Verdict = iota // the content changed, size, mtime and inode did not
	Repaired                 // it was damaged, and has its content again
	Edited                   // changed since the last run, as the next one will find
	New                      // not known yet
	Unchecked                // was never hashed: its hash is recorded now
)

// VerifyObserver is told what a Verify finds. Its methods are called by one
// goroutine at a time.
type VerifyObserver interface {
	Phase(peer.Phase)
	Verdict(v Verdict, p peer.Problem) // Reason says more, or is zero
	Problem(tree int, p peer.Problem)  // a path that could not be verified
	Progress(peer.Progress)
}

// VerifyReport is what a Verify came to.
type VerifyReport struct {
	Files, Bytes int64           // read
	Verdicts     map[Verdict]int // Damaged: and not repaired
	Trashed      int             // of the Damaged: in the trash
	Problems     int
	Run          string // names the repairs in the log and the trash; "" if there are none
}

// VerifyOptions say what Verify does besides reading the tree. The zero value is
// nothing.
type VerifyOptions struct {
	From  *peer.Member // where files that are damaged may get their content from
	Trash bool         // read the trash, too
}

// Verify reads every file of the tree at path that is as its witness says, and
// compares it with its recorded hash; a link, with its recorded target. Nothing in the
// tree is changed and nothing authored, but for a hash recorded where none was; with
// o.From, files that are damaged get their content again, from this tree or from that
// one (see repair). What is damaged in the trash is only named.
// The error is a *peer.Refusal, the context's, or something fatal; the report is
// valid beside it, unless it is nil.
func Verify(ctx context.Context, path string, o VerifyOptions, local Options, ob VerifyObserver) (*VerifyReport, error) {
	from := o.From
	r, err := Open(path, local)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	ob.Phase(peer.Connecting)
	own, err := r.Hello(ctx, peer.Hello{First: true, MaxDelete: peer.Limit{Off: true}})
	if err != nil {
		return nil, err
	}
	if r.fresh {
		return nil, r.noTree()
	}
	if from != nil {
		if err := r.meetHelper(ctx, own, from); err != nil {
			return nil, err
		}
	}
	ob.Phase(peer.Scanning)
	if err := r.waitScan(ctx); err != nil {
		return nil, err
	}
	r.merged = newMerged(r.x)
	v := &verification{r: r, own: own.Tree, ob: ob, rep: VerifyReport{Verdicts: map[Verdict]int{}}}
	v.sort()
	var items []trash.Item
	if o.Trash {
		items = v.trashed()
	}
	ob.Phase(peer.Verifying)
	err = v.read(ctx)
	err = cmp.Or(err, r.keepHashes(), v.readTrash(ctx, items))
	if err == nil && from != nil && len(v.damaged) > 0 {
		err = v.repair(ctx, from)
	}
	for _, d := range v.damaged {
		v.tell(Damaged, d.path, d.why)
	}
	return &v.rep, cmp.Or(ctx.Err(), err, r.trash.Err())
}

// verification is one Verify under way.
type verification struct {
	r     *Replica
	own   peer.Tree
	todo  []*index.Entry // files to be read, in path order
	links []*index.Entry
	bytes int64 // of the files

	mu       sync.Mutex // guards what follows
	ob       VerifyObserver
	rep      VerifyReport
	progress peer.Progress
	damaged  []*damage
}

// damage is a file that has not the content that is recorded of it.
type damage struct {
	path index.Path
	head index.Head // the version it should be
	now  tree.Info  // how it looked while it was read
	why  reason.Reason
	mend bool // with the right content it is whole again
}

func (v *verification) verdict(what Verdict, p index.Path, why string) {
	v.tell(what, p, reason.Words(why))
}

func (v *verification) tell(what Verdict, p index.Path, why reason.Reason) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.rep.Verdicts[what]++
	v.ob.Verdict(what, peer.Problem{Path: p, Reason: why})
}

func (v *verification) problem(p index.Path, why reason.Reason) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.rep.Problems++
	v.ob.Problem(0, peer.Problem{Path: p, Reason: why})
}

// sort tells apart what was edited, what cannot be looked at, and what is to be
// read.
func (v *verification) sort() {
	edited := map[index.Path]bool{}
	for i := range v.r.found.Changed {
		f := &v.r.found.Changed[i]
		e := v.r.x.Get(f.Path)
		switch {
		case e == nil || e.Witness.Kind == index.Absent:
			v.verdict(New, f.Path, "")
		case f.Witness.Kind == index.Absent:
			v.verdict(Edited, f.Path, "deleted")
		case unchanged(e.Witness, f.Witness) && e.Witness.Kind == index.File:
			v.verdict(Edited, f.Path, "permission bits")
			continue // its content is as it was, or damaged
		case e.Witness.Kind == index.File && e.Witness.Size == f.Witness.Size && e.Witness.Mtime == f.Witness.Mtime:
			v.verdict(Edited, f.Path, "replaced by a file of the same size and time")
		default:
			v.verdict(Edited, f.Path, "")
		}
		edited[f.Path] = true
	}
	for _, p := range v.r.found.Problems {
		v.problem(p.Path, p.Reason)
	}
	for e := range v.r.x.All() {
		if e.Witness.Kind != index.File && e.Witness.Kind != index.Link || edited[e.Path] || v.r.rules.Ignored(e.Path, false) {
			continue
		}
		if _, blocked := v.r.found.Blocked(e.Path); blocked {
			continue
		}
		if e.Witness.Kind == index.Link {
			v.links = append(v.links, e)
			continue
		}
		v.todo = append(v.todo, e)
		v.bytes += e.Witness.Size
	}
	v.progress.TotalFiles, v.progress.TotalBytes = int64(len(v.todo)), v.bytes
}

// unchanged tells whether two looks at a path show one and the same file, as far
// as size, mtime, inode and birth time go. A ctime alone says nothing.
func unchanged(a, b index.Witness) bool {
	return a.Kind == b.Kind && a.Size == b.Size && a.Mtime == b.Mtime &&
		(a.Inode == b.Inode || a.Inode == 0 || b.Inode == 0) &&
		(a.Btime == b.Btime || a.Btime == 0 || b.Btime == 0)
}

// read reads all that is to be read, several files at a time: hashing takes a
// processor each, and beyond a few a disk only seeks.
func (v *verification) read(ctx context.Context) error {
	const together = 32 // neighbours, which share a directory
	var next atomic.Int64
	g, ctx := errgroup.WithContext(ctx)
	for range min(max(runtime.GOMAXPROCS(0), 2), 8) {
		g.Go(func() error {
			w := verifier{v: v}
			defer w.leave()
			for {
				from := int(next.Add(together)) - together
				if from >= len(v.todo) {
					return nil
				}
				for _, e := range v.todo[from:min(from+together, len(v.todo))] {
					if err := w.file(ctx, e); err != nil {
						return err
					}
				}
			}
		})
	}
	g.Go(func() error {
		w := verifier{v: v}
		defer w.leave()
		for _, e := range v.links {
			if err := w.link(ctx, e); err != nil {
				return err
			}
		}
		return nil
	})
	return g.Wait()
}

// judge says what the content of e, which is h and was read from a file that
// looked like info, means.
func (v *verification) judge(e *index.Entry, info tree.Info, h index.Hash) {
	shown, live := plan.Display(e.Acked())
	switch {
	case !live || shown.Kind != index.File:
		v.verdict(Unchecked, e.Path, "nobody knows which version it is")
	case !shown.Hash.Known():
		v.r.learn(fetch.Want{Path: e.Path, Gen: shown.Gen}, h)
		v.verdict(Unchecked, e.Path, "")
	case shown.Hash != h:
		v.noteDamage(e, shown, info, reason.Words("damaged: its content changed, its size and time did not"))
	}
}

func (v *verification) noteDamage(e *index.Entry, shown index.Head, info tree.Info, why reason.Reason) {
	v.mu.Lock()
	defer v.mu.Unlock()
	d := &damage{path: e.Path, head: shown, now: info, why: why, mend: true}
	switch bits := v.r.home.Tree.Traits().ModeBits; {
	case e.Pending:
		d.mend, d.why = false, why.Then("; another version waits to be put in place: sync first")
	case (e.Witness.Mode^info.Mode)&bits != 0:
		d.mend, d.why = false, why.Then("; its permission bits were changed since: sync first")
	}
	v.damaged = append(v.damaged, d)
}

// fault says that e could not be read. What the disk does not give back can be
// repaired like what it gives back wrong.
func (v *verification) fault(e *index.Entry, info tree.Info, err error) {
	shown, live := plan.Display(e.Acked())
	if errors.Is(err, fs.ErrPermission) || !live || !shown.Hash.Known() || info.Kind != index.File {
		v.problem(e.Path, tree.Why(err).After("cannot be read: "))
		return
	}
	v.noteDamage(e, shown, info, tree.Why(err).After("cannot be read: "))
}

// advance moves the progress on.
func (v *verification) advance(files, bytes int64) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.progress.Files += files
	v.progress.Bytes += bytes
	v.rep.Files, v.rep.Bytes = v.progress.Files, v.progress.Bytes
	v.ob.Progress(v.progress)
}
