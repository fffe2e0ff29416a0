package stage

import (
	"context"

	"latus/sync/chunk"
	"latus/sync/fetch"
	"latus/sync/tree"
)

// plenty bounds how much of an old content is looked at, by the size of the new
// one.
func plenty(size int64) int64 { return 4*size + 1<<20 }

// sketch cuts the old contents. Of one that cannot be read there is nothing.
func (d *deltas) sketch(ctx context.Context, in *incoming, cut chunk.Cut) [][]chunk.Chunk {
	olds := make([][]chunk.Chunk, len(in.bases))
	for i, c := range in.bases {
		if i > 0 && olds[i-1] != nil && c.Witness == in.bases[i-1].Witness {
			continue // it may be at either place
		}
		var cs []chunk.Chunk
		to := min(c.Witness.Size, plenty(in.want.Size))
		if d.read(ctx, c, 0, to, cut, func(c chunk.Chunk) { cs = append(cs, c) }) == nil {
			olds[i] = cs
		}
	}
	return olds
}

func (d *deltas) head(bases []fetch.Content) []byte {
	if len(bases) == 0 {
		return nil
	}
	f, err := openOld(d.s.tree, d.s.stage, bases[0])
	if err != nil {
		return nil
	}
	defer f.Close()
	head := make([]byte, chunk.HeadLen)
	n, _ := f.ReadAt(head, 0) // nothing is a head, too
	return head[:n]
}

// read cuts c from byte at to byte to.
func (d *deltas) read(ctx context.Context, c fetch.Content, at, to int64, cut chunk.Cut, found func(chunk.Chunk)) error {
	f, err := openOld(d.s.tree, d.s.stage, c)
	if err != nil {
		return err
	}
	defer f.Close()
	buf := buffers.Get().(*[]byte)
	defer buffers.Put(buf)
	k := chunk.NewCutter(cut)
	for at < to {
		if err := ctx.Err(); err != nil {
			return err
		}
		p := (*buf)[:min(int64(len(*buf)), to-at)]
		if _, err := f.ReadAt(p, at); err != nil {
			return err
		}
		at += int64(len(p))
		for len(p) > 0 {
			n, ends := k.Next(p)
			if p = p[n:]; ends {
				found(k.Chunk())
			}
		}
	}
	if k.Len() > 0 {
		found(k.Chunk())
	}
	return nil
}

// openOld opens an old content, if it is still what it was.
func openOld(t tree.Tree, s *Stage, c fetch.Content) (tree.File, error) {
	dir, name := c.At.Split()
	held, err := t.Open(dir)
	if err != nil {
		return nil, err
	}
	defer held.Close()
	f, err := held.Read(name)
	if err != nil {
		return nil, err
	}
	if err := s.stable(f, c.Witness); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}
