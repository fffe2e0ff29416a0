package sftp

import (
	"io"
	"io/fs"
)

func (f *sftpFile) Read(p []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(p) == 0 {
		return 0, nil
	}
	if err := f.await(); err != nil {
		return 0, err
	}
	if len(f.ahead) == 0 {
		if f.at == f.end {
			return 0, io.EOF
		}
		most := max(sftpPacket, min(readAhead, readTotal/int(max(1, f.dir.t.files.Load()))))
		want := min(max(f.block, len(p)), most)
		f.block = min(2*f.block, most)
		if left := f.size - f.at; left > 0 && left < int64(want) {
			want = int(left)
		} else if left <= 0 {
			want = min(want, sftpPacket) // grown since, or the end
		}
		buf := make([]byte, want)
		n, err := f.readOn(buf)
		if n == 0 && err != nil {
			return 0, f.fault("read", err)
		}
		f.ahead = buf[:n]
	}
	n := copy(p, f.ahead)
	f.ahead = f.ahead[n:]
	f.at += int64(n)
	return n, nil
}

// readOn reads what comes next. With the rest of one of latus' own files it finds out
// in the same round trip that it is the rest: these are read to their end.
func (f *sftpFile) readOn(p []byte) (n int, err error) {
	rest := f.at + int64(len(p))
	if rest != f.size || !f.dir.own() {
		return f.readAt(p, f.at)
	}
	var behind error
	each(2, func(i int) {
		if i == 0 {
			n, err = f.readAt(p, f.at)
		} else {
			_, behind = f.f.ReadAt(make([]byte, 1), rest)
		}
	})
	if n == len(p) && behind == io.EOF {
		f.end = rest
	}
	return n, err
}

func (f *sftpFile) ReadAt(p []byte, at int64) (int, error) {
	f.mu.Lock()
	err := f.await()
	f.mu.Unlock()
	if err != nil {
		return 0, err
	}
	n, err := f.readAt(p, at)
	return n, f.fault("read", err)
}

// readAt asks again where a server has given less than it was asked for, though
// there is more.
func (f *sftpFile) readAt(p []byte, at int64) (n int, err error) {
	for n < len(p) {
		m, err := f.f.ReadAt(p[n:], at+int64(n))
		n += m
		if err == nil {
			continue
		}
		if err != io.EOF || m == 0 || len(p) <= sftpPacket {
			return n, err
		}
	}
	return n, nil
}

func (f *sftpFile) Seek(offset int64, whence int) (int64, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch whence {
	case io.SeekCurrent:
		offset += f.at
	case io.SeekEnd:
		info, err := f.stat()
		if err != nil {
			return 0, err
		}
		offset += info.Size
	}
	if offset < 0 {
		return 0, fault("seek", f.name, fs.ErrInvalid)
	}
	if offset == f.at {
		return offset, nil
	}
	f.at, f.ahead = offset, nil
	return offset, f.await() // what is on its way may overlap with what comes
}
