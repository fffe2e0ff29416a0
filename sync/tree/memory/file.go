package memory

import (
	"io"
	"io/fs"
	"slices"
	"sync"

	"latus/index"
	"latus/sync/tree"
)

// openFile is an open file.
type openFile struct {
	d      heldDir // it was opened in
	n      *node
	name   string
	writes bool

	mu sync.Mutex
	at int64
}

func (f *openFile) Read(p []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	n, err := f.ReadAt(p, f.at)
	f.at += int64(n)
	if n > 0 {
		err = nil
	}
	return n, err
}

func (f *openFile) ReadAt(p []byte, off int64) (int, error) {
	if err := f.d.m.enter("read", &f.d, f.name); err != nil {
		return 0, err
	}
	defer f.d.m.sys.mu.Unlock()
	data := f.n.now.data
	if off < 0 {
		return 0, tree.Fault("read", f.name, fs.ErrInvalid)
	}
	n := copy(p, data[min(off, int64(len(data))):])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

func (f *openFile) Write(p []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	done := 0
	err := f.change("write", func(s *system) error {
		data := f.n.now.data
		end := s.room(f.n, f.at+int64(len(p)))
		done = int(max(end-f.at, 0))
		if f.at < int64(len(data)) {
			data = slices.Clone(data) // appending alone is safe on bytes that states share
		}
		data = append(data, make([]byte, max(end-int64(len(data)), 0))...)
		copy(data[min(f.at, end):], p[:done])
		s.resize(f.n, data)
		if done < len(p) {
			return tree.ErrNoSpace
		}
		return nil
	})
	f.at += int64(done)
	return done, err
}

func (f *openFile) Truncate(size int64) error {
	return f.change("truncate", func(s *system) error {
		switch {
		case size < 0:
			return fs.ErrInvalid
		case s.room(f.n, size) < size:
			return tree.ErrNoSpace
		}
		data := slices.Clone(f.n.now.data[:min(size, int64(len(f.n.now.data)))])
		s.resize(f.n, append(data, make([]byte, size-int64(len(data)))...))
		return nil
	})
}

// change changes the content.
func (f *openFile) change(op string, do func(*system) error) error {
	if err := f.d.m.enter(op, &f.d, f.name); err != nil {
		return err
	}
	s := f.d.m.sys
	defer s.mu.Unlock()
	if !f.writes {
		return tree.Fault(op, f.name, fs.ErrPermission)
	}
	err := do(s)
	s.modify(f.n)
	return tree.Fault(op, f.name, err)
}

func (f *openFile) Seek(offset int64, whence int) (int64, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	at := offset
	switch whence {
	case io.SeekCurrent:
		at += f.at
	case io.SeekEnd:
		info, err := f.Stat()
		if err != nil {
			return 0, err
		}
		at += info.Size
	}
	if at < 0 {
		return 0, tree.Fault("seek", f.name, fs.ErrInvalid)
	}
	f.at = at
	return at, nil
}

func (f *openFile) Stat() (tree.Info, error) {
	if err := f.d.m.enter("stat", &f.d, f.name); err != nil {
		return tree.Info{}, err
	}
	defer f.d.m.sys.mu.Unlock()
	return f.d.m.shown(f.n), nil
}

// Owner tells what Disk's would.
func (f *openFile) Owner() (index.IDs, error) {
	if err := f.d.m.enter("stat", &f.d, f.name); err != nil {
		return index.IDs{}, err
	}
	defer f.d.m.sys.mu.Unlock()
	return f.n.now.owner, nil
}

func (f *openFile) Chmod(mode uint32) error {
	return f.meta("chmod", func(s *system) { f.n.now.mode = s.mode(mode & 0o7777) })
}

func (f *openFile) Chtime(mtime int64) error {
	return f.meta("chtime", func(s *system) { f.n.now.mtime = s.cut(mtime) })
}

func (f *openFile) meta(op string, do func(*system)) error {
	if err := f.d.m.enter(op, &f.d, f.name); err != nil {
		return err
	}
	defer f.d.m.sys.mu.Unlock()
	do(f.d.m.sys)
	f.d.m.sys.touch(f.n)
	return nil
}

func (f *openFile) Sync() error {
	if err := f.d.m.enter("sync", &f.d, f.name); err != nil {
		return err
	}
	defer f.d.m.sys.mu.Unlock()
	f.n.saved = f.n.now
	return nil
}

func (f *openFile) Close() error { return nil }
