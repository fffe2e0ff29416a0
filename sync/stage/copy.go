package stage

import (
	"context"
	"io"

	"latus/index"
	"latus/sync/digest"
	"latus/sync/fetch"
	"latus/sync/tree"
)

// Copy makes a version of the content of src, which must be as w says before and
// after, else the error is fetch.ErrChanged. It shares the blocks where the filesystem can,
// else has the system copy them, unless they are to be verified: then they are hashed. src is
// closed.
func (s *Stage) Copy(ctx context.Context, src tree.File, w index.Witness, verify bool, name string, m Meta) (Staged, error) {
	defer src.Close()
	out := Staged{Name: name}
	if err := s.stable(src, w); err != nil {
		return out, err
	}
	f, err := s.clone(src, name)
	cloned := err == nil
	if !cloned {
		if f, err = s.create(name, 0o600); err != nil {
			return out, err
		}
		out.Hash, err = s.transcribe(ctx, f, src, w.Size, verify)
	}
	if err == nil {
		err = s.stable(src, w)
	}
	if err != nil {
		f.Close()
		s.Remove(name)
		return out, err
	}
	if cloned && m.Attrs == index.NoAttrs { // some systems clone them as well
		_, out.Lacks = s.SetAttrs(s.dir, name, nil, m.Attrs)
	}
	err = s.seal(f, &out, m, false)
	if err == nil && out.Fresh.Size != w.Size {
		err = fetch.ErrChanged
	}
	if err != nil {
		s.Remove(name)
	}
	return out, err
}

// transcribe copies src to f, and returns the hash of it if it had to read it.
func (s *Stage) transcribe(ctx context.Context, f, src tree.File, size int64, verify bool) (h index.Hash, err error) {
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

func (s *Stage) clone(src tree.File, name string) (tree.File, error) {
	if s.far && !s.traits.Reflink {
		return nil, tree.ErrUnsupported
	}
	if err := s.Remove(name); err != nil {
		return nil, err
	}
	return s.dir.Clone(src, name, 0o600)
}

// Share makes another version of the content of one that is ready. Its Hash is that one's.
func (s *Stage) Share(ctx context.Context, of Staged, name string, m Meta) (Staged, error) {
	dir, base, release, err := s.hold(of.Name)
	if err != nil {
		return Staged{}, err
	}
	defer release()
	f, err := dir.Read(base)
	if err != nil {
		return Staged{}, err
	}
	out, err := s.Copy(ctx, f, of.Fresh, false, name, m)
	if err == nil {
		out.Hash = of.Hash
	}
	return out, err
}

func (s *Stage) stable(f tree.File, w index.Witness) error {
	i, err := f.Stat()
	if err == nil && !s.traits.Same(i, w, false) {
		err = fetch.ErrChanged
	}
	return err
}

// into writes each block to w.
func into(w io.Writer) func([]byte) error {
	return func(p []byte) error { _, err := w.Write(p); return err }
}
