package fetch

import (
	"context"
	"errors"
	"io"
	"sync"

	"github.com/zeebo/blake3"
	"golang.org/x/sync/errgroup"

	"latus/index"
	"latus/sync/tree"
)

// block is how much of a file is read, and handed to a Sink, at a time.
const block = 256 << 10

// Content is where a tree has the bytes of a want: a file of the tree, or one
// below its private folder.
type Content struct {
	At      index.Path    // below the root; may lie in index.Private
	Witness index.Witness // how the file must look: kind, size, mtime, and inode and ctime where not 0
	Hash    index.Hash    // as recorded; zero: unknown
}

// Files is a Source over the files of one tree. Content is read once, in order,
// and its hash computed on the way. What does not look as its Witness says, before
// and after it was read, is not handed out.
type Files struct {
	Tree tree.Tree

	// Find says where the bytes of w are, or false. It is asked again when a
	// file turned out to be something else: it may have moved to the trash.
	Find func(w Want) (Content, bool)

	// Learned is told each hash that was computed and not known before; nil:
	// nobody cares. Called by several goroutines.
	Learned func(w Want, h index.Hash)

	// Readers is how many files are read at the same time; 0 means 2, enough to
	// keep a disk or a network busy without trashing a spinning one.
	Readers int
}

// Send implements Source.
func (f *Files) Send(ctx context.Context, wants []Want, sink Sink) error {
	readers := f.Readers
	if readers == 0 {
		readers = 2
	}
	// Neighbouring wants lie in the same directory: hand them out in runs, so
	// that a reader can hold on to its directory.
	const run = 32
	var (
		mu   sync.Mutex
		next int
	)
	take := func() (from, to int) {
		mu.Lock()
		defer mu.Unlock()
		from = next
		next = min(next+run, len(wants))
		return from, next
	}
	g, ctx := errgroup.WithContext(ctx)
	for range min(readers, len(wants)/run+1) {
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
	why := ErrNoSource
	for range 3 {
		if err := ctx.Err(); err != nil {
			return err
		}
		c, ok := f.Find(w)
		if !ok || c.Witness.Kind != index.File {
			break
		}
		sent, h, err := r.read(ctx, c, w.Offset, func(p []byte) error { return sink.Data(n, p) })
		var stop sinkError
		switch {
		case err == nil && c.Hash.Known() && h != c.Hash:
			return sink.Missing(n, ErrDamaged)
		case err == nil:
			if !c.Hash.Known() && f.Learned != nil {
				f.Learned(w, h)
			}
			return sink.Done(n, h)
		case errors.As(err, &stop):
			return stop.error
		}
		why = err
		if sent {
			break
		}
	}
	return sink.Missing(n, why)
}

// Hash reads a content and returns its hash.
func (f *Files) Hash(ctx context.Context, w Want) (index.Hash, error) {
	c, ok := f.Find(w)
	if !ok {
		return index.Hash{}, ErrNoSource
	}
	if c.Hash.Known() {
		return c.Hash, nil
	}
	r := newReader(f.Tree)
	defer r.close()
	_, h, err := r.read(ctx, c, 0, nil)
	if err == nil && f.Learned != nil {
		f.Learned(w, h)
	}
	return h, err
}

// sinkError tells an error of the receiver from one of the file.
type sinkError struct{ error }

// A reader reads files one after the other and holds on to the last directory.
type reader struct {
	t    tree.Tree
	at   index.Path
	dir  tree.Dir
	buf  []byte
	hash *blake3.Hasher
}

var readers = sync.Pool{New: func() any {
	return &reader{buf: make([]byte, block), hash: blake3.New()}
}}

func newReader(t tree.Tree) *reader {
	r := readers.Get().(*reader)
	r.t = t
	return r
}

func (r *reader) close() {
	if r.dir != nil {
		r.dir.Close()
	}
	r.t, r.dir, r.at = nil, nil, ""
	readers.Put(r)
}

func (r *reader) open(p index.Path) (tree.File, error) {
	dir, name := p.Split()
	if r.dir == nil || r.at != dir {
		if r.dir != nil {
			r.dir.Close()
			r.dir = nil
		}
		d, err := r.t.Open(dir)
		if err != nil {
			return nil, err
		}
		r.dir, r.at = d, dir
	}
	return r.dir.Read(name)
}

// read hands the bytes of c from offset on to out (nil: nowhere), and returns
// the hash of all of them. sent tells whether out was called.
func (r *reader) read(ctx context.Context, c Content, offset int64, out func([]byte) error) (sent bool, h index.Hash, err error) {
	file, err := r.open(c.At)
	if err != nil {
		if tree.IsNotExist(err) || errors.Is(err, tree.ErrIsLink) || errors.Is(err, tree.ErrNotDir) {
			err = ErrChanged
		}
		return false, h, err
	}
	defer file.Close()
	if c.Witness.Size > block {
		// A long read is worth a look before it, too.
		if err := same(file, c.Witness); err != nil {
			return false, h, err
		}
	}
	r.hash.Reset()
	var at int64
	for at < c.Witness.Size {
		if err := ctx.Err(); err != nil {
			return sent, h, err
		}
		want := min(block, c.Witness.Size-at)
		n, err := io.ReadFull(file, r.buf[:want])
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			return sent, h, ErrChanged
		}
		if err != nil {
			return sent, h, err
		}
		p := r.buf[:n]
		r.hash.Write(p)
		if skip := offset - at; skip < int64(n) && out != nil {
			sent = true
			if err := out(p[max(skip, 0):]); err != nil {
				return sent, h, sinkError{err}
			}
		}
		at += int64(n)
	}
	if err := same(file, c.Witness); err != nil {
		return sent, h, err
	}
	r.hash.Sum(h[:0])
	return sent, h, nil
}

// same looks whether an open file is still the one that w describes.
func same(file tree.File, w index.Witness) error {
	i, err := file.Stat()
	if err != nil {
		return err
	}
	if i.Kind != w.Kind || i.Size != w.Size || i.Mtime != w.Mtime ||
		w.Inode != 0 && i.Inode != w.Inode {
		return ErrChanged
	}
	return nil
}
