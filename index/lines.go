package index

import (
	"bytes"
	"io"

	"github.com/cespare/xxhash/v2"

	"latus/index/jsontext"
)

// lineReader reads lines and verifies their checksums.
type lineReader struct {
	r      io.Reader
	buf    []byte
	mark   int // the digits of the last checksum, or the beginning of the file
	from   int // the next line
	to     int // the end of what was read
	eof    bool
	offset int64 // of buf[0] in the file
}

const (
	readSize = 256 << 10
	tailSize = len(sumKey) + sumSize + len(lineEnd)
)

func newLineReader(r io.Reader) *lineReader {
	return &lineReader{r: r, buf: make([]byte, readSize)}
}

// next returns the next line with its newline, valid until the next call. At the
// end it returns io.EOF with what stands behind the last newline.
func (l *lineReader) next() ([]byte, error) {
	for looked := 0; ; {
		if n := bytes.IndexByte(l.buf[l.from+looked:l.to], '\n'); n >= 0 {
			return l.take(looked + n + 1), nil
		}
		looked = l.to - l.from
		if l.eof {
			return l.take(looked), io.EOF
		}
		if err := l.fill(); err != nil {
			return nil, err
		}
	}
}

func (l *lineReader) take(n int) []byte {
	line := l.buf[l.from : l.from+n]
	l.from += n
	return line
}

// fill reads more. What stands before mark goes to make room.
func (l *lineReader) fill() error {
	if l.mark > 0 {
		n := copy(l.buf, l.buf[l.mark:l.to])
		l.offset += int64(l.mark)
		l.from -= l.mark
		l.to, l.mark = n, 0
	}
	if l.to > len(l.buf)/2 {
		l.buf = append(l.buf, make([]byte, len(l.buf))...)
	}
	n, err := io.ReadAtLeast(l.r, l.buf[l.to:], 1)
	l.to += n
	if err == io.EOF {
		l.eof = true
		return nil
	}
	return err
}

// verify returns line, which next returned just now, without its checksum, as a
// JSON object; or false if it does not hold.
func (l *lineReader) verify(line []byte) ([]byte, bool) {
	n := len(line) - tailSize
	if n < 1 {
		return nil, false
	}
	tail := line[n:]
	if string(tail[:len(sumKey)]) != sumKey || string(tail[len(sumKey)+sumSize:]) != lineEnd {
		return nil, false
	}
	start := l.from - len(line)
	sum := xxhash.Sum64(l.buf[l.mark : start+n])
	l.mark = start + n + len(sumKey)
	ok := jsontext.IsHex(l.buf[l.mark:l.mark+sumSize], sum)
	// The sum has been taken: its key's comma may become the object's end.
	tail[0] = '}'
	return line[:n+1], ok
}

// digits are those of the last line that verify found well-formed.
func (l *lineReader) digits() string { return string(l.buf[l.mark : l.mark+sumSize]) }

// at is how many bytes of the file next has returned.
func (l *lineReader) at() int64 { return l.offset + int64(l.from) }
