package sftp

import (
	"errors"
	"io"
	"io/fs"
	"sync"

	"github.com/pkg/sftp"

	"latus/sync/tree"
)

const (
	sftpPacket  = 32 << 10 // what every server takes in one request
	writeBehind = 64       // packets on their way at a time
	readAhead   = 2 << 20  // at most, in memory, for one file
	readTotal   = 64 << 20 // at most for all
)

// sftpFile is an open file. Writes are on their way when Write returns: whatever
// looks at the file waits for them, and tells what went wrong. Reads go ahead.
type sftpFile struct {
	dir      *sftpDir
	name     string
	f        *sftp.File
	writable bool

	mu    sync.Mutex
	at    int64 // of the next Read or Write
	size  int64 // when it was opened: how far to read ahead
	ahead []byte
	end   int64 // where it is known to end; -1: nowhere
	block int   // how much to read next

	written bool // something was, or is on its way
	closed  bool

	writes sync.WaitGroup
	slots  chan struct{}
	failed struct {
		sync.Mutex
		err error
	}
}

func newSFTPFile(d *sftpDir, name string, f *sftp.File, size int64, writable bool) *sftpFile {
	d.t.files.Add(1)
	return &sftpFile{
		dir: d, name: name, f: f, size: size, writable: writable,
		end: -1, block: sftpPacket, slots: make(chan struct{}, writeBehind),
	}
}

func (f *sftpFile) fault(op string, err error) error {
	if err == io.EOF {
		return err
	}
	return fault(op, f.name, f.dir.t.meaning(err))
}

// created gives a new file its mode, which the request to make it has no room for.
func (f *sftpFile) created(mode uint32) error {
	t := f.dir.t
	f.written = true
	usual := t.newFile.Load()
	if usual == 0 {
		info, err := f.f.Stat()
		if err != nil {
			return t.meaning(err)
		}
		if i, err := sftpInfo(info); err == nil {
			usual = i.Mode | modeKnown
			t.newFile.Store(usual)
		}
	}
	if mode&0o777 == usual&0o777 && usual != 0 {
		return nil
	}
	set := func() error {
		err := t.meaning(f.f.Chmod(fs.FileMode(mode & 0o7777)))
		if errors.Is(err, errFailure) || errors.Is(err, tree.ErrUnsupported) {
			return nil // a filesystem without modes
		}
		return fault("create", f.name, err)
	}
	if f.dir.own() { // where nobody else looks meanwhile
		f.later(set)
		return nil
	}
	return set()
}

// later does something that is waited for by whatever looks at the file.
func (f *sftpFile) later(do func() error) {
	f.slots <- struct{}{}
	f.writes.Go(func() {
		defer func() { <-f.slots }()
		if err := do(); err != nil {
			f.failed.Lock()
			defer f.failed.Unlock()
			if f.failed.err == nil {
				f.failed.err = err
			}
		}
	})
}

// await waits for what is being written. f.mu is held.
func (f *sftpFile) await() error {
	f.writes.Wait()
	f.failed.Lock()
	defer f.failed.Unlock()
	return f.failed.err
}

func (f *sftpFile) Write(p []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.writable {
		return 0, f.fault("write", fs.ErrPermission)
	}
	if err := f.dir.t.lease.hold(); err != nil {
		return 0, fault("write", f.name, err)
	}
	f.ahead, f.end, f.written = nil, -1, true
	for n := 0; n < len(p); {
		part := append([]byte(nil), p[n:min(n+sftpPacket, len(p))]...)
		at := f.at
		f.failed.Lock()
		err := f.failed.err
		f.failed.Unlock()
		if err != nil {
			return n, err
		}
		f.later(func() error {
			_, err := f.f.WriteAt(part, at)
			if err != nil {
				err = fault("write", f.name, f.dir.t.written(err))
			}
			return err
		})
		n += len(part)
		f.at += int64(len(part))
	}
	return len(p), nil
}

func (f *sftpFile) Stat() (tree.Info, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.stat()
}

func (f *sftpFile) stat() (tree.Info, error) {
	if err := f.await(); err != nil {
		return tree.Info{}, err
	}
	info, err := f.dir.withDevice(func() (tree.Info, error) {
		fi, err := f.f.Stat()
		if err != nil {
			return tree.Info{}, f.dir.t.meaning(err)
		}
		return sftpInfo(fi)
	})
	return info, fault("stat", f.name, err)
}

// change runs f on a file that nothing is on its way to.
func (f *sftpFile) change(op string, do func() error) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.await(); err != nil {
		return err
	}
	if err := f.dir.t.lease.hold(); err != nil {
		return fault(op, f.name, err)
	}
	f.end, f.written = -1, f.written || op != "sync"
	return fault(op, f.name, f.dir.t.written(do()))
}

func (f *sftpFile) Chmod(mode uint32) error {
	return f.change("chmod", func() error { return f.f.Chmod(fs.FileMode(mode & 0o7777)) })
}

// Chtime goes by the file's path, for want of another way.
func (f *sftpFile) Chtime(mtime int64) error {
	return f.change("chtime", func() error { return f.dir.t.chtime(f.dir.at(f.name), mtime) })
}

func (f *sftpFile) Truncate(size int64) error {
	return f.change("truncate", func() error {
		f.ahead = nil
		return f.f.Truncate(size)
	})
}

// Sync makes the content durable where the server can.
func (f *sftpFile) Sync() error {
	return f.change("sync", func() error {
		if !f.dir.t.has(extSync) {
			return nil
		}
		return f.f.Sync()
	})
}

// Close does not wait where nothing was written.
func (f *sftpFile) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	err := f.await()
	if f.closed {
		return f.fault("close", fs.ErrClosed)
	}
	f.closed = true
	f.dir.t.files.Add(-1)
	if !f.written {
		f.dir.t.let(f.f)
		return err
	}
	if cerr := f.f.Close(); err == nil {
		err = f.fault("close", cerr)
	}
	return err
}
