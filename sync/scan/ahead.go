package scan

import (
	"errors"
	"io/fs"
	"slices"
	"sync"

	"latus/index"
	"latus/sync/tree"
)

// ahead is what was asked of a distant tree for many names of a directory at once.
type ahead struct {
	missing map[string]error  // names that the index has seen and that are not there: fs.ErrNotExist
	targets map[string]string // of links that are new, or other than before
}

// askAhead asks a distant tree for what would be asked for name by name.
func (w *worker) askAhead(l *listing) {
	if !tree.IsDistant(w.tree) {
		return
	}
	var mu sync.Mutex
	var asks []func()
	l.ahead = ahead{map[string]error{}, map[string]string{}}
	was := map[string]index.Witness{}
	for c := range w.index.Children(l.path) {
		name := string(c.Name)
		if c.Witness.Kind == index.Link {
			was[name] = c.Witness
		}
		if _, there := slices.BinarySearch(l.names, name); there || c.Witness.Kind == index.Absent {
			continue
		}
		asks = append(asks, func() {
			if _, err := l.dir.Stat(name); errors.Is(err, fs.ErrNotExist) {
				mu.Lock()
				defer mu.Unlock()
				l.missing[name] = err
			}
		})
	}
	for _, name := range l.names {
		info, seen := l.infos[name]
		if !seen || info.Kind != index.Link || !differs(was[name], w.witness(info), w.traits) {
			continue
		}
		asks = append(asks, func() {
			if target, err := l.dir.Readlink(name); err == nil {
				mu.Lock()
				defer mu.Unlock()
				l.targets[name] = target
			}
		})
	}
	tree.Together(w.tree, asks...)
}
