package merge

import "latus/index"

// what a line says of its path.
type what uint8

const (
	wholly  what = iota // the disk shows the display, all heads are acknowledged
	shown               // it does, but a Keep is still to bring a loser's bytes
	moved               // the disk shows something else than before, acknowledged or not
	partly              // the disk shows the display's content, but its mtime or mode is not known to be right: pending
	settled             // nothing happened
)

// line is what is to be recorded of a path.
type line struct {
	path index.Path
	what what
	w    index.Witness
	gen  index.GenID
	hash index.Hash
}

// record puts l into tx. acknowledge makes of an entry what it is when its display
// is shown. Its path is settled by it, unless Recover has still to see to something
// that is stranded.
func (l line) record(tx *index.Tx, x *index.Index, acknowledge func(*index.Entry, index.Witness) *index.Entry, stranded bool) {
	e := x.Get(l.path)
	switch {
	case l.what == settled:
	case e == nil && l.w.Kind == index.Absent:
	case e == nil:
		tx.Put(&index.Entry{Path: l.path, Witness: l.w})
	case len(e.Heads) == 0 && l.w.Kind == index.Absent && !e.Set():
		tx.Drop(l.path)
	case l.what == wholly && !stranded:
		tx.Done(l.path, l.w, l.gen, l.hash)
		return // and settled
	case l.what == wholly, l.what == shown:
		tx.Put(acknowledge(e, l.w))
		tx.Annotate(l.path, l.gen, l.hash)
	case l.what == partly:
		n := *acknowledge(e, l.w)
		if !n.Pending {
			n.Pending, n.Have = true, e.Heads
		}
		tx.Put(&n)
	case l.what == moved:
		n := *e
		n.Witness = l.w
		tx.Put(&n)
	}
	if !stranded {
		tx.Settle(l.path)
	}
}
