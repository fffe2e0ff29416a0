package wire

import "time"

// codec is how a payload is compressed.
type codec uint8

const (
	codecZstd codec = iota // small
	codecS2                // quick
)

// flag marks frames that are compressed by k.
func (k codec) flag() byte {
	if k == codecS2 {
		return flagQuick
	}
	return flagCompressed
}

// quick is the size from which on a frame may be compressed by S2: what is less is
// mostly metadata, and time does not count.
const quick = 64 << 10

// S2 takes about a third of the time that zstd takes, and leaves half as much again. So
// zstd is better where the line needs some six times as long as S2 does, which is
// where it needs less than one and a half times as long as zstd. In between what was
// chosen stays.
const (
	slowLine = 8 // × the time of S2
	fastLine = 1 // × the time of zstd
)

// pace chooses the codec of large frames by what a side waits for: its compressor, or
// the line. Both are measured in nanoseconds for each byte of payload, as a moving average.
type pace struct {
	codec              codec
	deflating, writing float64
	frames             int // since the last change
}

// enoughFrames is how many frames it takes to believe the averages.
const enoughFrames = 4

// choose returns the codec of a payload of n bytes.
func (p *pace) choose(n int) codec {
	if n < quick {
		return codecZstd
	}
	return p.codec
}

// learn notes how long it took to compress a payload of n bytes with k, and to write it.
func (p *pace) learn(k codec, n int, deflating, writing time.Duration) {
	if n < quick || k != p.codec {
		return
	}
	p.frames++
	share := max(1/float64(p.frames), 1.0/16)
	p.deflating += (float64(deflating)/float64(n) - p.deflating) * share
	p.writing += (float64(writing)/float64(n) - p.writing) * share
	if p.frames < enoughFrames {
		return
	}
	switch {
	case k == codecZstd && p.writing < fastLine*p.deflating:
		*p = pace{codec: codecS2}
	case k == codecS2 && p.writing > slowLine*p.deflating:
		*p = pace{codec: codecZstd}
	}
}
