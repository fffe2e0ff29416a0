// Package chunk cuts content into chunks, so that two trees can find out what
// parts of two contents are the same without sending them. It is pure.
//
// Where a chunk ends depends on the bytes just before the end alone: what is
// inserted or taken out moves the cuts behind it along with the bytes, and only
// the chunks around the change differ. The rule is a part of the protocol
// (docs/protocol.md): two sides that cut differently find nothing in common.
package chunk

import "math/bits"

// Limits of the average length of a chunk, in bytes.
const (
	Smallest = 4 << 10
	usual    = 16 << 10
	Greatest = 64 << 10 // of a fine Cut
)

// MaxChunks is how many chunks content of any size has at most, under the Cut that
// Coarse gives for it.
const MaxChunks = 2*coarse + 2

// coarse is how many chunks large content is cut into, about.
const coarse = 4096

// maxHints is how many chunks a fine Cut makes, about, at most.
const maxHints = 32 << 10

// Cut is a way to cut content.
type Cut struct {
	// Blocks: chunks are all of one length, and begin at multiples of it. For
	// what is changed in place, block by block: databases, images of disks.
	Blocks bool

	// Size is the average length of a chunk, a power of two.
	Size int64
}

// long chunks have nearly their average length at least: so only a few bytes in
// each are looked at for its end. It takes a few chunks more to find back to the
// same cuts after a change, but what these have in common a fine Cut finds.
const long = 64 << 10

// slack is how much longer than the least a chunk is on average.
func (c Cut) slack() int64 {
	if c.Size >= long {
		return c.Size / 8
	}
	return c.Size / 2
}

func (c Cut) least() int64    { return c.Size - c.slack() }
func (c Cut) greatest() int64 { return c.Size + 6*c.slack() }

// Longest is the length of the longest chunk there can be.
func (c Cut) Longest() int64 {
	if c.Blocks {
		return c.Size
	}
	return c.greatest()
}

// Chunk is one piece of content. Two of one length and sum are taken to be equal
// until the hash of all of the content says otherwise.
type Chunk struct {
	Size int64
	Sum  uint64 // XXH64
}

// Coarse is how content of size bytes is cut first: into chunks of 16 KiB, or as
// many more as keep their number at a few thousand.
func Coarse(size int64, blocks bool) Cut {
	return Cut{Blocks: blocks, Size: power(size/coarse, usual, 1<<50)}
}

// Fine is how ranges of size bytes together are cut, in which a coarse Cut found
// nothing in common: into chunks of 4 KiB, or larger ones for very much.
func Fine(size int64, blocks bool) Cut {
	return Cut{Blocks: blocks, Size: power(size/maxHints, Smallest, Greatest)}
}

// power is the least power of two that is n or more, within bounds.
func power(n, least, most int64) int64 {
	if n <= least {
		return least
	}
	return min(1<<bits.Len64(uint64(n-1)), most)
}
