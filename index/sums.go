package index

import (
	"encoding/binary"
	"slices"

	"github.com/cespare/xxhash/v2"
)

// sums are what is counted of entries: those of a block, or all.
type sums struct {
	entries, pending   int
	crowded, contended int // as Crowded and Contended yield them
	implied            int // as Implied does
	files, dirs, links int // as witnessed
	bytes              int64
	digest             uint64
}

func (s *sums) add(o *sums) {
	s.entries += o.entries
	s.pending += o.pending
	s.crowded += o.crowded
	s.contended += o.contended
	s.implied += o.implied
	s.files += o.files
	s.dirs += o.dirs
	s.links += o.links
	s.bytes += o.bytes
	s.digest += o.digest
}

func (s *sums) remove(o *sums) {
	s.entries -= o.entries
	s.pending -= o.pending
	s.crowded -= o.crowded
	s.contended -= o.contended
	s.implied -= o.implied
	s.files -= o.files
	s.dirs -= o.dirs
	s.links -= o.links
	s.bytes -= o.bytes
	s.digest -= o.digest
}

// count adds an entry under path.
func (s *sums) count(path []byte, e *Entry) {
	s.entries++
	if e.Pending {
		s.pending++
	}
	if len(e.Heads) > 1 {
		s.crowded++
	}
	if contended(e) {
		s.contended++
	}
	if implied(e) {
		s.implied++
	}
	switch e.Witness.Kind {
	case File:
		s.files++
		s.bytes += e.Witness.Size
	case Dir:
		s.dirs++
	case Link:
		s.links++
	}
	s.digest += digest(path, e)
}

// recount replaces was, the entry at path, by e in the sums.
func (s *sums) recount(path []byte, was, e *Entry) {
	var gone sums
	gone.count(path, was)
	s.remove(&gone)
	s.count(path, e)
}

// contended tells whether versions of e may exclude each other: there are several,
// or the only one, a file or link, may have lost its name to a directory that
// nobody authored.
func contended(e *Entry) bool {
	if len(e.Heads) != 1 {
		return len(e.Heads) > 1
	}
	k := e.Heads[0].Kind
	return (k == File || k == Link) && (e.Pending || e.Witness.Kind == Dir)
}

// implied tells whether e is a directory on this disk that nobody has a version of, and of
// which registers say something.
func implied(e *Entry) bool {
	return e.Witness.Kind == Dir && e.Set() && !slices.ContainsFunc(e.Heads, func(h Head) bool { return h.Kind.Live() })
}

// Digest is what e adds to Index.Digest.
func (e *Entry) Digest() uint64 { return digest([]byte(e.Path), e) }

// digest is what an entry under path adds to the index's: nothing if no version of it
// lives. Deletions beside a live version count as little: whoever has heard of the
// version has heard of them, and one tree may have collected what another has not. So it is
// with the permission bits and attributes of what was there before a link, which has none.
func digest(path []byte, e *Entry) uint64 {
	var room [256]byte
	b := append(room[:0], path...)
	b = append(b, 0)
	named, bears := len(b), false
	for i := range e.Heads {
		if k := e.Heads[i].Kind; k.Live() {
			bears = bears || k != Link
			b = binary.LittleEndian.AppendUint64(b, uint64(e.Heads[i].Gen.Author))
			b = binary.LittleEndian.AppendUint64(b, e.Heads[i].Gen.Tag)
		}
	}
	if len(b) == named {
		return 0
	}
	if bears {
		b = binary.LittleEndian.AppendUint32(b, e.Mode.Value)
	}
	b = append(b, e.Owner.Value...)
	if bears && e.Attrs.Value != "" {
		b = append(append(b, 0), e.Attrs.Value...)
	}
	return xxhash.Sum64(b)
}
