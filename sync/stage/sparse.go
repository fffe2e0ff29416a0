package stage

import (
	"bytes"
	"io"

	"latus/sync/tree"
)

const (
	page     = 4 << 10
	leastGap = 32 << 10 // a shorter run of zeros is not worth a hole
	hasten   = 8 << 20  // so much is written before the disk is told to begin with it
)

var zeros [leastGap]byte

// holey writes to a file, from where that stands, and leaves holes in the place
// of long runs of zeros. Close it to give the file its length.
type holey struct {
	f   tree.File
	gap int64 // zeros not written
	new int   // bytes that the disk was not told of
}

func (h *holey) Write(p []byte) (int, error) {
	done := 0
	for done < len(p) {
		zero, rest := span(p[done:])
		if zero {
			h.gap += int64(rest)
		} else if err := h.write(p[done : done+rest]); err != nil {
			return done, err
		}
		done += rest
	}
	return done, nil
}

// span is how many bytes at the beginning of p are a long run of zeros, or are
// none.
func span(p []byte) (zero bool, n int) {
	if n = run(p); n >= leastGap {
		return true, n
	}
	for n += page; n < len(p); n += page {
		if q := p[n:]; q[0] == 0 && len(q) >= leastGap && run(q) >= leastGap {
			return false, n
		}
	}
	return false, len(p)
}

// run is how many zeros p begins with, in pages.
func run(p []byte) (n int) {
	for len(p)-n >= page && bytes.Equal(p[n:n+page], zeros[:page]) {
		n += page
	}
	return n
}

func (h *holey) write(p []byte) error {
	if h.gap > 0 {
		if _, err := h.f.Seek(h.gap, io.SeekCurrent); err != nil {
			return err
		}
		h.gap = 0
	}
	_, err := h.f.Write(p)
	if h.new += len(p); h.new >= hasten {
		h.new = 0
		hurry(h.f)
	}
	return err
}

// hurry lets what was written to f go to the disk while more is written.
func hurry(f tree.File) {
	if f, ok := f.(tree.Hastener); ok {
		f.Hasten()
	}
}

// skip goes over bytes that the file has got in another way.
func (h *holey) skip(n int64) error {
	_, err := h.f.Seek(h.gap+n, io.SeekCurrent)
	h.gap = 0
	return err
}

// end makes the file as long as what was written to it.
func (h *holey) end() error {
	if h.gap == 0 {
		return nil
	}
	at, err := h.f.Seek(h.gap, io.SeekCurrent)
	if err != nil {
		return err
	}
	h.gap = 0
	return h.f.Truncate(at)
}
