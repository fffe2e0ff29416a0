package sync

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"latus/index"
	"latus/sync/cache"
	"latus/sync/fetch"
	"latus/sync/filter"
	"latus/sync/peer"
	"latus/sync/plan"
	"latus/sync/scan"
	"latus/sync/trash"
	"latus/sync/tree"
)

// LocalOptions rule how a tree on this machine is opened. The zero value works.
type LocalOptions struct {
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
	Now      func() time.Time // nil: the clock
	Rand     io.Reader        // nil: the system's
	// Tidy is how many entries of deleted paths a run that has nothing to do
	// must be able to drop to be written down; 0: 1000.
	Tidy int
}

// Replica is a tree on this machine, taking part in a run. It is a peer.Replica.
type Replica struct {
	o    LocalOptions
	site peer.Site
	path string // for people
	home *home  // nil until the tree was found, or made

	hello  peer.Hello
	counts []index.Count // what was known before the scan, as told in Welcome
	cfg    Config
	fresh  bool // no .latus when the run began

	renamed   string // why the tree got another id in this run; "": it did not
	onlyReads bool   // ReadOnly because of what the others of the run may do

	drawn []index.GenID // generations made in this run

	mirrored index.GenID // the one of them that puts back what the first tree has; zero: none does

	shrunk func() int64 // what compression has kept off the wires of this run; nil: there are none

	nearby *cache.Kept // a copy of the index is kept here; nil: none is
	x      *index.Index
	damage *index.Damage // nil: none
	trash  *trash.Trash
	rules  *filter.Filter

	attrsOf    *home // of which keepsAttrs is known
	keepsAttrs bool

	begun     chan struct{} // closed when the index is loaded, or beginErr says why not
	beginErr  error
	stopBegin context.CancelFunc // nil: nothing goes on

	scanning chan struct{} // closed when found and scanErr are there
	stopScan context.CancelFunc
	found    *scan.Result
	scanErr  error
	early    *early // what was done before Hello; nil: nothing was

	group     index.GroupID
	others    []peer.Tree
	forked    []index.PeerID
	merged    *merged // what the run would add to the index
	merging   peer.MergeOptions
	hub       *index.Knowledge    // what the first tree of the run said it had merged; nil: nothing was merged from it
	thinned   map[index.Path]bool // where equal versions were dropped that others may still have
	undecided bool                // the last proposal has questions that must be answered before others merge
	unlike    []plan.Held         // paths whose content is not the same everywhere
	settled   []plan.Conflict     // conflicts that came up and were settled while merging
	plan      *plan.Plan
	wants     []fetch.Want
	bases     [][]fetch.Content      // of wants: what is here and may have most of them
	moves     map[index.Path]moving  // files that the plan moves, by where they go
	after     *peer.Delta            // what this tree authored while merging, for the first one
	asked     map[plan.Question]bool // questions that went out, whatever came back
	undoing   *undoing               // this is an Undo; nil: it is not
	last      *index.LoggedRun       // what this run did here; nil: nothing that is logged
	made      made                   // what was not there before this run
	joined    bool                   // the run was told to Apply or Finish
	brought   bool                   // others brought something that was committed
	taken     bool                   // the index was written in this run: the lease is ours

	deciding sync.RWMutex // guards merged and plan: hashes may be asked for meanwhile

	byHash sync.Once // fills paths
	paths  map[index.Hash][]index.Path

	mu      sync.Mutex // guards learned, moves and carrying
	learned []peer.Answer

	carrying string // the run under whose name the plan is carried out; "": it is not yet
}

var _ peer.Replica = (*Replica)(nil)

// NoteShrunk lets the log tell how many bytes compression has kept off the wires of
// the run, which shrunk counts. It is called before Hello.
func (r *Replica) NoteShrunk(shrunk func() int64) { r.shrunk = shrunk }

// Open finds a tree on this machine, or at o.Site. Nothing is read or made yet but the
// directory's own status; a missing directory is made when the run gets to
// scanning, if its parent exists.
func Open(path string, o LocalOptions) (*Replica, error) {
	if o.Spec == "" {
		o.Spec = path
	}
	if o.Host == "" {
		o.Host, _ = os.Hostname()
		if o.Site != nil {
			o.Host = o.Site.Place(o.Host).Host
		}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Rand == nil {
		o.Rand = rand.Reader
	}
	r := &Replica{o: o, site: o.Site, asked: map[plan.Question]bool{}, thinned: map[index.Path]bool{}}
	switch {
	case o.Tree != nil:
		r.site, r.path = given{o.Tree}, path
	case r.site == nil:
		abs, err := filepath.Abs(path)
		if err != nil {
			return nil, err
		}
		r.site, r.path = folder{abs}, abs
	default:
		r.path = r.site.Place(o.Host).Path
	}
	if err := r.site.Check(); err != nil {
		var said *peer.Refusal
		if errors.As(err, &said) {
			return nil, err
		}
		return nil, r.refuse(peer.NoTree, "%v", err)
	}
	return r, nil
}

func (r *Replica) refuse(c peer.Cause, format string, args ...any) error {
	return &peer.Refusal{Cause: c, Tree: r.o.Spec, Text: fmt.Sprintf(format, args...)}
}

// random draws an id or a tag; never zero, which stands for none.
func (r *Replica) random() uint64 {
	for {
		var b [8]byte
		if _, err := io.ReadFull(r.o.Rand, b[:]); err != nil {
			panic("no randomness: " + err.Error())
		}
		if v := binary.BigEndian.Uint64(b[:]); v != 0 {
			return v
		}
	}
}

func (r *Replica) now() int64 { return r.o.Now().UnixNano() }

// generation draws a new generation of this tree. It is known only once it was
// committed.
func (r *Replica) generation(k *index.Knowledge) index.Generation {
	id := r.cfg.peer()
	g := index.Generation{
		GenID: index.GenID{Author: id, Tag: r.random()},
		Seq:   k.NextSeq(id),
		Time:  r.now(),
	}
	r.drawn = append(r.drawn, g.GenID)
	return g
}

func (r *Replica) authoring(g index.Generation, first bool) plan.Authoring {
	t := r.home.tree.Traits()
	a := plan.Authoring{
		Gen: g.GenID, Now: g.Time, First: first,
		Clock: uint32(min(max(t.Clock, 1), 1<<32-1)), ModeBits: t.ModeBits,
	}
	if t.Owners {
		a.Owners = r.home.owners
	}
	a.Attrs = r.looksAtAttrs()
	return a
}

// Close implements peer.Replica: hashes that were learnt by sending are kept, the
// tree is unlocked.
func (r *Replica) Close() error { return r.close(false) }

func (r *Replica) close(withdraw bool) error {
	if r.stopBegin != nil {
		r.stopBegin()
		<-r.begun
	}
	r.endScan()
	r.early.end()
	var err error
	if r.x != nil {
		if !r.hello.Dry && !withdraw {
			err = r.keepHashes()
		}
		err = first(err, r.x.Close())
		r.x = nil
	}
	r.letKept()
	if r.trash != nil {
		err = first(err, r.trash.Close())
		r.trash = nil
	}
	if r.home != nil {
		gone := withdraw && r.unmakePrivate()
		if r.taken && !gone {
			err = first(err, r.home.settle())
		}
		err = first(err, r.home.close(r.o.Tree == nil))
		r.home = nil
		if gone && r.made.directory {
			err = first(err, r.site.Unmake())
		}
	}
	return err
}

func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
