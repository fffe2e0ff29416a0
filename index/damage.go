package index

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"strconv"
)

// Damage is what Load had to cut off.
type Damage struct {
	Saved  string // the copy of the file as it was, in the Store; "" when loaded read-only
	Line   int    // the first bad line, from 1
	Offset int64  // what was kept, in bytes
	Reason string
	Middle bool // something that had been committed is lost: the tree is like a restored backup
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
