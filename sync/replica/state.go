package replica

import (
	"context"
	"sync"

	"latus/index"
	"latus/index/mergelog"
	"latus/sync/cache"
	"latus/sync/config"
	"latus/sync/fetch"
	"latus/sync/filter"
	"latus/sync/peer"
	"latus/sync/plan"
	"latus/sync/scan"
	"latus/sync/site"
	"latus/sync/trash"
)

// session is what a Replica was told about the run, and who it is in it.
type session struct {
	hello  peer.Hello
	counts []index.Count // what was known before the scan, as told in Welcome
	group  index.GroupID
	others []peer.Tree
	forked []index.PeerID

	refusal      string // why a run that is not dry would end here; "": it would not, as far as it is known
	refusedEarly bool   // that was told when the tree was looked at

	renamed   string // why the tree got another id in this run; "": it did not
	onlyReads bool   // ReadOnly because of what the others of the run may do

	shrunk func() int64 // what compression has kept off the wires of this run; nil: there are none
}

// contents is what a Replica's .latus holds, once begun is closed.
type contents struct {
	begun     chan struct{} // closed when the index is loaded, or beginErr says why not
	beginErr  error
	stopBegin context.CancelFunc // nil: nothing goes on

	nearby *cache.Kept // a copy of the index is kept here; nil: none is
	x      *index.Index
	damage *index.Damage // nil: none
	trash  *trash.Trash

	recovered []peer.Change // what a killed run had begun and was finished by this one

	rules *filter.Filter

	attrsOf    *site.Home // of which keepsAttrs is known
	keepsAttrs bool

	made  made // what was not there before this run
	taken bool // the index was written in this run: the lease is ours
}

// sight is what a Replica's scan shows of the disk.
type sight struct {
	scanning chan struct{} // closed when found and scanErr are there
	stopScan context.CancelFunc
	found    *scan.Result
	scanErr  error
	before   []config.Before // what filesystems could do on which things were looked at last, oldest first
	early    *early          // what was done before Hello; nil: nothing was
	looked   *looked         // by LookAhead; nil: not
}

// decision is what comes of what the trees of a run tell each other.
type decision struct {
	deciding sync.RWMutex // guards merged and plan: hashes may be asked for meanwhile

	merged   *merged // what the run would add to the index
	merging  peer.MergeOptions
	hubKnows *index.Knowledge // what the tree that was merged from last said it had merged: on all but the first, the first. nil: none was
	drawn    []index.GenID    // generations made in this run
	mirrored index.GenID      // the one of them that puts back what the first tree has; zero: none does

	asked     map[plan.Question]bool // questions that went out, whatever came back
	nowhere   map[plan.Question]bool // what no tree of this run has; nil: nothing
	undecided bool                   // the last proposal has questions that must be answered before others merge
	unlike    []plan.Held            // paths whose content is not the same everywhere
	unlikeOf  []config.Unlike        // the same, to be remembered
	settled   []plan.Conflict        // conflicts that came up and were settled while merging
	after     *peer.Delta            // what this tree authored while merging, for the first one
	narrowed  *narrowed              // this is no run of trees, and about some paths only; nil: it is about all
	plan      *plan.Plan
}

// execution is how far the plan has been carried out.
type execution struct {
	wants   []fetch.Want
	bases   [][]fetch.Content // of wants: what is here and may have most of them
	left    int               // paths that are problems before anything is carried out
	joined  bool              // the run was told to Apply or Finish
	brought bool              // others brought something that was committed
	last    *mergelog.Run     // what this run did here; nil: nothing that is logged
}

// service is what a Replica needs to give others content while its own plan is carried out.
type service struct {
	byHash sync.Once // fills paths
	paths  map[index.Hash][]index.Path

	mu       sync.Mutex // guards what follows
	learned  []peer.Answer
	moves    map[index.Path]moving // files that the plan moves, by where they go
	carrying string                // the run under whose name the plan is carried out; "": it is not yet
}
