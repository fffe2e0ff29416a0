package fetch

import (
	"github.com/cespare/xxhash/v2"

	"latus/index"
	"latus/sync/chunk"
)

// A content that changed, or came from another, is fetched in two steps. A want
// that says by Want.Base that most of it may be here already is answered by a List
// of its chunks. Whoever wants it looks for these in what is there, and then wants
// the Parts that were not found, with the chunks of the old content that stood at
// these places: what is cut into the same ones again is only referred to.

// LeastDelta is the size from which on a content is worth a list.
const LeastDelta = 64 << 10

// List says how a content is cut.
type List struct {
	Hash   index.Hash // of all of it
	Starts bool       // it begins with what Want.Start tells of: there are no chunks then
	Cut    chunk.Cut  // as chunk.Coarse has it for the size, in blocks or not
	Chunks []chunk.Chunk
}

// Start tells all of an old content. A content that only grew, as logs do, is known by
// it before anything is cut: whoever has it looks at the end of the old one in it, and
// then at the hash of all up to there.
type Start struct {
	Hash index.Hash
	Tail uint64 // the XXH64 of the last StartTail bytes
}

const (
	StartTail  = 64 << 10
	LeastStart = 1 << 20 // the size from which on an old content is worth telling
)

// StartOf tells a content whose hash is known and which ends in tail, of StartTail bytes.
func StartOf(h index.Hash, tail []byte) *Start { return &Start{h, xxhash.Sum64(tail)} }

// Parts is what is wanted of a content when the rest of it is here.
type Parts struct {
	Ranges []Range
	Cut    chunk.Cut     // how the ranges are to be cut, each from its beginning
	Have   []chunk.Chunk // what need not be sent
}

// MaxParts bounds the number of Ranges, and of chunks in Have.
const MaxParts = 64 << 10

// Range is a piece of a content. Those of Parts ascend, are not empty and do not
// overlap.
type Range struct{ At, Len int64 }

// Coming is how many bytes a source has to account for.
func (w *Want) Coming() int64 {
	if w.Parts == nil {
		return w.Size - w.Offset
	}
	var n int64
	for _, r := range w.Parts.Ranges {
		n += r.Len
	}
	return n
}

// Patcher is a Sink that can put content together from what comes and what is
// there.
type Patcher interface {
	Sink
	// List answers want n, which has a Base. Nothing more comes of it.
	List(n int, l *List) error
	// Refer stands for data of want n, which has Parts: the next bytes are those
	// of count chunks of Parts.Have, beginning with the first.
	Refer(n, first, count int) error
}

// Far tells whether content that comes from s crosses a wire, so that it is worth
// reading twice what need not be sent. It is so if s says it by a method Far.
func Far(s Source) bool {
	f, ok := s.(interface{ Far() bool })
	return ok && f.Far()
}
