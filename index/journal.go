package index

import (
	"io"
	"slices"
)

// journal is the index file as far as it is known to be good.
type journal struct {
	store    Store
	table    table
	file     StoreFile // nil: not open
	format   int       // as the header says; 0: there is none yet
	size     int64     // bytes that are good
	digits   string    // of the last checksum; "" for an empty file
	lines    int       // in the file
	overhead int       // of these, the ones in the first transaction that tell no entry
	created  bool      // the file's name is not durable yet
	unsynced bool
	torn     bool   // there may be bytes beyond size
	failed   error  // a sync failed
	buf      []byte // room for the next transaction
}

// commit appends the lines of one transaction: in pieces, which have no effect
// until the last one is there.
func (j *journal) commit(b *batch, known *Knowledge, sync bool) error {
	if j.failed != nil {
		return j.failed
	}
	numbered := len(j.table.gens)
	if j.digits == "" {
		j.format = formatFor(b.marks)
	}
	e := newEncoder(&j.table, j.digits, j.format, j.buf)
	w := pieces{j: j, e: e}
	err := e.batch(b, known, w.flush)
	if err == nil {
		err = j.end(sync)
	}
	if cap(e.buf) <= 2*pieceSize {
		j.buf = e.buf[:0]
	}
	if err != nil {
		j.table.cut(numbered)
		return about("write", FileName, err)
	}
	if j.digits == "" {
		j.overhead = e.lines - b.puts.count - len(b.ops)
	}
	j.size += w.size
	j.digits = e.sum()
	j.lines += e.lines
	return nil
}

// pieceSize is how many bytes of a transaction are written at once.
const pieceSize = 1 << 20

// pieces writes a transaction.
type pieces struct {
	j    *journal
	e    *encoder
	size int64
}

// flush writes what is encoded, if it is at least so many bytes.
func (w *pieces) flush(atLeast int) error {
	p := w.e.bytes()
	if len(p) < atLeast {
		return nil
	}
	if err := w.j.write(p); err != nil {
		return err
	}
	w.size += int64(len(p))
	w.e.flushed()
	return nil
}

// write writes p at the end of the file, or leaves the file as it was.
func (j *journal) write(p []byte) error {
	if err := j.open(); err != nil {
		return err
	}
	j.unsynced = true
	n, err := j.file.Write(p)
	if err == nil && n < len(p) {
		err = io.ErrShortWrite
	}
	if err != nil {
		j.revert()
	}
	return err
}

// end makes durable what was written, or leaves the file as it was.
func (j *journal) end(sync bool) error {
	if !sync {
		return nil
	}
	if err := j.flush(); err != nil {
		j.failed = about("sync", FileName, err)
		j.revert()
		return err
	}
	return nil
}

// sync makes durable what was committed without sync, if asked to.
func (j *journal) sync(wanted bool) error {
	if j.failed != nil {
		return j.failed
	}
	if !wanted || !j.unsynced {
		return nil
	}
	if err := j.open(); err != nil {
		return about("sync", FileName, err)
	}
	if err := j.flush(); err != nil {
		j.failed = about("sync", FileName, err)
		return j.failed
	}
	return nil
}

func (j *journal) flush() error {
	if err := j.file.Sync(); err != nil {
		return err
	}
	j.unsynced = false
	if j.created {
		if err := j.store.SyncDir(); err != nil {
			return err
		}
		j.created = false
	}
	return nil
}

func (j *journal) open() error {
	if j.file != nil {
		return nil
	}
	f, err := j.store.Append(FileName)
	if err != nil {
		return err
	}
	if j.torn {
		// Opened anew after the cut: not every file goes on at its new end.
		if err := f.Truncate(j.size); err != nil {
			f.Close()
			return err
		}
		if err := f.Close(); err != nil {
			return err
		}
		if f, err = j.store.Append(FileName); err != nil {
			return err
		}
		j.torn = false
	}
	j.created = j.created || j.size == 0
	j.file = f
	return nil
}

// revert takes back what a failed write may have left. Where even that fails,
// the next open tries again; until then Load would cut it.
func (j *journal) revert() {
	j.torn = j.file.Truncate(j.size) != nil
	j.torn = j.file.Close() != nil || j.torn
	j.file = nil
}

func (j *journal) close() error {
	if j.file == nil {
		return nil
	}
	err := j.file.Close()
	j.file = nil
	return err
}

// formatFor is the format of a file that has such a floor.
func formatFor(f Floor) int {
	if len(f) > 0 {
		return floorFormat
	}
	return baseFormat
}

// batch writes the lines of b and the commit line. flush is to write out what is
// encoded, if it is at least so many bytes.
func (e *encoder) batch(b *batch, known *Knowledge, flush func(atLeast int) error) error {
	before := e.lines
	for row := range rows(slices.Values(b.gens), b.used) {
		e.generations(row, b.used)
	}
	for _, m := range b.marks {
		e.floor(m)
	}
	b.generations(func(id GenID) { e.refer(id, known) })
	for x := range passing(b.puts.finish()) {
		e.entry(x)
		if err := flush(pieceSize); err != nil {
			return err
		}
	}
	for i := range b.ops {
		e.op(&b.ops[i])
		if err := flush(pieceSize); err != nil {
			return err
		}
	}
	e.commit(e.lines - before)
	return flush(0)
}

// refer gives id a number if it has none.
func (e *encoder) refer(id GenID, known *Knowledge) {
	if id == (GenID{}) || e.table.number(id) != 0 {
		return
	}
	g, ok := known.Get(id)
	if !ok {
		g = Generation{GenID: id}
	}
	e.generation(g)
}

func (e *encoder) op(o *op) {
	switch o.kind {
	case putRecord:
		e.entry(o.entry)
	case dropRecord:
		e.drop("drop", o.path)
	case settleRecord:
		e.drop("settle", o.path)
	case hashRecord:
		e.hash(o.path, o.done.gen, o.done.hash)
	case doneRecord:
		e.done(o.path, o.done)
	case intendRecord:
		e.intend(o.intend)
	}
}
