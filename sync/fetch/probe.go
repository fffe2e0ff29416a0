package fetch

import (
	"context"

	"latus/index"
)

// Prober is a Source that can tell beforehand what it could not give.
type Prober interface {
	// Probe opens the content of every want, and reads nothing of it. It returns for each
	// why that cannot be done, as Send would tell Missing; nil: it can.
	Probe(ctx context.Context, wants []Want) ([]error, error)
}

// Probe asks src if it is a Prober. Of another one nothing is known beforehand.
func Probe(ctx context.Context, src Source, wants []Want) ([]error, error) {
	if p, ok := src.(Prober); ok {
		return p.Probe(ctx, wants)
	}
	return make([]error, len(wants)), nil
}

// Probe implements Prober.
func (f *Files) Probe(ctx context.Context, wants []Want) ([]error, error) {
	r := newReader(f.Tree)
	defer r.close()
	why := make([]error, len(wants))
	for n, w := range wants {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		c, ok := f.Find(w)
		if !ok || c.Witness.Kind != index.File {
			why[n] = ErrNoSource
			continue
		}
		file, err := r.open(c.At)
		if err != nil {
			why[n] = unread(err)
			continue
		}
		file.Close()
	}
	return why, nil
}
