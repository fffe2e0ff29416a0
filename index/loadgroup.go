package index

import (
	"slices"
	"strconv"
)

// committed is a transaction that was read whole.
type committed struct {
	batch  batch
	size   int64 // of the file with it, as journal has it
	digits string
	line   int
	gens   int // in the table with it
}

// maxGroup is how many changes take effect at a time: small transactions by the
// thousand would take long one by one.
const maxGroup = 1 << 15

func (l *loader) commit(count uint64) (reason string) {
	if count != uint64(l.count) {
		return "the commit line is of another transaction"
	}
	j := &l.x.journal
	if j.overhead == 0 {
		j.overhead = 2 + l.count - l.batch.puts.count - len(l.batch.ops)
	}
	l.group = append(l.group, committed{l.batch, l.lines.at(), l.lines.digits(), l.line, len(j.table.gens)})
	l.grouped += l.batch.puts.count + len(l.batch.ops)
	l.batch = batch{}
	l.count, l.run = 0, ""
	if l.grouped >= maxGroup {
		return l.endGroup()
	}
	return ""
}

// endGroup makes the transactions of the group take effect, all at once; where one
// of them cannot, those before it.
func (l *loader) endGroup() (reason string) {
	group := l.group
	l.group, l.grouped = nil, 0
	if len(group) > 1 {
		var all batch
		for i := range group {
			b := group[i].batch
			b.mix()
			group[i].batch = b
			all.gens = append(all.gens, b.gens...)
			all.marks = all.marks.Raise(b.marks...)
			all.ops = append(all.ops, b.ops...)
		}
		if l.take(&all) == nil {
			l.accept(&group[len(group)-1])
			return ""
		}
	}
	for i := range group {
		if err := l.take(&group[i].batch); err != nil {
			l.line, l.lost = group[i].line, true
			return err.Error()
		}
		l.accept(&group[i])
	}
	return ""
}

func (l *loader) take(b *batch) error {
	changes, err := l.x.resolve(b, true)
	if err == nil {
		l.x.publish(b, changes, l.x.with(b, changes))
	}
	return err
}

func (l *loader) add(r *record) (reason string) {
	switch r.kind {
	case tableRecord:
		if r.number != uint64(len(l.x.journal.table.gens)+1) {
			return "generation " + strconv.FormatUint(r.number, 10) + " is out of place"
		}
		l.x.journal.table.add(r.gen)
		if r.gen.Seq != 0 {
			l.batch.gens = append(l.batch.gens, r.gen)
		}
		return ""
	case packRecord:
		return l.unpack(&r.pack)
	case floorRecord:
		l.batch.marks = l.batch.marks.Raise(r.mark)
	case intendRecord:
		if r.intend.runImplied {
			r.intend.Run = l.run
		}
		l.run = r.intend.Run
		l.batch.add(op{kind: r.kind, path: r.path, intend: r.intend})
	case doneRecord, hashRecord:
		d := r.done
		l.batch.add(op{kind: r.kind, path: r.path, done: &d})
	case putRecord:
		l.put(r)
	default:
		l.batch.add(op{kind: r.kind, path: r.path})
	}
	return ""
}

// put takes an entry in that is the decoder's.
func (l *loader) put(r *record) {
	if len(l.batch.ops) == 0 {
		p := &l.batch.puts
		p.next = append(p.next[:0], r.text...)
		if p.add(r.entry) {
			return
		}
	}
	e := *r.entry
	e.Path, e.Heads = Path(r.text), slices.Clone(e.Heads)
	l.batch.ops = append(l.batch.ops, op{kind: putRecord, path: e.Path, entry: &e})
}

func (l *loader) unpack(p *pack) (reason string) {
	if p.steps != nil && len(p.steps) != len(p.tags)-1 {
		return "the generations and their steps do not match"
	}
	seq := p.seq
	for i, tag := range p.tags {
		if i > 0 && p.steps != nil {
			seq += p.steps[i-1]
		} else if i > 0 {
			seq++
		}
		if seq == 0 {
			return "a generation has no sequence number"
		}
		l.batch.gens = append(l.batch.gens, Generation{GenID: GenID{p.author, tag}, Seq: seq})
	}
	return ""
}
