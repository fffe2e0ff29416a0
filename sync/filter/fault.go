package filter

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"latus/index"
)

// Fault is a line of an ignore file that can match nothing, and is passed over.
type Fault struct {
	Dir  index.Path // of the file
	Line int        // from 1
	Why  error
}

// notUnderstood is what Check says of a pattern that is not even one.
type notUnderstood string

func (e notUnderstood) Error() string { return string(e) }

// Unclear tells whether err, of Check, is about a line of which nobody can tell what it was
// to match. Others match nothing for sure.
func Unclear(err error) bool {
	var e notUnderstood
	return errors.As(err, &e)
}

// faults are the lines of an ignore file that can match nothing.
func faults(dir index.Path, text []byte) (fs []Fault) {
	n := 0
	for line := range lines(text) {
		n++
		if strings.HasPrefix(line, "#") || trimSpaces(line) == "" {
			continue
		}
		if err := Check(line); err != nil {
			fs = append(fs, Fault{dir, n, err})
		}
	}
	return fs
}

// Told is what there is to say of a line, or of several.
type Told struct {
	Text    string
	Unclear bool // as Unclear has it
}

// Tell says which lines of one file can match nothing, not more than anybody reads. Those of
// which nobody can tell what they were to match come first.
func Tell(of []Fault) (all []Told) {
	const most = 5
	for _, unclear := range []bool{true, false} {
		for _, f := range of {
			if Unclear(f.Why) != unclear {
				continue
			}
			how := "is passed over"
			if unclear {
				how = "is not understood and passed over"
			}
			all = append(all, Told{fmt.Sprintf("line %d %s: %v", f.Line, how, f.Why), unclear})
		}
	}
	more := len(all) - most
	all = all[:min(most, len(all))]
	switch {
	case more == 1:
		all = append(all, Told{Text: "1 more line is passed over"})
	case more > 1:
		all = append(all, Told{Text: fmt.Sprintf("%d more lines are passed over", more)})
	}
	return all
}

// Read are the patterns of a file that is no ignore file of a tree, and the lines that can
// match nothing.
func Read(text []byte) (patterns []string, fs []Fault) {
	for line := range lines(text) {
		if line != "" && line[0] != '#' {
			patterns = append(patterns, line)
		}
	}
	return patterns, faults("", text)
}

// lines are those of an ignore file, without what ends them.
func lines(text []byte) func(yield func(string) bool) {
	text = bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))
	return func(yield func(string) bool) {
		for line := range bytes.Lines(text) {
			line = bytes.TrimSuffix(bytes.TrimSuffix(line, []byte("\n")), []byte("\r"))
			if !yield(string(line)) {
				return
			}
		}
	}
}

// Faults are the lines of all directories' files that can match nothing, in the order of
// their directories.
func (f *Filter) Faults() (all []Fault) {
	f.mu.RLock()
	defer f.mu.RUnlock()
	for _, fs := range f.faults {
		all = append(all, fs...)
	}
	slices.SortFunc(all, func(a, b Fault) int { return cmp.Or(index.Compare(a.Dir, b.Dir), cmp.Compare(a.Line, b.Line)) })
	return all
}
