package index

import (
	"errors"
	"fmt"
	"iter"
	"strconv"

	"latus/index/jsontext"
)

const (
	compactMin = 1 << 20   // less waste than this many bytes is not worth a new file
	compactBuf = 256 << 10 // is written at once
	packMax    = 4096      // tags in one line
	packMin    = 16        // fewer new generations are numbered, used or not
)

// Compact rewrites the file if more than a third of it, and more than 1 MiB, tells
// what is no longer so. The new file takes the old one's place when it is whole
// and durable.
func (x *Index) Compact() error {
	j := &x.journal
	if x.readOnly || !j.wasteful(j.lines, x.live(x.contents)) {
		return nil
	}
	if err := x.rewrite(formatFor(x.floor)); err != nil {
		return fmt.Errorf("compact %s: %w", FileName, err)
	}
	return nil
}

// live is how many lines tell all of the index, if it contains so much.
func (x *Index) live(c contents) int {
	return c.sums.entries + len(x.intents.byPath) + x.journal.overhead
}

// wasteful tells whether a file of so many lines, of which so many are live, is to be
// compacted. It estimates by lines, which are all of about the same size.
func (j *journal) wasteful(lines, live int) bool {
	waste := lines - live
	return waste > lines/3 && float64(j.size)*float64(waste)/float64(max(j.lines, 1)) > compactMin
}

// outgrown tells whether b, which leaves next, makes the file one to be compacted by nothing
// but entries: plans and their ends are soon followed by others. It does not pay where
// most of what is there stays, unless b only drops entries: that is done last, and
// Compact would come next.
func (x *Index) outgrown(b *batch, next contents) bool {
	j := &x.journal
	if x.readOnly || !j.wasteful(j.lines+len(b.ops), x.live(next)) {
		return false
	}
	drops := 0
	for i := range b.ops {
		switch b.ops[i].kind {
		case putRecord:
		case dropRecord:
			drops++
		default:
			return false
		}
	}
	return drops > 0 && drops == len(b.ops) || len(b.ops) >= max(next.sums.entries/2, 1)
}

// renew writes a file in the place of this one that tells what b leaves, which is next. After an
// error the one that was there is what it was, or no commit succeeds any more.
func (x *Index) renew(b *batch, next contents) error {
	after := &Index{known: x.known.Clone(), floor: x.floor.Raise(b.marks...), intents: x.intents, journal: x.journal, contents: next}
	for _, g := range b.gens {
		after.known.addNext(g)
	}
	err := after.replace(formatFor(after.floor))
	if err == nil {
		if err = after.journal.named(); err != nil {
			after.journal.failed = err // nobody can tell which of the two files will be found
		}
	}
	x.journal = after.journal
	return err
}

func (x *Index) rewrite(format int) error {
	if err := x.replace(format); err != nil {
		return err
	}
	return x.journal.named()
}

// replace is rewrite, but for the name, which is not durable yet.
func (x *Index) replace(format int) error {
	j := &x.journal
	if j.failed != nil {
		return j.failed
	}
	f, err := j.store.Create(compactName)
	if err != nil {
		return err
	}
	c := compaction{x: x, file: f, encoder: newEncoder(&table{}, "", format, nil)}
	err = c.write()
	if err == nil {
		err = f.Sync()
	}
	err = errors.Join(err, f.Close(), j.close())
	if err == nil {
		err = j.store.Rename(compactName, FileName)
	}
	if err != nil {
		return errors.Join(err, j.store.Remove(compactName))
	}
	*j = journal{
		store: j.store, format: format, table: *c.encoder.table, size: c.size, digits: c.encoder.sum(),
		lines: c.encoder.lines, overhead: c.overhead, created: true, unsynced: true,
	}
	return nil
}

// named makes the name of a file durable whose content is.
func (j *journal) named() error {
	if err := j.store.SyncDir(); err != nil {
		return err
	}
	j.created, j.unsynced = false, false
	return nil
}

// compaction writes an index anew.
type compaction struct {
	x        *Index
	encoder  *encoder
	file     StoreFile
	size     int64
	overhead int
}

func (c *compaction) write() error {
	if err := c.generations(); err != nil {
		return err
	}
	for e := range passing(c.x.blocks) {
		c.encoder.entry(e)
		if err := c.flush(compactBuf); err != nil {
			return err
		}
	}
	c.encoder.commit(c.encoder.lines - 1)
	if all := c.x.intents.all(); len(all) > 0 {
		b := batch{}
		for i := range all {
			b.add(op{kind: intendRecord, path: all[i].Path, intend: &intend{Intent: all[i]}})
		}
		if _, err := c.x.resolve(&b, false); err != nil {
			return err
		}
		return c.encoder.batch(&b, c.x.known, c.flush)
	}
	return c.flush(0)
}

// generations writes a table line for those that are referred to, and packs the
// others.
func (c *compaction) generations() error {
	used := map[GenID]bool{}
	var last GenID
	use := func(id GenID) {
		if id != last {
			used[id] = true
			last = id
		}
	}
	for _, b := range c.x.blocks {
		for _, id := range b.gens {
			use(id)
		}
	}
	for _, of := range c.x.intents.byPath {
		for i := range of {
			use(of[i].Gen)
		}
	}
	for row := range rows(c.x.known.All(), used) {
		c.encoder.generations(row, used)
		if err := c.flush(compactBuf); err != nil {
			return err
		}
	}
	for _, m := range c.x.floor {
		c.encoder.floor(m)
	}
	for _, b := range c.x.blocks {
		for _, id := range b.gens {
			c.encoder.refer(id, c.x.known)
		}
	}
	c.overhead = c.encoder.lines + 1
	return nil
}

// flush writes out what is encoded, if it is at least so many bytes.
func (c *compaction) flush(atLeast int) error {
	p := c.encoder.bytes()
	if len(p) < atLeast {
		return nil
	}
	if _, err := c.file.Write(p); err != nil {
		return err
	}
	c.size += int64(len(p))
	c.encoder.flushed()
	return nil
}

// rows yields generations in the pieces that make a line: those that are used, or
// all if used is nil, one by one; of the others as many as are in a row.
func rows(gens iter.Seq[Generation], used map[GenID]bool) iter.Seq[[]Generation] {
	return func(yield func([]Generation) bool) {
		var row []Generation
		for g := range gens {
			alone := used == nil || used[g.GenID]
			if len(row) > 0 && (alone || len(row) == packMax || row[0].Author != g.Author) {
				if !yield(row) {
					return
				}
				row = row[:0]
			}
			row = append(row, g)
			if alone {
				if !yield(row) {
					return
				}
				row = row[:0]
			}
		}
		if len(row) > 0 {
			yield(row)
		}
	}
}

// generations writes one of the rows.
func (e *encoder) generations(row []Generation, used map[GenID]bool) {
	if used == nil || used[row[0].GenID] {
		e.generation(row[0])
		return
	}
	e.pack(row)
}

// pack writes a row of generations of one author, in order of (Seq, Tag).
func (e *encoder) pack(row []Generation) {
	start := len(e.buf)
	e.buf = appendID(e.buf, "author", uint64(row[0].Author))
	e.buf = jsontext.AppendUint(e.buf, "seq", row[0].Seq)
	raw := make([]byte, 0, 8*len(row))
	even := true
	for i, g := range row {
		b := bigEndian(g.Tag)
		raw = append(raw, b[:]...)
		even = even && g.Seq == row[0].Seq+uint64(i)
	}
	e.buf = append(jsontext.AppendKey(e.buf, "tags"), '"')
	e.buf = jsontext.Base64.AppendEncode(e.buf, raw)
	e.buf = append(e.buf, '"')
	if !even {
		e.buf = append(jsontext.AppendKey(e.buf, "steps"), '[')
		for i := 1; i < len(row); i++ {
			e.buf = strconv.AppendUint(jsontext.Comma(e.buf, i-1), row[i].Seq-row[i-1].Seq, 10)
		}
		e.buf = append(e.buf, ']')
	}
	e.seal(start)
}
