package index

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
)

// ErrNewer is wrapped by Load's error for a file of a later version of latus.
var ErrNewer = errors.New("written by a newer latus")

// Load reads the index from s; a missing file is an empty index. A tail that is
// torn or damaged is cut off, after the file as it was has been copied, and told
// as Damage, which is nil if there is none. A file that cannot be read, or that a
// newer latus wrote (ErrNewer), is left alone.
//
// With readOnly nothing is ever written: damage is left in place, and commits
// take effect in memory only.
//
// What a Recaller has at hand is good as long as all lines, those and the ones that
// are really in the file, add up. If they don't, it does not count.
func Load(s Store, readOnly bool) (*Index, *Damage, error) {
	if x := recall(s, readOnly); x != nil {
		return x, nil, nil
	}
	x := newIndex(s, readOnly)
	f, err := s.Open(FileName)
	if errors.Is(err, fs.ErrNotExist) {
		return x, nil, nil
	}
	if err != nil {
		return nil, nil, about("open", FileName, err)
	}
	damage, err := x.read(f)
	if err != nil {
		return nil, nil, about("read", FileName, err)
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

func newIndex(s Store, readOnly bool) *Index {
	return &Index{store: s, readOnly: readOnly, known: NewKnowledge(), journal: journal{store: s}}
}

// read loads an empty index from f, and closes that.
func (x *Index) read(f io.ReadCloser) (*Damage, error) {
	l := loader{x: x, lines: newLineReader(f), decoder: decoder{table: &x.journal.table}}
	damage, err := l.load()
	return damage, errors.Join(err, f.Close())
}

// recall loads the index with what a Recaller has at hand; nil if there is nothing, or
// anything is wrong with it.
func recall(s Store, readOnly bool) *Index {
	r, ok := s.(Recaller)
	if !ok {
		return nil
	}
	f, err := r.Recall()
	if err != nil || f == nil {
		return nil
	}
	x := newIndex(s, readOnly)
	if damage, err := x.read(f); err != nil || damage != nil {
		return nil
	}
	return x
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

func (l *loader) load() (*Damage, error) {
	reason, err := l.header()
	if err != nil {
		return nil, err
	}
	for reason == "" {
		line, err := l.lines.next()
		if err == io.EOF {
			if reason = l.endGroup(); reason == "" && len(line) == 0 && l.count == 0 {
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
	if earlier := l.endGroup(); earlier != "" {
		reason = earlier
	}
	return l.damaged(reason)
}

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
