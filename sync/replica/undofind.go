package replica

import (
	"fmt"
	"slices"
	"strings"

	"latus/index"
	"latus/index/mergelog"
	"latus/sync/peer"
	"latus/sync/plan"
	"latus/sync/reason"
)

// findRun looks a run up in the merge log: the one whose id begins so, or the
// last one that put something into the tree or its trash; nil: none did. stood are the
// directories that later runs did something to, as they last found them.
func (r *Replica) findRun(name string) (run *mergelog.Run, stood map[index.Path]mergelog.Former, err error) {
	if name != "" {
		full, err := r.fullName(name)
		if err != nil {
			return nil, nil, err
		}
		name = full
	}
	var found *mergelog.Run
	stood = map[index.Path]mergelog.Former{}
	err = mergelog.Read(r.home.Store(), func(l mergelog.Run) bool {
		if name == "" && l.Start.Command != "verify" && len(l.Records) > 0 || name != "" && l.Start.Run == name {
			found = &l
			return false
		}
		for _, rec := range slices.Backward(l.Records) {
			lastStood(stood, rec.Path, rec.Was)
			lastStood(stood, rec.From, rec.Took)
		}
		return true
	})
	switch {
	case err != nil:
		return nil, nil, fmt.Errorf("%s: %w", r.o.Spec, err)
	case found == nil:
		return nil, nil, nil
	case found.Start.Command == "verify":
		return nil, nil, &UndoError{Run: name, Text: "that run repaired damaged files, which cannot be undone; their bytes are in the trash"}
	}
	return found, stood, nil
}

// lastStood notes how a run found a directory, unless one after it did.
func lastStood(stood map[index.Path]mergelog.Former, p index.Path, was mergelog.Former) {
	if _, later := stood[p]; !later && was.Kind == index.Dir {
		stood[p] = was
	}
}

// onlyKept says why there is nothing to put back of a run that had this tree keep the
// losers of conflicts, and no more, and which run is before it, if that is the question.
func (r *Replica) onlyKept(run *mergelog.Run, o UndoOptions) (peer.Problem, error) {
	if len(run.Records) == 0 {
		return peer.Problem{Reason: reason.Words("that run changed nothing in this tree")}, nil
	}
	p := peer.Problem{Path: run.Records[0].Path}
	won := "the version of this tree won the conflict"
	if n := len(run.Records); n > 1 {
		p.Path, won = "", fmt.Sprintf("the versions of this tree won %d conflicts", n)
	}
	which := "the last"
	if o.Run != "" {
		which = "that"
	}
	said := fmt.Sprintf("%s, and %s run (%s) changed nothing else here: its losers are in the trash", won, which, run.Start.Run)
	if o.Conflicts != "" {
		said += " (" + o.Conflicts + ")"
	}
	if p.Reason = reason.Words(said); o.Run != "" {
		return p, nil
	}
	passed := false
	err := mergelog.Read(r.home.Store(), func(l mergelog.Run) bool {
		if passed && undoable(&l) && l.Start.Command != "verify" {
			p.Reason = p.Reason.Then(". The run before it is " + l.Start.Run)
			return false
		}
		passed = passed || l.Start.Run == run.Start.Run
		return true
	})
	return p, err
}

// undoable tells whether a run changed files.
func undoable(l *mergelog.Run) bool {
	for i := range l.Records {
		if l.Records[i].Op != plan.Keep.String() {
			return true
		}
	}
	return false
}

func (r *Replica) fullName(name string) (string, error) {
	var like []string
	exact := false
	err := mergelog.ReadRuns(r.home.Store(), func(l mergelog.Run) bool {
		switch {
		case l.Start.Run == name:
			exact = true
		case strings.HasPrefix(l.Start.Run, name):
			like = append(like, l.Start.Run)
		}
		return !exact
	})
	switch {
	case err != nil:
		return "", fmt.Errorf("%s: %w", r.o.Spec, err)
	case exact:
		return name, nil
	case len(like) == 1:
		return like[0], nil
	case len(like) > 1:
		return "", &UndoError{Run: name, Text: "more than one run begins so", Like: like}
	}
	return "", &UndoError{Run: name, Text: "there is no such run in the log", Like: []string{}}
}
