package replica

import (
	"fmt"

	"latus/index"
	"latus/sync/filter"
	"latus/sync/peer"
	"latus/sync/reason"
)

// Lines of ignore files that can match nothing are passed over, as git does, and told of.
// What such a line was to leave out takes part in the run; only a mirror would delete it
// for that, where the first tree has nothing of the kind.

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
			code, how := reason.Code(""), "is passed over"
			if is {
				code, how = reason.Unclear, "is not understood and passed over"
			}
			file := f.Dir.Join(filter.File)
			if byFile[file] == nil {
				files = append(files, file)
			}
			byFile[file] = append(byFile[file], peer.Problem{Path: file, Reason: reason.New(code, fmt.Sprintf("line %d %s: %v", f.Line, how, f.Why))})
		}
	}
	for _, file := range files {
		said := byFile[file]
		more := len(said) - most
		ns = append(ns, said[:min(most, len(said))]...)
		switch {
		case more == 1:
			ns = append(ns, peer.Problem{Path: file, Reason: reason.Words("1 more line is passed over")})
		case more > 1:
			ns = append(ns, peer.Problem{Path: file, Reason: reason.Words(fmt.Sprintf("%d more lines are passed over", more))})
		}
	}
	return ns
}
