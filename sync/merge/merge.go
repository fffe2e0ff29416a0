// Package merge carries a plan out on disk.
//
// What it promises: at every moment, whatever is killed or fails, each name of
// the tree holds its old or its new version, whole, and each version that was there
// before is in the tree, in the trash or in staging. It keeps the promise by an
// order of writes:
//
//  1. new content is written to .latus/staging, verified (package stage), and synced;
//  2. what is about to happen is written to the index and to the list of the
//     trash, and synced;
//  3. the target is looked at: what is not as the plan expects is left alone;
//  4. staged and target are exchanged, what came out is looked at, and goes to
//     the trash. Nothing is ever replaced or unlinked;
//  5. what was done is synced, and then recorded.
//
// The steps are taken for a batch of actions at a time. Recover finishes what a
// killed run left between 2 and 5.
//
// # Where to find what
//
// Apply begins in merge. In the order in which an action goes through it:
//
//   - apply goes through the plan, and fetching has the content come that it wants. vacate and
//     namesake look ahead in the plan: who waits for whom, which names of a file become alike.
//   - step makes an action ready, or bundle many at once, and batch gathers and carries out;
//     finish is the end of it. intend is what is written down before.
//   - What is done on disk: ahead says which steps go together; install, move, lift, hardlink,
//     adjust, attrs do them. dirs holds directories, unlock opens those that are read-only.
//   - What became of it: fate, and for the index ledger with its line, for people log.
//
// Recover begins in recover. recoverline takes one plan line; replay goes on with it, putback
// takes it back, mend sees to the rest of it, giveup leaves it; tick says what may be an edit.
// salvage is for an index that has lost its lines. shelve serves both.
package merge

import (
	"context"
	"errors"

	"latus/index"
	"latus/index/mergelog"
	"latus/sync/fetch"
	"latus/sync/plan"
	"latus/sync/reason"
	"latus/sync/trash"
	"latus/sync/tree"
)

// Problem is a path that was left as it is.
type Problem struct {
	Path   index.Path
	Reason reason.Reason
}

// Job is a plan and all that it takes to carry it out. The tree's lock is held
// and no intents are unsettled.
type Job struct {
	Tree   tree.Tree
	Index  *index.Index
	Trash  *trash.Trash
	Log    *mergelog.Log // gets a record an action; nil: nobody reads it
	Run    string        // names the run in the trash and the log
	Plan   *plan.Plan
	Wants  []fetch.Want                        // of Plan.Wants, by Resume
	Bases  [][]fetch.Content                   // by want: what has much of it, best first; none without a Want.Base
	Source fetch.Source                        // of the wants; may be nil if there are none
	Author func(index.Path, index.Head) string // the name of the tree that a version is from
	Now    func() int64                        // nanoseconds since 1970 UTC

	Fold     func(name string) string            // as in plan.Disk
	Ignored  func(p index.Path, isDir bool) bool // what may keep a directory from going without being a problem; nil: nothing
	Applied  func(n int)                         // action n is done: in the order of the plan, failed ones are left out; may be nil
	Progress func(files, bytes int64)            // files and links in place, bytes fetched; may be nil
}

// Result is what an Apply came to.
type Result struct {
	Done     int   // actions carried out, Keeps not counted
	Bytes    int64 // of installed content that came from elsewhere
	Trashed  int
	Problems []Problem
	Saved    map[string]int64 // bytes not transferred, by how: move, copy, undelete, resume, delta
	Failed   map[int]bool     // actions that were not carried out
}

// Apply carries out j.Plan. What goes wrong with a path is a Problem; the
// error is about the run: the index or the trash cannot be written, what was
// written cannot be made durable, or ctx is done. The Result is valid beside an error, too.
func Apply(ctx context.Context, j Job) (*Result, error) {
	a, err := newApplier(j)
	if err != nil {
		return &Result{}, err
	}
	err = a.run(ctx)
	if errors.Is(err, errNotDurable) {
		err = errors.Join(err, a.discard())
	}
	return &a.res, errors.Join(err, a.close())
}

// why is tree.Why, but what somebody changed is said to be that, whatever else came
// of it.
func why(err error) reason.Reason {
	if errors.Is(err, trash.ErrChanged) {
		return reason.Words(trash.ErrChanged.Error())
	}
	return tree.Why(err)
}
