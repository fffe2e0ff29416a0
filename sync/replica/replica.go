package replica

import (
	"cmp"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"latus/index"
	"latus/sync/config"
	"latus/sync/peer"
	"latus/sync/plan"
	"latus/sync/site"
)

// Replica is a tree on this machine, taking part in a run. It is a peer.Replica. What it
// holds is in the parts of it (state.go), in the order in which a run comes to them.
type Replica struct {
	o    Options
	site peer.Site
	path string     // for people
	home *site.Home // nil until the tree was found, or made

	opened time.Time // by the system's clock

	cfg   config.Config
	fresh bool // no .latus when the run began

	session
	contents
	sight
	decision
	execution
	service
}

var _ peer.Replica = (*Replica)(nil)

// NoteShrunk lets the log tell how many bytes compression has kept off the wires of
// the run, which shrunk counts. It is called before Hello.
func (r *Replica) NoteShrunk(shrunk func() int64) { r.shrunk = shrunk }

// Open finds a tree on this machine, or at o.Site. Nothing is read or made yet but the
// directory's own status; a missing directory is made when the run gets to
// scanning, if its parent exists.
func Open(path string, o Options) (*Replica, error) {
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
	r := &Replica{o: o, site: o.Site, opened: time.Now()}
	r.asked = map[plan.Question]bool{}
	switch {
	case o.Tree != nil:
		r.site, r.path = site.Given{Tree: o.Tree}, path
	case r.site == nil:
		folder, err := site.Find(path)
		if err != nil {
			return nil, r.said(err)
		}
		r.site, r.path = folder, folder.Path
	default:
		r.path = r.site.Place(o.Host).Path
	}
	if err := r.site.Check(); err != nil {
		return nil, r.said(err)
	}
	return r, nil
}

func (r *Replica) refuse(c peer.Cause, format string, args ...any) error {
	return &peer.Refusal{Cause: c, Tree: r.o.Spec, Text: fmt.Sprintf(format, args...)}
}

// said is err, as said of this tree.
func (r *Replica) said(err error) error {
	if no := (*peer.Refusal)(nil); errors.As(err, &no) && no.Tree == "" {
		return r.refuse(no.Cause, "%s", no.Text)
	}
	return err
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
	id := r.cfg.PeerID()
	g := index.Generation{
		GenID: index.GenID{Author: id, Tag: r.random()},
		Seq:   k.NextSeq(id),
		Time:  r.now(),
	}
	r.drawn = append(r.drawn, g.GenID)
	return g
}

func (r *Replica) authoring(g index.Generation, first bool) plan.Authoring {
	t := r.home.Tree.Traits()
	a := plan.Authoring{
		Gen: g.GenID, Now: g.Time, First: first,
		Clock: uint32(min(max(t.Clock, 1), 1<<32-1)), Whole: t.Whole, Inodes: t.StableInodes, ModeBits: t.ModeBits,
	}
	if t.Owners {
		a.Owners = r.home.Owners
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
		err = cmp.Or(err, r.x.Close())
		r.x = nil
	}
	r.letKept()
	if r.trash != nil {
		err = cmp.Or(err, r.trash.Close())
		r.trash = nil
	}
	if r.home != nil {
		gone := withdraw && r.unmakePrivate()
		if !gone && !r.hello.Dry {
			r.home.Adopt(r.opened)
		}
		if r.taken && !gone {
			err = cmp.Or(err, r.home.Sync())
		}
		err = cmp.Or(err, r.home.Close())
		r.home = nil
		if gone && r.made.directory {
			err = cmp.Or(err, r.site.Unmake())
		}
	}
	return err
}

// stamp writes a time the way config.json and the trash list do.
func stamp(ns int64) string { return time.Unix(0, ns).UTC().Format(time.RFC3339) }
