package peer

import (
	"encoding/binary"
	"errors"

	"github.com/cespare/xxhash/v2"

	"latus/index"
)

// ErrUnresolved is Merge's answer to a brief delta that it cannot make whole: what the sender
// left out is not here, or is not what the sender has. Nothing was merged. The same question
// without Brief brings a delta that says everything.
var ErrUnresolved = errors.New("what the other tree left out is not known here")

// Shorten leaves out of d what its receiver, who knows to, has already: a file that moved has
// the size, mtime and hash that it had where it was. That is most of what there is to tell of it.
//
// The versions are replaced, not changed: others hold them.
func (d *Delta) Shorten(to *index.Knowledge) {
	var sum xxhash.Digest
	sum.Reset()
	for i, e := range d.Entries {
		if !shortenable(e) || to.Has(e.Heads[0].Gen) || !to.Has(e.Heads[0].Origin.Gen) {
			continue
		}
		h := e.Heads[0]
		addTo(&sum, &h)
		h.Utime -= h.Mtime
		h.Size, h.Mtime, h.Hash = 0, 0, index.Hash{}
		short := *e
		short.Heads = []index.Head{h}
		d.Entries[i] = &short
		d.Moved = append(d.Moved, i)
	}
	if d.Moved != nil {
		d.Sum = sum.Sum64()
	}
}

// shortenable tells whether e is nothing but a file that moved, of which nothing else is known
// than what it was before.
func shortenable(e *index.Entry) bool {
	if len(e.Heads) != 1 {
		return false
	}
	h := &e.Heads[0]
	return h.Kind == index.File && h.Lineage == nil && h.Origin != nil && !h.Origin.Linked && h.Origin.Path != e.Path
}

// Shortened tells whether e may be one of the Moved of a delta.
func Shortened(e *index.Entry) bool {
	return shortenable(e) && e.Heads[0].Size == 0 && e.Heads[0].Mtime == 0 && !e.Heads[0].Hash.Known()
}

// Complete puts back what Shorten left out, as version has it. After ErrUnresolved d is of no
// use.
func (d *Delta) Complete(version func(index.Path, index.GenID) (index.Head, bool)) error {
	if len(d.Moved) == 0 {
		return nil
	}
	var sum xxhash.Digest
	sum.Reset()
	for _, i := range d.Moved {
		h := &d.Entries[i].Heads[0]
		was, ok := version(h.Origin.Path, h.Origin.Gen)
		if !ok || was.Kind != index.File {
			return ErrUnresolved
		}
		h.Size, h.Mtime, h.Hash = was.Size, was.Mtime, was.Hash
		if h.Utime += h.Mtime; h.Utime > index.MaxTime {
			return ErrUnresolved
		}
		addTo(&sum, h)
	}
	if sum.Sum64() != d.Sum {
		return ErrUnresolved
	}
	d.Moved, d.Sum = nil, 0
	return nil
}

func addTo(sum *xxhash.Digest, h *index.Head) {
	var b [3 * 8]byte
	binary.BigEndian.PutUint64(b[0:], uint64(h.Size))
	binary.BigEndian.PutUint64(b[8:], uint64(h.Mtime))
	binary.BigEndian.PutUint64(b[16:], uint64(h.Utime))
	_, _ = sum.Write(b[:])
	_, _ = sum.Write(h.Hash[:])
}
