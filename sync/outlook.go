package sync

import (
	"cmp"
	"encoding/binary"
	"slices"

	"github.com/cespare/xxhash/v2"

	"latus/index"
	"latus/sync/peer"
)

// Outlook is what a run is about to do, and what it saw that made it so. Two runs
// with the same options that nothing came between have equal Outlooks, and do the
// same.
type Outlook struct {
	Trees []TreeOutlook
	// News has every path of which a tree had something to tell another one, with
	// a sum over all that was told: versions (kind, size, mtime, link target)
	// permission bits, owner and extended attributes. It is the same in a dry run and in the real
	// one after it, and changes with every edit that a scan can see. Hashes count
	// where the options ask for them all.
	News map[index.Path]uint64
}

// TreeOutlook is one tree in an Outlook.
type TreeOutlook struct {
	Peer    index.PeerID // who it said it was at first; zero: it is new
	Name    string
	Actions []peer.Change // in the order of the plan; nil: the tree is not to be changed
}

// outlookNews gathers what trees tell each other of each path, for Outlook.News; nil: nobody asks.
type outlookNews struct {
	peers  []index.PeerID // who the trees said they were
	fresh  []bool
	hashes bool
	up     [][]told // what each tree told the first one
	down   [][]told // what the first one told each
}

type told struct {
	path index.Path
	sum  uint64
}

func newOutlookNews(ws []*peer.Welcome, hashes bool) *outlookNews {
	n := &outlookNews{hashes: hashes, up: make([][]told, len(ws)), down: make([][]told, len(ws))}
	for _, w := range ws {
		n.peers, n.fresh = append(n.peers, w.Peer), append(n.fresh, w.Fresh)
	}
	return n
}

// toFirst takes in what tree i told the first one, last. Calls for different trees
// may overlap.
func (n *outlookNews) toFirst(i int, d *peer.Delta) {
	if n != nil && d != nil {
		n.up[i] = n.heard(d)
	}
}

// toOther takes in what the first tree told tree i, last.
func (n *outlookNews) toOther(i int, d *peer.Delta) {
	if n != nil && d != nil {
		n.down[i] = n.heard(d)
	}
}

func (n *outlookNews) heard(d *peer.Delta) []told {
	list := make([]told, len(d.Entries))
	for i, e := range d.Entries {
		list[i] = told{e.Path, n.sum(e)}
	}
	return list
}

// sum is over what of e is the same in every run until something changes: not the
// tags that a dry run draws and forgets, nor the id of a tree that is new. Which of
// two equal versions is kept goes by these.
func (n *outlookNews) sum(e *index.Entry) uint64 {
	heads := make([]string, len(e.Heads))
	for i := range e.Heads {
		h := &e.Heads[i]
		b := []byte{byte(h.Kind)}
		if h.Kind == index.File || h.Kind == index.Link {
			b = binary.BigEndian.AppendUint64(b, uint64(h.Size))
			b = binary.BigEndian.AppendUint64(b, uint64(h.Mtime))
		}
		if n.hashes {
			b = append(b, h.Hash[:]...)
		}
		heads[i] = string(append(b, h.Target...))
	}
	slices.Sort(heads)
	var d xxhash.Digest
	d.Reset()
	for _, h := range append(heads, string(binary.BigEndian.AppendUint32(nil, e.Mode.Value))+string(e.Owner.Value)+"\x00"+string(e.Attrs.Value)) {
		_, _ = d.Write(binary.BigEndian.AppendUint64(nil, uint64(len(h))))
		_, _ = d.WriteString(h)
	}
	return d.Sum64()
}

// joined is what all have told. To whom the first tree told something does not
// count: which of two equal versions it keeps is left to chance, and whoever made
// that one is not told.
func (n *outlookNews) joined() map[index.Path]uint64 {
	all := map[index.Path]uint64{}
	join := func(t told, from int) {
		b := binary.BigEndian.AppendUint64(nil, all[t.path])
		b = binary.BigEndian.AppendUint64(b, uint64(from))
		all[t.path] = xxhash.Sum64(binary.BigEndian.AppendUint64(b, t.sum))
	}
	for i, list := range n.up {
		for _, t := range list {
			join(t, i)
		}
	}
	once := slices.Concat(n.down...)
	slices.SortFunc(once, func(a, b told) int {
		return cmp.Or(index.Compare(a.path, b.path), cmp.Compare(a.sum, b.sum))
	})
	for _, t := range slices.Compact(once) {
		join(t, 0)
	}
	return all
}

// outlook tells whoever asked what is about to be done.
func (r *run) outlook() error {
	if r.o.Planned == nil {
		return nil
	}
	o := &Outlook{News: r.news.joined()}
	for i := range r.trees {
		t := TreeOutlook{Name: r.welcomes[i].Name}
		if !r.news.fresh[i] {
			t.Peer = r.news.peers[i]
		}
		if r.proposals != nil && r.proposals[i] != nil {
			t.Actions = r.proposals[i].Actions
		}
		t.Actions = append(slices.Clip(r.recovered(i)), t.Actions...)
		o.Trees = append(o.Trees, t)
	}
	return r.o.Planned(o)
}
