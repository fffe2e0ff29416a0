package mergelog

import (
	"bytes"
	"io"
)

// backwardReader returns the lines of a file, the last one first.
type backwardReader struct {
	r    io.ReaderAt
	at   int64  // what stands before is not read yet
	rest []byte // read, not returned yet
	done bool
}

const backwardRead = 128 << 10

// newBackwardReader reads all of f at once only if it can't be read at any place.
func newBackwardReader(f io.Reader) (*backwardReader, error) {
	if at, ok := f.(interface {
		io.ReaderAt
		io.Seeker
	}); ok {
		size, err := at.Seek(0, io.SeekEnd)
		return &backwardReader{r: at, at: size}, err
	}
	all, err := io.ReadAll(f)
	return &backwardReader{rest: all}, err
}

// next returns a line without its newline, valid until the next call, or io.EOF.
func (l *backwardReader) next() ([]byte, error) {
	for looked := len(l.rest); ; {
		if n := bytes.LastIndexByte(l.rest[:looked], '\n'); n >= 0 {
			line := l.rest[n+1:]
			l.rest = l.rest[:n]
			return line, nil
		}
		if l.at == 0 {
			if l.done {
				return nil, io.EOF
			}
			l.done = true
			line := l.rest
			l.rest = nil
			return line, nil
		}
		n := min(l.at, max(backwardRead, int64(len(l.rest))))
		more := make([]byte, int(n)+len(l.rest))
		if _, err := io.ReadFull(io.NewSectionReader(l.r, l.at-n, n), more[:n]); err != nil {
			return nil, err
		}
		copy(more[n:], l.rest)
		l.rest, l.at, looked = more, l.at-n, int(n)
	}
}
