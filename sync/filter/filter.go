// Package filter says what is ignored: gitignore syntax, exactly as git reads
// it. Patterns come from a file in each directory, where an inner one overrides
// an outer one, and from the command line, which overrides all files. What lies
// below an ignored directory is ignored and nothing takes it in again. The
// private folder of a tree is ignored at every depth, whatever patterns say.
package filter

import (
	"maps"
	"strings"
	"sync"

	"latus/index"
)

// File is the name of the file that holds a directory's patterns. It is
// synchronized like any other.
const File = ".latusignore"

// Filter holds all patterns of one tree. Its methods may be called by several
// goroutines.
type Filter struct {
	command *Patterns

	mu     sync.RWMutex
	dirs   map[index.Path]*Patterns // only directories that have any
	faults map[index.Path][]Fault   // the same
}

// level is the patterns that one directory sets for all below it.
type level struct {
	dir index.Path
	*Patterns
}

// New makes a Filter with the patterns of the command line, in the order given,
// read as if they stood in a file at the root.
func New(command []string) *Filter {
	return &Filter{command: ParseLines(command), dirs: map[index.Path]*Patterns{}, faults: map[index.Path][]Fault{}}
}

// Set makes text the patterns of dir, instead of those it had; nil takes them
// away. What is below dir is judged by them from now on.
func (f *Filter) Set(dir index.Path, text []byte) {
	p, wrong := Parse(text), faults(dir, text)
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(p.list) == 0 {
		delete(f.dirs, dir)
	} else {
		f.dirs[dir] = p
	}
	if len(wrong) == 0 {
		delete(f.faults, dir)
	} else {
		f.faults[dir] = wrong
	}
}

// Clone is a Filter with the same patterns, which goes its own way from now on.
func (f *Filter) Clone() *Filter {
	f.mu.RLock()
	defer f.mu.RUnlock()
	return &Filter{command: f.command, dirs: maps.Clone(f.dirs), faults: maps.Clone(f.faults)}
}

// Forget takes away the patterns of all directories. Those of the command line
// stay.
func (f *Filter) Forget() {
	f.mu.Lock()
	defer f.mu.Unlock()
	clear(f.dirs)
	clear(f.faults)
}

// Ignored tells whether p, or any directory above it, is ignored. isDir says
// whether p itself is a directory.
func (f *Filter) Ignored(p index.Path, isDir bool) bool {
	if hasPrivate(string(p)) {
		return true
	}
	f.mu.RLock()
	defer f.mu.RUnlock()
	if len(f.dirs) == 0 && len(f.command.list) == 0 {
		return false
	}
	var room [16]level
	_, ignored := f.descend(room[:0], p, isDir)
	return ignored
}

// descend judges p and every directory above it, and returns the patterns that
// are in force for p. The caller holds the lock.
func (f *Filter) descend(levels []level, p index.Path, isDir bool) ([]level, bool) {
	levels = f.push(levels, "")
	for end := 0; end < len(p); end++ {
		if i := strings.IndexByte(string(p[end:]), '/'); i >= 0 {
			end += i
		} else {
			end = len(p)
		}
		if f.judge(levels, p[:end], end < len(p) || isDir) {
			return nil, true
		}
		if end < len(p) {
			levels = f.push(levels, p[:end])
		}
	}
	return levels, false
}

// IgnoredMoved is Ignored for p, which lies below the directory to, as it will be when the
// directory from, with all that is in it, has got that name: its own patterns go along.
func (f *Filter) IgnoredMoved(p, from, to index.Path, isDir bool) bool {
	if hasPrivate(string(p)) {
		return true
	}
	f.mu.RLock()
	defer f.mu.RUnlock()
	levels, ignored := f.descend(nil, to, true)
	for end := len(to); end < len(p) && !ignored; {
		if ps := f.dirs[from+p[len(to):end]]; ps != nil {
			levels = append(levels, level{p[:end], ps})
		}
		if i := strings.IndexByte(string(p[end+1:]), '/'); i >= 0 {
			end += 1 + i
		} else {
			end = len(p)
		}
		ignored = f.judge(levels, p[:end], end < len(p) || isDir)
	}
	return ignored
}

func (f *Filter) push(levels []level, dir index.Path) []level {
	if ps := f.dirs[dir]; ps != nil {
		levels = append(levels, level{dir, ps})
	}
	return levels
}

// judge looks at p alone: what is above it is known not to be ignored.
func (f *Filter) judge(levels []level, p index.Path, isDir bool) bool {
	if ignored, said := f.command.match(string(p), isDir); said {
		return ignored
	}
	for i := len(levels) - 1; i >= 0; i-- {
		below := p
		if dir := levels[i].dir; dir != "" {
			below = p[len(dir)+1:]
		}
		if ignored, said := levels[i].match(string(below), isDir); said {
			return ignored
		}
	}
	return false
}

// Scope judges the names in one directory, without looking at its parents again.
type Scope struct {
	filter *Filter
	levels []level
	all    bool
}

// In makes the Scope of dir, with the patterns set by now.
func (f *Filter) In(dir index.Path) Scope {
	f.mu.RLock()
	defer f.mu.RUnlock()
	if hasPrivate(string(dir)) {
		return Scope{all: true}
	}
	levels, ignored := f.descend(nil, dir, true)
	if ignored {
		return Scope{all: true}
	}
	if dir != "" {
		levels = f.push(levels, dir)
	}
	return Scope{filter: f, levels: levels}
}

// Empty tells whether no pattern says anything about what is in the directory:
// then nothing but private folders is ignored.
func (s Scope) Empty() bool {
	return !s.all && len(s.levels) == 0 && len(s.filter.command.list) == 0
}

// Ignored is Filter.Ignored for p directly in the directory of the Scope.
func (s Scope) Ignored(p index.Path, isDir bool) bool {
	return s.all || IsPrivate(p.Base()) || s.filter.judge(s.levels, p, isDir)
}

// IsPrivate tells whether name is the private folder of a tree, in any case of
// letters.
func IsPrivate(name string) bool {
	return len(name) == len(index.Private) && strings.EqualFold(name, index.Private)
}

func hasPrivate(p string) bool {
	for more := p != ""; more; {
		var name string
		name, p, more = strings.Cut(p, "/")
		if IsPrivate(name) {
			return true
		}
	}
	return false
}
