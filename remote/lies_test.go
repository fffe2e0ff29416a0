package remote

import (
	"bytes"
	"context"
	"math/rand/v2"
	"slices"
	"sync"

	"latus/index"
	"latus/sync/fetch"
	"latus/sync/peer"
	"latus/sync/plan"
)

// liar decides when to lie and about what, and remembers what it got by it.
type liar struct {
	mu      sync.Mutex
	rand    *rand.Rand
	often   int // one in so many chances is taken
	endless int64
	told    []string
	got     []byte
}

// lies tells whether to lie now.
func (l *liar) lies(about string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.rand.IntN(l.often) > 0 {
		return false
	}
	l.told = append(l.told, about)
	return true
}

func (l *liar) n(n int) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.rand.IntN(n)
}

func (l *liar) number() uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.rand.IntN(2) == 0 {
		return l.rand.Uint64N(100)
	}
	return l.rand.Uint64()
}

func (l *liar) keep(p []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.got = append(l.got, p...)
}

// lyingReplica is a real tree whose answers are not.
type lyingReplica struct {
	peer.Replica
	l *liar
}

func (r *lyingReplica) Hello(ctx context.Context, h peer.Hello) (*peer.Welcome, error) {
	w, err := r.Replica.Hello(ctx, h)
	if err != nil {
		return w, err
	}
	if r.l.lies("its name") {
		w.Name = "\x1b[2J\x1b]0;evil\x07" + string(bytes.Repeat([]byte("x"), 3000))
		w.Place.Host, w.Place.Path = "\x1b[31m", "/\x1b[2J"
	}
	if r.l.lies("its id") {
		w.Peer = index.PeerID(r.l.number())
	}
	if r.l.lies("being fresh") {
		w.Fresh = !w.Fresh
	}
	if r.l.lies("being there") {
		w.Missing = !w.Missing
	}
	r.counts(w.Counts)
	if r.l.lies("forks") {
		w.Forked = append(w.Forked, index.PeerID(r.l.number()), w.Peer)
	}
	return w, nil
}

func (r *lyingReplica) counts(cs []index.Count) {
	for i := range cs {
		if r.l.lies("a count") {
			cs[i].N = r.l.number() % (1 << 40)
		}
		if r.l.lies("a rolling hash") {
			cs[i].Hash = r.l.number()
		}
	}
}

func (r *lyingReplica) Look(ctx context.Context, q peer.LookQuery) (*peer.View, error) {
	v, err := r.Replica.Look(ctx, q)
	if err != nil {
		return v, err
	}
	r.counts(v.Counts)
	v.Known = r.known(v.Known)
	if r.l.lies("its digest") {
		v.Digest ^= 1
	}
	if r.l.lies("being quiet") {
		v.Quiet = !v.Quiet
	}
	if v.Delta != nil {
		r.delta(v.Delta)
	}
	if r.l.lies("having no delta") {
		v.Delta = nil
	}
	return v, nil
}

func (r *lyingReplica) known(s index.Summary) index.Summary {
	s = slices.Clone(s)
	for i := range s {
		if r.l.lies("common generations") {
			s[i].Common = r.l.number() % 100
		}
		s[i].More = slices.Clone(s[i].More)
		for j := range s[i].More {
			if r.l.lies("a generation") {
				s[i].More[j].Tag = r.l.number()
			}
			if r.l.lies("a sequence number") {
				s[i].More[j].Seq = 1 + r.l.number()%(1<<40)
			}
		}
		if r.l.lies("knowing more") {
			s[i].More = append(s[i].More, index.Generation{GenID: index.GenID{Author: s[i].Author, Tag: r.l.number()}, Seq: 1 << 40})
		}
	}
	return s
}

func (r *lyingReplica) Delta(ctx context.Context, q peer.DeltaQuery) (*peer.Delta, error) {
	d, err := r.Replica.Delta(ctx, q)
	if err == nil {
		r.delta(d)
	}
	return d, err
}

// delta changes what is said of paths. It stays in order, or it would not even
// be taken.
func (r *lyingReplica) delta(d *peer.Delta) {
	d.Known = r.known(d.Known)
	if r.l.lies("all that it has") {
		d.Full = !d.Full
	}
	var es []*index.Entry
	for _, e := range d.Entries {
		if r.l.lies("an entry's absence") {
			continue
		}
		n := *e
		n.Heads = slices.Clone(e.Heads)
		for i := range n.Heads {
			r.head(&n.Heads[i])
		}
		if r.l.lies("a path") {
			n.Path = index.Path(oddNames[r.l.n(len(oddNames))])
		}
		if r.l.lies("a hostile path") {
			n.Path = index.Path(hostileNames[r.l.n(len(hostileNames))])
		}
		if r.l.lies("a mode") {
			n.Mode = index.ModeReg{Value: uint32(r.l.n(0o10000)), Stamp: 1 << 61, Gen: index.GenID{Author: d.From, Tag: r.l.number()}}
		}
		if r.l.lies("no versions") {
			n.Heads = nil
		}
		es = append(es, &n)
	}
	slices.SortStableFunc(es, func(a, b *index.Entry) int { return index.Compare(a.Path, b.Path) })
	d.Entries = slices.CompactFunc(es, func(a, b *index.Entry) bool { return a.Path == b.Path })
	if r.l.lies("the order") {
		slices.Reverse(d.Entries)
	}
}

func (r *lyingReplica) head(h *index.Head) {
	if r.l.lies("a kind") {
		h.Kind = []index.Kind{index.File, index.Dir, index.Link, index.Deleted}[r.l.n(4)]
		if h.Kind == index.Link {
			h.Target = []string{"/etc/passwd", "..", "a", ".latus/config.json"}[r.l.n(4)]
		}
	}
	if r.l.lies("a size") {
		h.Size = int64(r.l.number() >> 1)
	}
	if r.l.lies("a time") {
		h.Mtime, h.Utime = int64(r.l.number()), int64(r.l.number()>>3)
	}
	if r.l.lies("a hash") {
		h.Hash = index.Hash{byte(r.l.number()), 1}
	}
	if r.l.lies("an author") {
		h.Gen = index.GenID{Author: index.PeerID(r.l.number()), Tag: r.l.number()}
	}
	if r.l.lies("an origin") {
		h.Origin = &index.Origin{Path: index.Path(oddNames[r.l.n(len(oddNames))]), Gen: h.Gen}
	}
	if r.l.lies("being first") {
		h.First = !h.First
	}
}

func (r *lyingReplica) Merge(ctx context.Context, ds []*peer.Delta, o peer.MergeOptions) (*peer.Proposal, error) {
	p, err := r.Replica.Merge(ctx, ds, o)
	return r.proposal(p), err
}

func (r *lyingReplica) Answer(ctx context.Context, as []peer.Answer) (*peer.Proposal, error) {
	p, err := r.Replica.Answer(ctx, as)
	return r.proposal(p), err
}

func (r *lyingReplica) proposal(p *peer.Proposal) *peer.Proposal {
	if p == nil {
		return nil
	}
	if r.l.lies("its wants") {
		for range 20 {
			path := index.Path(oddNames[r.l.n(len(oddNames))])
			if r.l.n(2) == 0 {
				path = "secret"
			}
			gen := index.GenID{Author: index.PeerID(r.l.number()), Tag: r.l.number() | 1}
			for _, w := range p.Wants {
				gen = w.Gen
			}
			p.Wants = append(p.Wants, fetch.Want{Path: path, Gen: gen, Size: int64(len(secret)), Origin: &index.Origin{Path: "secret", Gen: gen}})
		}
	}
	if r.l.lies("its second delta") && p.Second != nil {
		r.delta(p.Second)
	}
	if r.l.lies("its questions") {
		p.Questions = append(p.Questions, plan.Question{Path: "secret", Gen: index.GenID{Author: 1, Tag: 1}})
	}
	if r.l.lies("being undecided") {
		p.Undecided = !p.Undecided
	}
	if r.l.lies("a refusal") {
		p.Refused = "\x1b[2Jno"
	}
	return p
}

func (r *lyingReplica) Hash(ctx context.Context, qs []plan.Question) ([]peer.Answer, error) {
	as, err := r.Replica.Hash(ctx, qs)
	for i := range as {
		if r.l.lies("an answer") {
			as[i].Hash[3] ^= 1
		}
	}
	for _, q := range qs {
		if r.l.lies("an answer that it has not") {
			as = append(as, peer.Answer{Path: q.Path, Gen: q.Gen, Hash: index.Hash{byte(r.l.number()), 2}})
		}
	}
	return as, err
}

// Apply asks for more than it should, and keeps all that comes.
func (r *lyingReplica) Apply(ctx context.Context, src fetch.Source, w peer.Follower) (*peer.Outcome, error) {
	if r.l.lies("what it needs") {
		var ws []fetch.Want
		for range 30 {
			ws = append(ws, fetch.Want{
				Path: []index.Path{"secret", "a", "big"}[r.l.n(3)],
				Gen:  index.GenID{Author: index.PeerID(r.l.number()), Tag: r.l.number() | 1}, Size: 34,
				Origin: &index.Origin{Path: "secret", Gen: index.GenID{Author: 1, Tag: 1}},
			})
		}
		_ = src.Send(ctx, ws, greedy{r.l})
	}
	out, err := r.Replica.Apply(ctx, tee{src, r.l}, w)
	if out != nil && r.l.lies("the outcome") {
		out.Digest ^= 2
		out.Changes = int(r.l.number() >> 1)
	}
	return out, err
}
