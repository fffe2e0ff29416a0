package index

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strconv"
)

// ErrNewer is wrapped by Load's error for a file of a later version of latus.
var ErrNewer = errors.New("written by a newer latus")

// Damage is what Load had to cut off.
type Damage struct {
	Saved  string // the copy of the file as it was, in the Store; "" when loaded read-only
	Line   int    // the first bad line, from 1
	Offset int64  // what was kept, in bytes
	Reason string
	Middle bool // something that had been committed is lost: the tree is like a restored backup
}

// Load reads the index from s; a missing file is an empty index. A tail that is
// torn or damaged is cut off, after the file as it was has been copied, and told
// as Damage, which is nil if there is none. A file that cannot be read, or that a
// newer latus wrote (ErrNewer), is left alone.
//
// With readOnly nothing is ever written: damage is left in place, and commits
// take effect in memory only.
func Load(s Store, readOnly bool) (*Index, *Damage, error) {
	x := &Index{store: s, readOnly: readOnly, known: NewKnowledge(), journal: journal{store: s}}
	f, err := s.Open(FileName)
	if errors.Is(err, fs.ErrNotExist) {
		return x, nil, nil
	}
	if err != nil {
		return nil, nil, fmt.Errorf("open %s: %w", FileName, err)
	}
	l := loader{x: x, lines: newLineReader(f), decoder: decoder{table: &x.journal.table}}
	damage, err := l.load()
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, nil, fmt.Errorf("read %s: %w", FileName, err)
	}
	if damage != nil && !readOnly {
		if damage.Saved, err = saveAside(s); err != nil {
			return nil, nil, fmt.Errorf("save the damaged %s: %w", FileName, err)
		}
		if err := cut(s, damage.Offset); err != nil {
			return nil, nil, fmt.Errorf("cut the damaged %s: %w", FileName, err)
		}
	}
	return x, damage, nil
}

// loader applies the transactions of a file to an empty index.
type loader struct {
	x       *Index
	lines   *lineReader
	decoder decoder
	line    int    // the number of the last line read
	count   int    // lines since the last commit line
	gens    int    // that were in the table when the last transaction took effect
	run     string // of the last intent since
	lost    bool   // what has been found bad so far was committed
	batch   batch
	group   []committed // transactions that have not taken effect yet
	grouped int         // how many changes they have
}

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

func (l *loader) load() (*Damage, error) {
	reason, err := l.header()
	if err != nil {
		return nil, err
	}
	for reason == "" {
		line, err := l.lines.next()
		if err == io.EOF {
			if reason = l.settle(); reason == "" && len(line) == 0 && l.count == 0 {
				return nil, nil
			}
			if reason == "" {
				l.line = l.x.journal.lines + 1
				reason = "the last transaction is not complete"
			}
			break
		}
		if err != nil {
			return nil, err
		}
		if reason = l.read(line); reason != "" {
			l.lost = looksCommitted(line)
		}
	}
	if earlier := l.settle(); earlier != "" {
		reason = earlier
	}
	return l.damaged(reason)
}

// damaged takes back what has not been committed, and looks whether something
// that was is lost.
func (l *loader) damaged(reason string) (*Damage, error) {
	j := &l.x.journal
	j.table.cut(l.gens)
	d := &Damage{Line: l.line, Offset: j.size, Reason: reason, Middle: l.lost}
	for {
		line, err := l.lines.next()
		if err == io.EOF {
			return d, nil
		}
		if err != nil {
			return nil, err
		}
		d.Middle = d.Middle || looksCommitted(line)
		l.lines.mark = l.lines.from
	}
}

// looksCommitted tells whether there is a commit line in what stands behind
// damage, or is damaged itself. Its checksum does not matter: it depends on the
// damage. No text in a line can look so, for its quotes are escaped.
func looksCommitted(line []byte) bool { return bytes.Contains(line, []byte(`{"commit":`)) }

const headerSize = int64(len(`{"latus":"index","format":1`) + tailSize)

// header reads the first line; reason says what is wrong with it.
func (l *loader) header() (reason string, err error) {
	line, err := l.lines.next()
	if err == io.EOF {
		if len(line) == 0 {
			return "", nil
		}
		// Only the writing of the very first transaction tears the header.
		l.line, l.lost = 1, int64(len(line)) >= headerSize
		return "the header is not complete", nil
	}
	if err != nil {
		return "", err
	}
	l.line = 1
	var h struct {
		Latus  string
		Format int
	}
	if json.Unmarshal(line, &h) == nil && h.Latus == "index" && h.Format > floorFormat {
		return "", fmt.Errorf("%w: format %d, this one knows %d", ErrNewer, h.Format, floorFormat)
	}
	if _, ok := l.lines.verify(line); !ok || h.Latus != "index" || h.Format < baseFormat {
		l.lost = true
		return "no header of an index", nil
	}
	l.x.journal.format = h.Format
	l.accept(&committed{size: l.lines.at(), digits: l.lines.digits(), line: l.line})
	return "", nil
}

// accept notes that the file is good up to the end of c.
func (l *loader) accept(c *committed) {
	j := &l.x.journal
	j.size, j.digits, j.lines, l.gens = c.size, c.digits, c.line, c.gens
}

// read takes one line in; reason says what is wrong with it.
func (l *loader) read(line []byte) (reason string) {
	l.line++
	body, ok := l.lines.verify(line)
	if !ok {
		return "the checksum is wrong"
	}
	var r record
	if err := l.decoder.decode(body, &r); err != nil {
		return err.Error()
	}
	if r.kind == commitRecord {
		return l.commit(r.count)
	}
	l.count++
	return l.add(&r)
}

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
		return l.settle()
	}
	return ""
}

// settle makes the transactions of the group take effect, all at once; where one
// of them cannot, those before it.
func (l *loader) settle() (reason string) {
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
		l.x.publish(b, changes)
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

// maxSaved is how many damaged files are kept.
const maxSaved = 3

// saveAside copies the file to the first free name for damaged ones. When all
// are taken, the oldest copy goes.
func saveAside(s Store) (string, error) {
	name, err := freeName(s)
	if err != nil {
		return "", err
	}
	from, err := s.Open(FileName)
	if err != nil {
		return "", err
	}
	defer from.Close()
	to, err := s.Create(name)
	if err != nil {
		return "", err
	}
	_, err = io.Copy(to, from)
	if err == nil {
		err = to.Sync()
	}
	if err = errors.Join(err, to.Close()); err == nil {
		err = s.SyncDir()
	}
	return name, err
}

func freeName(s Store) (string, error) {
	name := func(n int) string { return damagedName + strconv.Itoa(n) }
	for n := 1; n <= maxSaved; n++ {
		f, err := s.Open(name(n))
		if errors.Is(err, fs.ErrNotExist) {
			return name(n), nil
		}
		if err != nil {
			return "", err
		}
		f.Close()
	}
	for n := 1; n < maxSaved; n++ {
		if err := s.Rename(name(n+1), name(n)); err != nil {
			return "", err
		}
	}
	return name(maxSaved), nil
}

func cut(s Store, size int64) error {
	f, err := s.Append(FileName)
	if err != nil {
		return err
	}
	err = f.Truncate(size)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}
