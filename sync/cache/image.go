package cache

import (
	"cmp"
	"io"
	"os"
	"path/filepath"
	"time"

	"latus/index"
)

// image is what is known of a file that is read or written elsewhere.
type image struct {
	dir   string
	name  string    // of the file, where that matters
	kept  int64     // how many bytes it has from the copy
	size  int64     // and with what lies in more
	more  *os.File  // what comes behind; nil: nothing does
	since time.Time // when all of it was known first
	lost  bool      // something else may be in the file by now
}

// Write takes p in at the end. It never fails: then nothing is known any more.
func (i *image) Write(p []byte) (int, error) {
	if i.lost || len(p) == 0 {
		return len(p), nil
	}
	err := i.begin()
	if err == nil {
		_, err = i.more.WriteAt(p, i.size-i.kept)
	}
	i.size += int64(len(p))
	i.lost = err != nil
	return len(p), nil
}

func (i *image) begin() (err error) {
	if i.more != nil {
		return nil
	}
	if err = os.MkdirAll(i.dir, 0o700); err == nil {
		i.more, err = os.CreateTemp(i.dir, "*"+part)
	}
	return err
}

func (i *image) truncate(size int64) {
	switch {
	case i.lost:
	case size > i.size || size < i.kept:
		i.lost = true
	case i.more != nil:
		i.lost = i.more.Truncate(size-i.kept) != nil
		i.size = size
	}
}

// drop removes what was put down of the file.
func (i *image) drop() {
	if i.more != nil {
		_ = i.more.Close()
		_ = os.Remove(i.more.Name())
		i.more = nil
	}
}

// writing is a StoreFile whose writing is watched.
type writing struct {
	index.StoreFile
	image *image
}

func (w *writing) Write(p []byte) (int, error) {
	n, err := w.StoreFile.Write(p)
	_, _ = w.image.Write(p[:n])
	return n, err
}

func (w *writing) Truncate(size int64) error {
	err := w.StoreFile.Truncate(size)
	w.image.truncate(size)
	w.image.lost = w.image.lost || err != nil
	return err
}

// Close: what is written may be on its way until then.
func (w *writing) Close() error {
	err := w.StoreFile.Close()
	w.image.lost = w.image.lost || err != nil
	return err
}

// save makes a copy of what is known of the index, under another name first: who reads
// the old one meanwhile, or is as fast, is not disturbed.
func (k *Kept) save() error {
	i := &k.file
	grown := i.size - i.kept
	if i.lost || i.more == nil || grown == 0 || i.kept > 0 && grown <= max(smallTail, i.kept/256) {
		return nil
	}
	whole := i.more
	if i.kept > 0 {
		to, err := os.CreateTemp(i.dir, "*"+part)
		if err != nil {
			return err
		}
		defer os.Remove(to.Name()) // unless it has got its name
		defer to.Close()
		if _, err = io.Copy(to, io.NewSectionReader(k.copy, 0, i.kept)); err == nil {
			_, err = io.Copy(to, io.NewSectionReader(i.more, 0, grown))
		}
		if err != nil {
			return err
		}
		whole = to
	}
	if err := cmp.Or(whole.Close(), os.Chtimes(whole.Name(), i.since, i.since)); err != nil {
		return err
	}
	if k.copy != nil { // not every system renames over an open file
		_ = k.copy.Close()
		k.copy = nil
	}
	if err := os.Rename(whole.Name(), k.path); err != nil {
		return err
	}
	prune(i.dir, k.path, k.now())
	return nil
}

// prune removes what is too old to be used, or too much; never the copy at keep.
func prune(dir, keep string, now time.Time) {
	names, err := os.ReadDir(dir)
	if err != nil {
		return
	}
	var all []copied
	total := int64(0)
	for _, d := range names {
		info, err := d.Info()
		name := filepath.Join(dir, d.Name())
		if err != nil || !info.Mode().IsRegular() {
			continue
		}
		limit := trusted
		if filepath.Ext(name) == part {
			limit = parting
		}
		if now.Sub(info.ModTime()).Abs() > limit {
			_ = os.Remove(name)
			continue
		}
		total += info.Size()
		if name != keep && filepath.Ext(name) != part {
			all = append(all, copied{name, info.Size(), info.ModTime()})
		}
	}
	for _, c := range oldestFirst(all) {
		if total <= maxTotal {
			return
		}
		if os.Remove(c.name) == nil {
			total -= c.size
		}
	}
}
