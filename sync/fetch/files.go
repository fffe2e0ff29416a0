package fetch

import (
	"context"
	"sync"

	"golang.org/x/sync/errgroup"

	"latus/index"
	"latus/sync/tree"
)

// block is how much of a file is read, and handed to a Sink, at a time.
const block = 256 << 10

// What a reader takes at a time: neighbouring wants lie in the same directory,
// which it can hold on to. Long content is shared out sooner.
const (
	run      = 32
	runBytes = 4 << 20
)

// Content is where a tree has the bytes of a want: a file of the tree, or one
// below its private folder.
type Content struct {
	At      index.Path    // below the root; may lie in index.Private
	Witness index.Witness // how the file must look: kind, size, mtime, and inode where not 0
	Hash    index.Hash    // as recorded; zero: unknown
}

// Files is a Source over the files of one tree. Content is read once, in order,
// and its hash computed on the way. What does not look as its Witness says when
// it was read, or does not have the hash that it should have, is never Done.
type Files struct {
	Tree tree.Tree

	// Find says where the bytes of w are, or false. It is asked again when a
	// file turned out to be something else: it may have moved to the trash.
	// Called by several goroutines.
	Find func(w Want) (Content, bool)

	// Arrived waits for what is on its way from one place to another at this moment,
	// before it is looked for again; nil: nothing ever is.
	Arrived func()

	// Early returns what Prepare came to where c was read before anybody asked for it, and
	// waits for a reading that is under way; nil: c was not read. A nil Early says so of all.
	// Called by several goroutines.
	Early func(ctx context.Context, c Content) *Prepared

	// Learned is told each hash that was computed and that Find did not know;
	// nil: nobody cares. Called by several goroutines.
	Learned func(w Want, h index.Hash)

	// Readers is how many files are read at the same time; 0 means 2, enough to
	// keep a disk or a network busy without thrashing a spinning one, or 4 where
	// the sink is a Keeper.
	Readers int
}

// Send implements Source. Its errors are the sink's and the context's.
func (f *Files) Send(ctx context.Context, wants []Want, sink Sink) error {
	readers := f.Readers
	if readers == 0 {
		readers = 2
		if _, ok := sink.(Keeper); ok {
			readers = 4 // they write, too
		}
		readers = tree.Parallel(f.Tree, readers)
	}
	// Few files are shared out one by one, if many can be read at a time.
	most := max(1, min(run, len(wants)/readers))
	var (
		mu   sync.Mutex
		next int
	)
	take := func() (from, to int) {
		mu.Lock()
		defer mu.Unlock()
		from = next
		for bytes := int64(0); next < len(wants) && next-from < most && bytes < runBytes; next++ {
			bytes += wants[next].Size
		}
		return from, next
	}
	g, ctx := errgroup.WithContext(ctx)
	for range min(readers, len(wants)) {
		g.Go(func() error {
			r := newReader(f.Tree)
			defer r.close()
			for from, to := take(); from < to; from, to = take() {
				for n := from; n < to; n++ {
					if err := f.send(ctx, r, wants[n], n, sink); err != nil {
						return err
					}
				}
			}
			return nil
		})
	}
	return g.Wait()
}

// send ends want n. An error is the sink's or the context's.
func (f *Files) send(ctx context.Context, r *reader, w Want, n int, sink Sink) error {
	if patcher, ok := sink.(Patcher); ok && w.Parts != nil {
		return f.parts(ctx, r, w, n, patcher)
	} else if ok && w.Base > 0 {
		return f.list(ctx, r, w, n, patcher)
	}
	var fail error // the sink's
	kept := false
	h, err := f.read(ctx, r, w, func(p []byte, sum *index.Hash) error {
		if k, ok := sink.(Keeper); ok && sum != nil && w.Offset == 0 && w.Size == int64(len(p)) {
			kept = true
			fail = k.Keep(n, p, *sum)
		} else if len(p) > 0 {
			fail = sink.Data(n, p)
		}
		return fail
	})
	switch {
	case fail != nil:
		return fail
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		return sink.Missing(n, unread(err))
	case kept:
		return nil
	}
	return sink.Done(n, h)
}

// Hash is the hash of all of w's content: as recorded, or read now. Its errors
// are the context's and those that Send has for Missing.
func (f *Files) Hash(ctx context.Context, w Want) (index.Hash, error) {
	if c, ok := f.Find(w); ok && c.Hash.Known() {
		return c.Hash, nil
	}
	if p := f.prepared(ctx, w); p != nil {
		return p.hash, nil
	}
	r := newReader(f.Tree)
	defer r.close()
	return f.read(ctx, r, w, func([]byte, *index.Hash) error { return nil })
}

// read hands the bytes of w from its Offset on to out, and returns the hash of
// all of them. As long as nothing was handed out, what turned out to be
// something else is looked for again.
func (f *Files) read(ctx context.Context, r *reader, w Want, out func([]byte, *index.Hash) error) (index.Hash, error) {
	why, sent := ErrNoSource, false
	for range 3 {
		c, ok := f.Find(w)
		if !ok || c.Witness.Kind != index.File {
			break
		}
		known := c.Hash.Known()
		if !known {
			c.Hash = w.Hash
		}
		h, err := r.read(ctx, c, w.Offset, func(p []byte, sum *index.Hash) error {
			sent = sent || len(p) > 0
			return out(p, sum)
		})
		if err == nil {
			if !known && f.Learned != nil {
				f.Learned(w, h)
			}
			return h, nil
		}
		if why = err; sent || ctx.Err() != nil {
			break
		}
		r.leave() // the directory may be another, too
		if f.Arrived != nil {
			f.Arrived()
		}
	}
	return index.Hash{}, why
}
