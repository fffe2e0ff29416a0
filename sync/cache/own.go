package cache

import (
	"errors"
	"io/fs"
	"os"
	"slices"
	"time"
)

var errForeign = errors.New("not a file that only this user may write to")

// openOwn opens a copy for reading, if nobody else can have written it, and tells
// since when its content is known. Without one the error wraps fs.ErrNotExist.
func openOwn(name string) (f *os.File, since time.Time, err error) {
	looked, err := os.Lstat(name)
	if err != nil {
		return nil, since, err
	}
	if !looked.Mode().IsRegular() {
		return nil, since, &fs.PathError{Op: "open", Path: name, Err: errForeign}
	}
	if f, err = os.Open(name); err != nil {
		return nil, since, err
	}
	info, err := f.Stat()
	if err == nil && !(os.SameFile(info, looked) && own(info)) {
		err = &fs.PathError{Op: "open", Path: name, Err: errForeign}
	}
	if err != nil {
		_ = f.Close()
		return nil, since, err
	}
	return f, info.ModTime(), nil
}

// copied is a copy as prune sees it.
type copied struct {
	name  string
	size  int64
	since time.Time
}

func oldestFirst(all []copied) []copied {
	slices.SortFunc(all, func(a, b copied) int { return a.since.Compare(b.since) })
	return all
}
