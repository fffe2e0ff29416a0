package sync

import (
	"fmt"
	"strings"

	"latus/index"
	"latus/sync/filter"
	"latus/sync/peer"
)

// Lines of ignore files that can match nothing are passed over, as git does, and told of.
// What such a line was to leave out takes part in the run; only a mirror would delete it
// for that, where the first tree has nothing of the kind.

const unclear = " is not understood and passed over: "

// IsUnclear tells whether a Refusal is about a line of an ignore file.
func IsUnclear(text string) bool { return strings.Contains(text, unclear) }

// faults says which lines these are, of each file not more than anybody reads. Those of which
// nobody can tell what they were to match come first.
func (r *Replica) faults() (ns []peer.Problem) {
	const most = 5
	byFile := map[index.Path][]peer.Problem{}
	var files []index.Path
	all := r.rules.Faults()
	for _, is := range []bool{true, false} {
		for _, f := range all {
			if filter.Unclear(f.Why) != is {
				continue
			}
			how := " is passed over: "
			if is {
				how = unclear
			}
			file := f.Dir.Join(filter.File)
			if byFile[file] == nil {
				files = append(files, file)
			}
			byFile[file] = append(byFile[file], peer.Problem{Path: file, Reason: fmt.Sprintf("line %d%s%v", f.Line, how, f.Why)})
		}
	}
	for _, file := range files {
		said := byFile[file]
		more := len(said) - most
		ns = append(ns, said[:min(most, len(said))]...)
		switch {
		case more == 1:
			ns = append(ns, peer.Problem{Path: file, Reason: "1 more line is passed over"})
		case more > 1:
			ns = append(ns, peer.Problem{Path: file, Reason: fmt.Sprintf("%d more lines are passed over", more)})
		}
	}
	return ns
}

// notice tells what tree i has noticed, and of ignore files that are the same in several trees
// once.
func (r *run) notice(i int, n peer.Problem) {
	if n.Path.Base() == filter.File {
		for _, v := range r.views[:i] {
			for _, told := range v.Notices {
				if told == n {
					return
				}
			}
		}
	}
	if n.Reason != nestedBefore || r.o.Verbose {
		r.ob.Notice(i, n)
	}
}

// guardRules refuses to mirror by rules that nobody understands.
func (r *run) guardRules() error {
	if r.o.Mode != peer.Mirror {
		return nil
	}
	for i, v := range r.views {
		for _, n := range v.Notices {
			if n.Path.Base() == filter.File && IsUnclear(n.Reason) {
				return r.refuse(peer.Forbidden, i, "%s: %s", n.Path, n.Reason)
			}
		}
	}
	return nil
}
