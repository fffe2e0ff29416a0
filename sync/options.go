package sync

import (
	"context"
	"log/slog"

	"latus/index"
	"latus/sync/peer"
	"latus/sync/plan"
)

// Options rule a run. The zero value is a two-way run with the defaults of the
// command line.
type Options struct {
	Dry       bool
	Mode      peer.Mode
	Conflict  plan.ConflictPolicy
	Checksum  bool
	Join      bool
	Xattrs    bool // extended attributes travel, too, where both trees can keep them
	Owner     bool // owner and group travel, too, as far as the processes may set them
	HardLinks bool // what is one file of several names on one tree becomes so on the others
	MaxDelete peer.Limit
	Filter    []string // patterns in gitignore syntax, in the order given; "!p" takes p in again
	Verbose   bool     // Observer wants notices of what was there before, too
	Actions   bool     // Observer wants every Change (verbose, itemize, JSON, dry run)
	// Peers is told, before anything is shown of the plans, who the trees are, in the
	// order of the members. nil: nobody asks.
	Peers func([]index.PeerID)
	// Planned is called once all trees have planned, before any is changed, also in
	// a dry run and where nothing is to be done. Its error ends the run. It sees
	// actions only with Actions or Dry. nil: nobody asks.
	Planned func(*Outlook) error
	// Ready is called when all trees are ready and their plans were shown, before
	// any is changed; not in a dry run, nor with no changes. Its error ends the
	// run. nil: go on.
	Ready   func(ctx context.Context) error
	Limit   int64 // bytes of content a second between trees that are both here; 0: any. Wires have their own
	Version string
	Log     *slog.Logger // nil: silent
}
