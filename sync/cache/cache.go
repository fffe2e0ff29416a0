// Package cache keeps copies of the indexes of distant trees on this machine, so
// that of an index only what was added since has to be fetched.
//
// A copy is a guess, and never more: it is used for a run only if the file that it
// was made of still has, at the place where the copy ends, the same lines as the
// copy, and the same first ones. Each line's checksum goes over the line before, so
// the last one stands for all before it; index.Load takes a copy for good only if
// all of its lines add up to that one. Whatever does not fit (the file was written
// anew, put back from a backup, cut or damaged; the copy is torn, another's, or
// somebody changed it) costs a reading of the whole file, which is also read once a
// week to find damage in its middle.
//
// Nothing depends on a copy being there, and no error of this package ends a run.
package cache

import (
	"cmp"
	"encoding/hex"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/zeebo/blake3"

	"latus/index"
)

const (
	trusted = 7 * 24 * time.Hour // since all of the file was read
	parting = 24 * time.Hour     // how old what a killed run left must be to go
	part    = ".part"            // in the name of a file that is not a copy yet

	proofEnd  = 4 << 10  // bytes before the end of the copy that are compared
	proofHead = 512      // and of its beginning
	firstRead = 32 << 10 // what is asked for together with the proof
	smallTail = 8 << 10  // is rather fetched again than written down
)

// maxTotal is how many bytes all copies together may have. Those that were not
// read as a whole for longest go.
var maxTotal = int64(1 << 30)

// Kept is an index.Store of whose index a copy is kept. It is an index.Recaller.
// Like an index it belongs to one goroutine.
type Kept struct {
	index.Store
	path string // of the copy
	now  func() time.Time

	copy *os.File // the copy that is in use; nil: none is
	file image    // of index.FileName
	next image    // of what may be renamed to it
}

var _ index.Recaller = (*Kept)(nil)

// Store is s with a copy of its index in the folder dir of this machine, which is
// made with the first copy. tree names the tree by all that leads to it: whoever is
// reached by one name must have no way to put a copy in the place of another's.
func Store(s index.Store, dir, tree string, now func() time.Time) *Kept {
	sum := blake3.Sum256([]byte(tree))
	k := &Kept{Store: s, path: filepath.Join(dir, hex.EncodeToString(sum[:16])), now: now}
	k.file.dir, k.next.dir = dir, dir
	k.file.since = now()
	return k
}

// Recall implements index.Recaller.
func (k *Kept) Recall() (io.ReadCloser, error) {
	k.forget()
	c, since, err := openOwn(k.path)
	if err != nil {
		return nil, err
	}
	age := k.now().Sub(since)
	n, err := c.Seek(0, io.SeekEnd)
	if err != nil || n == 0 || age < 0 || age > trusted {
		return nil, cmp.Or(err, c.Close())
	}
	r, err := k.prove(c, n)
	if r == nil {
		return nil, cmp.Or(err, c.Close())
	}
	k.copy = c
	k.file = image{dir: k.file.dir, kept: n, size: n, since: since}
	return r, nil
}

// distantFile is an open file of the Store, as far as it can be read anywhere.
type distantFile interface {
	io.ReadCloser
	io.ReaderAt
	io.Seeker
}

// prove opens the index and compares it with the copy c of n bytes; nil if that is
// not, or cannot be shown to be, how it begins.
func (k *Kept) prove(c *os.File, n int64) (io.ReadCloser, error) {
	opened, err := k.Store.Open(index.FileName)
	if err != nil {
		return nil, err
	}
	f, ok := opened.(distantFile)
	if !ok {
		return nil, opened.Close()
	}
	size, err := f.Seek(0, io.SeekEnd)
	if err != nil || size < n {
		return nil, cmp.Or(err, f.Close())
	}
	from := max(0, n-proofEnd)
	head := make([]byte, min(n, proofHead))
	end := make([]byte, min(size-from, firstRead))
	read := make(chan error, 1)
	go func() { read <- readAt(f, head, 0) }()
	err = readAt(f, end, from)
	err = cmp.Or(<-read, err)
	if err == nil && same(c, head, 0) && same(c, end[:n-from], from) {
		_, err = f.Seek(from+int64(len(end)), io.SeekStart)
		if err == nil {
			fresh := io.MultiReader(strings.NewReader(string(end[n-from:])), io.LimitReader(f, size-from-int64(len(end))))
			return &reader{io.MultiReader(io.NewSectionReader(c, 0, n), io.TeeReader(fresh, &k.file)), f}, nil
		}
	}
	return nil, cmp.Or(err, f.Close())
}

// reader reads from one place and closes another.
type reader struct {
	io.Reader
	io.Closer
}

func readAt(f io.ReaderAt, p []byte, at int64) error {
	_, err := io.ReadFull(io.NewSectionReader(f, at, int64(len(p))), p)
	return err
}

// same tells whether the copy has p at byte at.
func same(c *os.File, p []byte, at int64) bool {
	q := make([]byte, len(p))
	return readAt(c, q, at) == nil && string(p) == string(q)
}

// Open implements index.Store. Who reads all of the index makes a new copy.
func (k *Kept) Open(name string) (io.ReadCloser, error) {
	f, err := k.Store.Open(name)
	if err != nil || name != index.FileName {
		return f, err
	}
	k.forget()
	return &reader{io.TeeReader(f, &k.file), f}, nil
}

// forget begins anew, with a file of which nothing is known.
func (k *Kept) forget() {
	if k.copy != nil {
		_ = k.copy.Close()
		k.copy = nil
	}
	k.file.drop()
	k.file = image{dir: k.file.dir, since: k.now()}
}

// Append implements index.Store.
func (k *Kept) Append(name string) (index.StoreFile, error) {
	f, err := k.Store.Append(name)
	if err != nil || name != index.FileName {
		return f, err
	}
	// What was put there since it was read, by a run that was as fast, is not known.
	s, ok := f.(io.Seeker)
	if !ok {
		k.file.lost = true
	} else if at, err := s.Seek(0, io.SeekCurrent); err != nil || at != k.file.size {
		k.file.lost = true
	}
	return &writing{f, &k.file}, nil
}

// Create implements index.Store.
func (k *Kept) Create(name string) (index.StoreFile, error) {
	f, err := k.Store.Create(name)
	if err != nil || name == index.FileName {
		k.file.lost = k.file.lost || name == index.FileName
		return f, err
	}
	k.next.drop()
	k.next = image{dir: k.next.dir, since: k.now(), name: name}
	return &writing{f, &k.next}, nil
}

// Rename implements index.Store.
func (k *Kept) Rename(old, new string) error {
	err := k.Store.Rename(old, new)
	if new != index.FileName {
		return err
	}
	if err != nil || k.next.name != old {
		k.file.lost = true
		return err
	}
	k.forget()
	k.file, k.next = k.next, image{dir: k.next.dir}
	return nil
}

// Close puts down what is known of the index, if that is worth it. The Store is not
// to be used any more. The error is for those who want to know.
func (k *Kept) Close() error {
	err := k.save()
	k.forget()
	k.next.drop()
	return err
}
