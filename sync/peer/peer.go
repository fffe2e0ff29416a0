// Package peer is the contract between a run and one of its trees, and between a run and
// who watches it (Observer, Report). The run sees only Replicas: one in this process, one
// behind a wire, it can't tell and does not care.
//
// A run calls, on each replica, in this order:
//
//	Hello → Look → Merge (again after Answer or another tree's second delta) → Apply → Close
//
// and Delta, Hash and Send in between, when another tree needs something of this
// one. Nothing in a tree (outside .latus) changes before Apply, and Close without
// Apply leaves no trace but what was authored; after Withdraw not even that of a
// tree that is new.
package peer

import (
	"context"

	"latus/index"
	"latus/sync/fetch"
	"latus/sync/plan"
	"latus/sync/reason"
)

// Replica is one tree taking part in a run.
type Replica interface {
	// Hello introduces the run to the tree and the tree to the run, before
	// anything is scanned. It locks the tree and finishes what a killed run left.
	// Errors are *Refusal where the tree says no.
	Hello(ctx context.Context, h Hello) (*Welcome, error)

	// Look scans, authors a generation if something changed (synced to disk
	// unless the run is dry), and tells what the tree knows. A replica may begin to
	// scan as soon as it has answered Hello.
	Look(ctx context.Context, q LookQuery) (*View, error)

	// Delta returns what the replica holds, merged but perhaps not committed, for
	// somebody whose counts are q.To.
	Delta(ctx context.Context, q DeltaQuery) (*Delta, error)

	// Merge takes over the metadata of other trees, in memory, and plans. It may be
	// called again with more. ErrUnresolved where a brief delta says too little.
	Merge(ctx context.Context, ds []*Delta, o MergeOptions) (*Proposal, error)

	// Hash computes hashes of content the replica has, by reading it where need
	// be. Answers come for those questions that it can answer, in any order.
	Hash(ctx context.Context, qs []plan.Question) ([]Answer, error)

	// Answer takes in the hashes that the last Proposal asked for, and plans again. It does
	// so without the content of which it is told that nobody has it.
	Answer(ctx context.Context, as []Answer) (*Proposal, error)

	// Apply commits what was merged and brings the tree to the plan, with content
	// from src. A bad path is data in the Outcome, not an error.
	Apply(ctx context.Context, src fetch.Source, w Follower) (*Outcome, error)

	// Finish ends a run in which nothing was to be applied here: it commits what was
	// merged and records the other trees, which by then have all that this one knows.
	// Apply includes it.
	Finish(ctx context.Context) (*Outcome, error)

	// Send hands out content of this tree to another one.
	fetch.Source

	// Withdraw ends a run that was refused before any of its trees was told to Apply
	// or Finish: a directory and a private folder that this run made go again, if
	// nothing else has come to be in them. Only Close comes after it.
	Withdraw(ctx context.Context) error

	// Close unlocks the tree and lets go of it.
	Close() error
}

// Mode is the direction of a run.
type Mode uint8

const (
	TwoWay Mode = iota
	OneWay      // changes flow from the first tree to the others
	Mirror      // and what differs in the others is put back
)

// Tree is what is said of a tree in greetings.
type Tree struct {
	Group index.GroupID // zero: none yet
	Peer  index.PeerID
	Name  string // for people: the host's name and the directory
	Place Place
	Fresh bool // has no .latus yet (a run that is not dry creates it at Look)
}

// Hello is what the run tells a replica first.
type Hello struct {
	Dry       bool
	Join      bool // accept another group, or a new tree where one stood
	Mode      Mode
	First     bool          // this replica is the first tree of the run, the hub
	Spec      string        // how the user named this replica's tree
	Others    []Tree        // the trees whose welcome is known already; the hub is first
	Counts    []index.Count // what the hub knows, if its welcome is known already
	Filter    []string      // patterns from the command line, in order, gitignore syntax ("!p" for --include p)
	Checksum  bool
	MaxDelete Limit
	Version   string // of the latus that runs
	HardLinks bool   // names of one file are made names of one file
	Owner     bool   // owner and group are looked at, and set
	Xattrs    bool   // extended attributes are
}

// Limit is --max-delete.
type Limit = plan.Limit

// Welcome is a replica's answer to Hello.
type Welcome struct {
	Tree
	Counts    []index.Count
	Forked    []index.PeerID // authors whose history here is not a prefix, or an extension, of the counts in Hello
	Remembers []Tree         // peers that this tree has met, and where they stood
	Version   string
	Missing   bool     // there is no such directory (a run that is not dry makes it at Look)
	Recovered []Change // what a killed run had begun here and was finished just now; not told in a dry run, which finishes nothing
}

// LookQuery asks a replica to scan and tell.
type LookQuery struct {
	Group  index.GroupID // the group of the run, known by now
	Others []Tree        // every other tree of the run
	To     []index.Count // whom the summary is for; nil: nobody, only counts are told
	Forked []index.PeerID
	Known  *index.Summary // what that one knows by now; nil: no delta is wanted in the answer
	Verify []index.Count  // counts of other trees, to be held against the own history
	Brief  bool           // of the delta: as in DeltaQuery
}

// View is what a replica found and knows.
type View struct {
	Peer     index.PeerID // as in Welcome, unless the tree turned out to be a copy
	Name     string
	Counts   []index.Count  // after authoring
	Known    index.Summary  // for LookQuery.To
	Forked   []index.PeerID // authors whose history here is no extension of LookQuery.Verify, or was forked by what was authored
	Digest   uint64         // over (path, heads, registers) of live entries
	Delta    *Delta         // if LookQuery.Known was given
	Quiet    bool           // nothing is pending here that a run could do something about
	Untidy   bool           // worth a Finish, though nothing is to be done: then much can be forgotten, or what was noted of the others is out of date
	Problems []Problem
	Notices  []Problem // sockets, FIFOs, devices
	Held     []Problem // of a quiet tree: what stays pending and counts as a problem, like names that cannot be there
	Files    int64     // on the disk
	Bytes    int64
	Authored int // how many paths differed from the witnesses
}

// DeltaQuery asks for what somebody does not know yet.
type DeltaQuery struct {
	To     []index.Count // that one's counts, as in its Welcome
	Forked []index.PeerID
	Known  *index.Summary // what that one knows by now
	Full   bool           // list everything
	Also   []index.Path   // entries to include whatever is known of them (mirror, hash annotations)
	Brief  bool           // what the receiver can look up may be left out (Delta.Shorten)
}

// Delta carries metadata from one tree to another.
type Delta struct {
	From    index.PeerID
	Known   index.Summary  // all that From has merged, for the receiver's counts
	Entries []*index.Entry // in path order; Have, Pending and Witness are left out
	Moved   []int          // of Entries, ascending: those that Shorten made short
	Sum     uint64         // over what it left out
	Full    bool           // Entries are all that From has: what is not listed has no heads there
	Floor   index.Floor    // with Full: what From has forgotten
	Asked   []index.Path   // the DeltaQuery.Also: for these, what is not in Entries does not exist at From
	Lags    []index.Path   // of a mirror's first tree, in path order: what is no model, with all below: its disk does not show its entry yet, or could not be read
	Attrs   bool           // From looks at extended attributes: what has none registered has none there
}

// MergeOptions rule a Merge.
type MergeOptions struct {
	Conflict plan.ConflictPolicy
	Mirror   bool // supersede every difference with the delta's (the first tree's) content
	Actions  bool // the caller wants to see every action, not only counts
}

// Proposal is a plan as the run sees it.
type Proposal struct {
	Refused   string          // why the guard says no; "" for ready
	Counts    map[string]int  // actions by name, without keep
	Bytes     int64           // that must come from elsewhere
	Actions   []Change        // if asked for, in the order of the plan
	Questions []plan.Question // hashes that could save a transfer, or bring a decision (Undecided)
	Undecided bool            // some questions must be answered before others merge from this tree
	Conflicts []plan.Conflict // new to this tree, or settled on its disk only now
	Held      []plan.Held
	Wants     []fetch.Want // what Apply will ask of its source first, in order
	Second    *Delta       // keep-both and mirror: what this replica authored while merging
	Losses    int
	Files     int
	Rules     bool // files that say what is ignored change or go: the next run goes by what they say then

	Digest uint64 // what that of the Outcome will be
}

// Change is one action as people see it.
type Change struct {
	Op   plan.Op
	Kind index.Kind
	Path index.Path
	From index.Path
	Size int64
	What Difference
}

// Difference says what about a path changes, as rsync's itemized column does.
type Difference uint8

const (
	NewPath Difference = 1 << iota
	NewContent
	NewSize
	NewTime
	NewMode
	NewOwner
	NewGroup
	NewAttrs
)

// Answer is a hash that was asked for.
type Answer struct {
	Path index.Path
	Gen  index.GenID
	Hash index.Hash // zero: no tree of the run has that content
}

// Problem is a path that was left as it is, with the reason.
type Problem struct {
	Path   index.Path
	Reason reason.Reason
}

// ProblemsAmong picks those of the held paths that are problems.
func ProblemsAmong(held []plan.Held) (ps []Problem) {
	for _, h := range held {
		if h.Problem {
			ps = append(ps, Problem{Path: h.Path, Reason: h.Reason})
		}
	}
	return ps
}

// Follower is told what Apply does, as it does it, from one goroutine at a time.
type Follower interface {
	Applied(n int)               // action n of Proposal.Actions is done; in order, failed ones are left out
	Progress(files, bytes int64) // installed so far
}

// Outcome is what an Apply came to.
type Outcome struct {
	Digest   uint64
	Changes  int       // actions done, without keep
	Bytes    int64     // of content that came from elsewhere
	Problems []Problem // paths left pending by a failure
	Trashed  int
	Files    int64            // files and links in the tree, afterwards
	Size     int64            // bytes of these files
	Run      string           // the id under which trash and log know this run
	Saved    map[string]int64 // bytes not transferred, by how: move, copy, undelete, resume, delta
}
