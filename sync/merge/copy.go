package merge

import (
	"context"
	"io"

	"latus/index"
	"latus/sync/digest"
	"latus/sync/fetch"
	"latus/sync/trash"
	"latus/sync/tree"
)

// copy makes a version of the content of src, which must be as w says before and
// after. It shares the blocks where the filesystem can, else has the system copy
// them, unless they are to be verified. src is closed.
func (s *stage) copy(ctx context.Context, src tree.File, w index.Witness, verify bool, name string, m meta) (staged, error) {
	defer src.Close()
	out := staged{name: name}
	if err := s.stable(src, w); err != nil {
		return out, err
	}
	f, err := s.clone(src, name)
	cloned := err == nil
	if !cloned {
		if f, err = s.create(name, 0o600); err != nil {
			return out, err
		}
		out.hash, err = s.transcribe(ctx, f, src, w.Size, verify)
	}
	if err == nil {
		err = s.stable(src, w)
	}
	if err != nil {
		f.Close()
		s.remove(name)
		return out, err
	}
	if cloned && m.attrs == index.NoAttrs { // some systems clone them as well
		_, out.lacks = s.attr(s.dir, name, nil, m.attrs)
	}
	err = s.seal(f, &out, m, false)
	if err == nil && out.fresh.Size != w.Size {
		err = fetch.ErrChanged
	}
	if err != nil {
		s.remove(name)
	}
	return out, err
}

// transcribe copies src to f, and returns the hash of it if it had to read it.
func (s *stage) transcribe(ctx context.Context, f, src tree.File, size int64, verify bool) (h index.Hash, err error) {
	const piece = 2 * hasten // then somebody may have lost patience
	quick, ok := f.(tree.RangeCopier)
	if holes, can := src.(tree.HoleFinder); can && holes.HasHoles(size) {
		ok = false // the system would fill them
	}
	for at := int64(0); ok && !verify; {
		n, err := quick.CopyRange(src, min(size-at, piece))
		at += n
		if n == piece {
			hurry(f)
		}
		switch {
		case at == size || at > 0 && (err != nil || n == 0):
			return h, err // stable will see whether it is short
		case err != nil || n == 0:
			ok = false
		case ctx.Err() != nil:
			return h, ctx.Err()
		}
	}
	to := holey{f: f}
	if h, err = digest.Copy(ctx, src, into(&to)); err == nil {
		err = to.end()
	}
	return h, err
}

func (s *stage) clone(src tree.File, name string) (tree.File, error) {
	if s.far && !s.traits.Reflink {
		return nil, tree.ErrUnsupported
	}
	if err := s.remove(name); err != nil {
		return nil, err
	}
	return s.dir.Clone(src, name, 0o600)
}

func (s *stage) stable(f tree.File, w index.Witness) error {
	i, err := f.Stat()
	if err == nil && !trash.Same(i, w, s.traits, false) {
		err = fetch.ErrChanged
	}
	return err
}

// into writes each block to w.
func into(w io.Writer) func([]byte) error {
	return func(p []byte) error { _, err := w.Write(p); return err }
}
