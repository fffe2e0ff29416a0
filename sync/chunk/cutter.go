package chunk

import "github.com/cespare/xxhash/v2"

// Cutter cuts a stream of bytes. Call Next until all is taken in, and Chunk
// whenever one has ended; the last one ends with the stream.
type Cutter struct {
	cut   Cut
	limit uint64 // a chunk ends where the hash is below
	size  int64  // of the chunk so far
	hash  uint64 // of the last bytes
	sum   *xxhash.Digest
}

// NewCutter returns a Cutter that stands at the beginning of a chunk.
func NewCutter(c Cut) *Cutter {
	return &Cutter{cut: c, limit: limit(c), sum: xxhash.New()}
}

// limit makes a chunk end at one byte in so many, once it has its least length,
// that it has Size bytes on average.
func limit(c Cut) uint64 {
	if c.Blocks {
		return 0
	}
	return 1 << 63 / uint64(c.slack()) * 2
}

// Next takes in bytes of p up to the end of the current chunk, or all of them, and
// returns how many, and whether the chunk ends there.
func (c *Cutter) Next(p []byte) (n int, ends bool) {
	if c.cut.Blocks {
		n, ends = c.block(p)
	} else {
		n, ends = c.find(p)
	}
	_, _ = c.sum.Write(p[:n]) // has no errors
	c.size += int64(n)
	return n, ends
}

func (c *Cutter) block(p []byte) (int, bool) {
	rest := c.cut.Size - c.size
	if int64(len(p)) >= rest {
		return int(rest), true
	}
	return len(p), false
}

// window is how many bytes the hash depends on.
const window = 64

// find looks for the end of the current chunk in p. The hash is of no account
// before the chunk has its least length, so it begins a window before that.
func (c *Cutter) find(p []byte) (n int, ends bool) {
	least, greatest := c.cut.least(), c.cut.greatest()
	if rest := greatest - c.size; int64(len(p)) >= rest {
		p, ends = p[:rest], true
	}
	if begin := least - window - c.size; begin > 0 {
		if n = int(min(begin, int64(len(p)))); n == len(p) {
			return n, ends
		}
	}
	h := c.hash
	if from := least - c.size; from > int64(n) { // a cut is at least before byte least
		to := int(min(from-1, int64(len(p))))
		for _, b := range p[n:max(n, to)] {
			h = h<<1 + table[b]
		}
		n = max(n, to)
	}
	at, h, found := roll(p[n:], h, c.limit)
	c.hash = h
	return n + at, found || ends
}

// roll goes through p until the hash falls below limit, and returns how many bytes
// that took.
func roll(p []byte, h, limit uint64) (int, uint64, bool) {
	n := 0
	for ; len(p)-n >= 8; n += 8 {
		q := (*[8]byte)(p[n:])
		h = h<<1 + table[q[0]]
		if h < limit {
			return n + 1, h, true
		}
		h = h<<1 + table[q[1]]
		if h < limit {
			return n + 2, h, true
		}
		h = h<<1 + table[q[2]]
		if h < limit {
			return n + 3, h, true
		}
		h = h<<1 + table[q[3]]
		if h < limit {
			return n + 4, h, true
		}
		h = h<<1 + table[q[4]]
		if h < limit {
			return n + 5, h, true
		}
		h = h<<1 + table[q[5]]
		if h < limit {
			return n + 6, h, true
		}
		h = h<<1 + table[q[6]]
		if h < limit {
			return n + 7, h, true
		}
		h = h<<1 + table[q[7]]
		if h < limit {
			return n + 8, h, true
		}
	}
	for ; n < len(p); n++ {
		if h = h<<1 + table[p[n]]; h < limit {
			return n + 1, h, true
		}
	}
	return n, h, false
}

// Len is how many bytes the current chunk has so far.
func (c *Cutter) Len() int64 { return c.size }

// Chunk ends the current chunk, which has at least one byte, and begins the next.
func (c *Cutter) Chunk() Chunk {
	k := Chunk{Size: c.size, Sum: c.sum.Sum64()}
	c.size, c.hash = 0, 0
	c.sum.Reset()
	return k
}
