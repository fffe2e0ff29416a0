package fetch

import (
	"context"
	"io"

	"github.com/cespare/xxhash/v2"
)

// Glance is what a short look at a content shows: its size, and a checksum of its
// beginning and its end. Contents of different glances differ. The zero Glance is
// of nothing.
type Glance struct {
	Size int64
	Sum  uint64
}

// glanced is how much is read at either end.
const glanced = 4 << 10

// Glance looks at the content of w. Its errors are those of Hash.
func (f *Files) Glance(ctx context.Context, w Want) (Glance, error) {
	if err := ctx.Err(); err != nil {
		return Glance{}, err
	}
	c, ok := f.Find(w)
	if !ok || c.Witness.Size == 0 {
		return Glance{}, ErrNoSource
	}
	r := newReader(f.Tree)
	defer r.close()
	file, err := r.open(c.At)
	if err != nil {
		return Glance{}, err
	}
	defer file.Close()
	size := c.Witness.Size
	p := r.buf[:min(size, 2*glanced)]
	if size <= 2*glanced {
		_, err = file.ReadAt(p, 0)
	} else if _, err = file.ReadAt(p[:glanced], 0); err == nil {
		_, err = file.ReadAt(p[glanced:], size-glanced)
	}
	if err == io.EOF {
		err = ErrChanged
	}
	if err == nil {
		err = r.same(file, c.Witness)
	}
	if err != nil {
		return Glance{}, err
	}
	return Glance{Size: size, Sum: xxhash.Sum64(p)}, nil
}
