package replica

import (
	"slices"

	"latus/index"
	"latus/index/mergelog"
	"latus/sync/peer"
	"latus/sync/plan"
	"latus/sync/reason"
	"latus/sync/scan"
)

// narrowed is what an Undo, a Resolve and a GiveUp are about. They come without the patterns
// and the limits of a run of trees: what they scan for, author and carry out is these paths,
// and nothing else that differs or waits.
type narrowed struct {
	paths map[index.Path]bool // and what is below them
	above map[index.Path]bool // the directories they are in

	of      string // the run that an Undo puts back; "": it is none
	decided map[index.Path]bool
	gen     index.GenID           // that decided
	trash   map[index.Path]string // where the bytes of its versions lie; nil: wherever these are found
	goes    map[index.Path]bool   // directories without a version that an Undo takes away

	moreFiles, moreBytes int64 // on the disk than the index knows of, for want of a whole scan
}

// count compares what the scan found with the index: what comes of it is left out of what is
// authored, but not of what there is.
func (n *narrowed) count(v *peer.View, x *index.Index) {
	files, _, links, bytes := x.Shown()
	n.moreFiles, n.moreBytes = v.Files-int64(files+links), v.Bytes-bytes
}

// about is for decisions about paths.
func about(paths []index.Path) *narrowed {
	n := &narrowed{paths: make(map[index.Path]bool, len(paths)), above: map[index.Path]bool{}}
	for _, p := range paths {
		n.add(p)
	}
	return n
}

// aboutRun is for an Undo of run.
func aboutRun(run *mergelog.Run) *narrowed {
	n := about(nil)
	n.of = run.Start.Run
	for i := range run.Records {
		rec := &run.Records[i]
		n.add(rec.Path)
		if rec.From != "" {
			n.add(rec.From)
		}
	}
	return n
}

func (n *narrowed) add(p index.Path) {
	n.paths[p] = true
	for p != "" && !n.above[p.Dir()] {
		p = p.Dir()
		n.above[p] = true
	}
}

// among picks what is to be known of what the scan found. The rest is for a run, which knows
// what it is to leave out. Where a directory that paths are in is none any more, all that was
// in it is gone; and what has one of these names by fold, unless that is nil, is in their way.
func (n *narrowed) among(found []scan.Found, fold func(string) string) []scan.Found {
	twins := map[string]bool{}
	if fold != nil {
		for _, ps := range []map[index.Path]bool{n.paths, n.above} {
			for p := range ps {
				twins[fold(string(p))] = true
			}
		}
	}
	gone := map[index.Path]bool{}
	for i := range found {
		if f := &found[i]; n.above[f.Path] && f.Witness.Kind != index.Dir {
			gone[f.Path] = true
		}
	}
	return slices.DeleteFunc(found, func(f scan.Found) bool {
		if n.above[f.Path] || n.paths[f.Path] || fold != nil && twins[fold(string(f.Path))] {
			return false
		}
		for p := f.Path; p != ""; {
			if p = p.Dir(); n.paths[p] || gone[p] {
				return false
			}
		}
		return true
	})
}

// narrow keeps a plan away from what waits for other reasons.
func (n *narrowed) narrow(in *plan.Input, x *index.Index) {
	blocked, inTrash, entries := in.Blocked, in.InTrash, in.Entries
	in.Blocked = func(p index.Path) (reason.Reason, bool) {
		if !n.decided[p] && n.leaves(p, x.Get(p)) {
			return reason.Words("waits for another run"), true
		}
		return blocked(p)
	}
	if n.of != "" {
		in.Entries = func(yield func(*index.Entry) bool) {
			for e := range entries {
				if !n.outside(e) && !yield(e) {
					return
				}
			}
		}
	}
	in.InTrash = func(p index.Path, g index.GenID) (string, bool) {
		if id := n.trash[p]; id != "" && g == n.gen {
			return id, true
		}
		return inTrash(p, g)
	}
}

// leaves tells whether e, at p, which nothing was decided about, is to stay as it is. What
// was scanned for is not all that changed on the disk: a file may stand where the index still
// has something that was in a directory.
func (n *narrowed) leaves(p index.Path, e *index.Entry) bool {
	stands := index.Absent
	if e != nil {
		stands = e.Witness.Kind
	}
	switch {
	case e != nil && e.Pending, stands == index.File, stands == index.Link:
		return true
	case n.of == "":
		return false
	case stands == index.Dir:
		return !n.goes[p]
	}
	return !n.above[p]
}

// outside tells whether e waits to be put in place by another run. Until then no directory
// is needed for it.
func (n *narrowed) outside(e *index.Entry) bool {
	return e.Pending && e.Witness.Kind == index.Absent && !n.decided[e.Path] && !n.above[e.Path]
}
