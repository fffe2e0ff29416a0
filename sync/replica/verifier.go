package replica

import (
	"context"
	"io"

	"latus/index"
	"latus/sync/digest"
	"latus/sync/plan"
	"latus/sync/tree"
)

// verifier reads files one after the other, and holds on to the last directory.
type verifier struct {
	v   *verification
	at  index.Path
	dir tree.Dir // nil: none is held
}

func (w *verifier) leave() {
	if w.dir != nil {
		w.dir.Close()
		w.dir = nil
	}
}

func (w *verifier) open(p index.Path) (name string, err error) {
	dir, name := p.Split()
	if w.dir == nil || w.at != dir {
		w.leave()
		if w.dir, err = w.v.r.home.Tree.Open(dir); err != nil {
			w.dir = nil
			return name, err
		}
		w.at = dir
	}
	return name, nil
}

// file verifies one file. The error is the context's.
func (w *verifier) file(ctx context.Context, e *index.Entry) error {
	defer w.v.advance(1, 0)
	name, err := w.open(e.Path)
	if err != nil {
		w.v.fault(e, tree.Info{}, err)
		return ctx.Err()
	}
	// A file that is written to meanwhile looks other afterwards: once more, then
	// it is an edit.
	for range 2 {
		before, err := w.dir.Stat(name)
		switch {
		case tree.IsNotExist(err):
			w.v.verdict(Edited, e.Path, "deleted")
			return nil
		case err != nil:
			w.v.fault(e, tree.Info{}, err)
			return ctx.Err()
		case !unchanged(e.Witness, before.Witness):
			w.v.verdict(Edited, e.Path, "")
			return nil
		}
		h, err := w.read(ctx, name, before.Size)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			w.v.fault(e, before, err)
			return nil
		}
		after, err := w.dir.Stat(name)
		if err == nil && after.Witness == before.Witness {
			w.v.judge(e, before, h)
			return nil
		}
	}
	w.v.verdict(Edited, e.Path, "is being written")
	return nil
}

// link verifies where a link leads. The error is the context's.
func (w *verifier) link(ctx context.Context, e *index.Entry) error {
	shown, live := plan.Display(e.Acked())
	if !live || shown.Kind != index.Link {
		return ctx.Err() // nobody knows which version it is
	}
	name, err := w.open(e.Path)
	var is tree.Info
	var target string
	if err == nil {
		is, err = w.dir.Stat(name)
	}
	if err == nil && unchanged(e.Witness, is.Witness) {
		target, err = w.dir.Readlink(name)
	}
	switch {
	case tree.IsNotExist(err):
		w.v.verdict(Edited, e.Path, "deleted")
	case err != nil:
		w.v.problem(e.Path, tree.Why(err).After("cannot be read: "))
	case !unchanged(e.Witness, is.Witness):
		w.v.verdict(Edited, e.Path, "")
	case target != shown.Target:
		w.v.misled(e, shown, is, target)
	}
	return ctx.Err()
}

// read hashes a file, of which no more is read than it was said to hold, and one
// block.
func (w *verifier) read(ctx context.Context, name string, size int64) (h index.Hash, err error) {
	f, err := w.dir.Read(name)
	if err != nil {
		return h, err
	}
	defer f.Close()
	return digest.Copy(ctx, io.LimitReader(f, size+digest.Block), func(p []byte) error {
		w.v.advance(0, int64(len(p)))
		return nil
	})
}
