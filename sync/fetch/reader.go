package fetch

import (
	"context"
	"errors"
	"io"
	"sync"

	"latus/index"
	"latus/sync/digest"
	"latus/sync/tree"
)

// reader reads files one after the other and holds on to the last directory.
type reader struct {
	t    tree.Tree
	at   index.Path
	dir  tree.Dir // nil: none is held
	buf  []byte
	more []byte // a second buffer, for long content; nil: not needed so far
	hash *digest.Hasher
}

// longContent is hashed beside everything else: there a second core pays.
const longContent = 4 * block

var readers = sync.Pool{New: func() any {
	return &reader{buf: make([]byte, block), hash: digest.New()}
}}

func newReader(t tree.Tree) *reader {
	r := readers.Get().(*reader)
	r.t = t
	return r
}

func (r *reader) close() {
	r.leave()
	r.t = nil
	readers.Put(r)
}

// leave lets go of the directory.
func (r *reader) leave() {
	if r.dir != nil {
		r.dir.Close()
		r.dir = nil
	}
}

func (r *reader) open(p index.Path) (tree.File, error) {
	dir, name := p.Split()
	if r.dir == nil || r.at != dir {
		r.leave()
		d, err := r.t.Open(dir)
		if err != nil {
			return nil, changed(err)
		}
		r.dir, r.at = d, dir
	}
	file, err := r.dir.Read(name)
	return file, changed(err)
}

// changed is ErrChanged if err says that something else, or nothing, is there.
func changed(err error) error {
	if tree.IsNotExist(err) {
		return ErrChanged
	}
	for _, other := range []error{tree.ErrIsLink, tree.ErrIsDir, tree.ErrNotDir, tree.ErrNotFile} {
		if errors.Is(err, other) {
			return ErrChanged
		}
	}
	return err
}

// read hands the bytes of c from offset on to out, the last ones with the hash of
// all of them, which it returns. The last block is handed out only when c is known
// to be what it should be: of a file of one block nothing wrong is ever seen.
func (r *reader) read(ctx context.Context, c Content, offset int64, out func(p []byte, sum *index.Hash) error) (h index.Hash, err error) {
	file, err := r.open(c.At)
	if err != nil {
		return h, err
	}
	defer file.Close()
	if !r.t.Traits().StableInodes {
		c.Witness.Inode = 0 // of an earlier mount
	}
	size := c.Witness.Size
	if size > block {
		if err := r.same(file, c.Witness); err != nil {
			return h, err
		}
	}
	r.hash.Reset()
	defer r.hash.Wait()
	for at := int64(0); ; at += block {
		if err := ctx.Err(); err != nil {
			return h, err
		}
		p := r.buffer(at, size)[:min(block, size-at)]
		if _, err := io.ReadFull(file, p); err == io.EOF || err == io.ErrUnexpectedEOF {
			return h, ErrChanged
		} else if err != nil {
			return h, err
		}
		r.digest(p, size)
		last := at+int64(len(p)) == size
		if last {
			if err := r.same(file, c.Witness); err != nil {
				return h, err
			}
			h = r.hash.Sum()
			if c.Hash.Known() && h != c.Hash {
				return h, ErrDamaged
			}
		}
		var sum *index.Hash
		if last {
			sum = &h
		}
		if skip := max(offset-at, 0); skip < int64(len(p)) || last {
			if err := out(p[min(skip, int64(len(p))):], sum); err != nil {
				return h, err
			}
		}
		if last {
			return h, nil
		}
	}
}

// buffer is where the block at byte at goes: not where the one before is still
// being hashed.
func (r *reader) buffer(at, size int64) []byte {
	if size < longContent || at/block%2 == 0 {
		return r.buf
	}
	if r.more == nil {
		r.more = make([]byte, block)
	}
	return r.more
}

// digest takes p into the hash.
func (r *reader) digest(p []byte, size int64) {
	if size < longContent {
		r.hash.Write(p)
		return
	}
	r.hash.Beside(p)
}

// same looks whether an open file is still the one that w describes.
func (r *reader) same(file tree.File, w index.Witness) error {
	i, err := file.Stat()
	if err != nil {
		return err
	}
	if i.Size != w.Size || !r.t.Traits().SameTime(i.Witness, w) || w.Inode != 0 && i.Inode != 0 && i.Inode != w.Inode {
		return ErrChanged
	}
	return nil
}
