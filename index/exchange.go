package index

import (
	"errors"
	"fmt"
	"slices"
)

// ErrUnverified is wrapped by Resolve's errors: a summary cannot be what its
// sender knows, or was not made for this knowledge.
var ErrUnverified = errors.New("knowledge does not verify")

// Counts returns the short form of the whole set, sorted by author.
func (k *Knowledge) Counts() []Count {
	counts := make([]Count, 0, len(k.authors))
	for _, author := range k.sorted() {
		h := k.authors[author]
		counts = append(counts, Count{Author: author, N: uint64(len(h.gens)), Hash: h.hash})
	}
	return counts
}

// Forked returns the authors of which other has no more generations than k, at
// least one, and not k's first ones: the two have seen different histories. The
// opposite case, other having more, only other can notice.
func (k *Knowledge) Forked(other []Count) []PeerID {
	var forked []PeerID
	for _, c := range other {
		if h := k.authors[c.Author]; h != nil && h.differs(c) {
			forked = append(forked, c.Author)
		}
	}
	return forked
}

// differs tells whether c is known to count something else than a prefix of h.
func (h *history) differs(c Count) bool {
	return c.N > 0 && c.N <= uint64(len(h.gens)) && h.hashAt(int(c.N)) != c.Hash
}

// Summary tells all of k to a side with the given counts. Of an author that is
// forked, as either side noticed, every generation is listed.
func (k *Knowledge) Summary(other []Count, forked []PeerID) Summary {
	counts := make(map[PeerID]Count, len(other))
	for _, c := range other {
		counts[c.Author] = c
	}
	s := make(Summary, 0, len(k.authors))
	for _, author := range k.sorted() {
		h, c := k.authors[author], counts[author]
		known := AuthorKnown{Author: author}
		if !slices.Contains(forked, author) && !h.differs(c) {
			if n := min(uint64(len(h.gens)), c.N); n > 0 {
				known.Common, known.Hash = n, h.hashAt(int(n))
			}
		}
		known.More = slices.Clip(h.gens[known.Common:])
		s = append(s, known)
	}
	return s
}

// Resolve turns what another side told back into its knowledge. k must be what
// it was when its counts were told, or an extension at each author's end.
func (k *Knowledge) Resolve(s Summary) (*Knowledge, error) {
	other := NewKnowledge()
	for _, known := range s {
		if other.authors[known.Author] != nil {
			return nil, fmt.Errorf("%w: %s is listed twice", ErrUnverified, known.Author)
		}
		h, err := k.resolve(known)
		if err != nil {
			return nil, err
		}
		if len(h.gens) > 0 {
			other.authors[known.Author] = h
		}
	}
	return other, nil
}

func (k *Knowledge) resolve(known AuthorKnown) (*history, error) {
	h := &history{}
	own := k.authors[known.Author]
	if known.Common > 0 {
		if own == nil || known.Common > uint64(len(own.gens)) || own.hashAt(int(known.Common)) != known.Hash {
			return nil, fmt.Errorf("%w: the first %d generations of %s", ErrUnverified, known.Common, known.Author)
		}
		h = own.prefix(int(known.Common), known.Hash)
	}
	seen := make(map[uint64]bool, len(known.More))
	for i, g := range known.More {
		ordered := i == 0 || compareGens(known.More[i-1], g) < 0
		twice := seen[g.Tag]
		if known.Common > 0 {
			at := own.find(g.Tag)
			twice = twice || at >= 0 && uint64(at) < known.Common
		}
		if g.Author != known.Author || g.Seq == 0 || twice || !ordered {
			return nil, fmt.Errorf("%w: generation %d of %s is out of place", ErrUnverified, g.Seq, known.Author)
		}
		seen[g.Tag] = true
	}
	h.merge(known.More)
	return h, nil
}
