package replica

import (
	"io"
	"log/slog"
	"time"

	"latus/sync/peer"
	"latus/sync/tree"
)

// Options rule how a tree on this machine is opened. The zero value works.
type Options struct {
	Spec    string       // how the user named the tree; "" means its path
	Host    string       // this machine's name for people; "" asks the system
	Version string       // of this latus
	Log     *slog.Logger // nil: silent
	// StatusText writes status.txt's content; nil: there is none.
	StatusText func(*Status) []byte
	// Site is where the tree is, instead of a path.
	Site peer.Site
	// Cache is a folder of this machine where a copy of the index of a distant tree is
	// kept; "": none is.
	Cache string
	// Tree is used instead of the directory, by simulations. Its owner closes it.
	Tree tree.Tree
	// ReadOnly: nothing but .latus changes here, and there nothing is taken over
	// from others. What others want changed is a problem of each path.
	ReadOnly bool
	// Peer is the name under which Access is looked up, whoever the others of a run say
	// they are; "": they go by their ids.
	Peer string
	// Served: the run is another machine's.
	Served bool
	// NoDelete: what others deleted stays here, pending, as a problem of the path.
	NoDelete bool
	Now      func() time.Time    // nil: the clock
	Sleep    func(time.Duration) // nil: waits as Now goes on
	Rand     io.Reader           // nil: the system's
	// Tidy is how many entries of deleted paths a run that has nothing to do
	// must be able to drop to be written down; 0: 1000.
	Tidy int
}
