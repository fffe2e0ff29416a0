package wire

import (
	"github.com/klauspost/compress/zstd"
)

// Compression says when frames are compressed.
type Compression uint8

const (
	Auto   Compression = iota // as long as it pays
	Always                    // every frame that gets smaller
	Never
)

// worthwhile is the size from which on a frame is tried.
const worthwhile = 256

// window is the memory of the compressor. Frames are hardly larger.
const window = 256 << 10

// deflater compresses payloads. One goroutine at a time.
type deflater struct {
	enc *zstd.Encoder
	out []byte
}

// deflate returns a frame with the compressed payload, or nil if that would
// not be smaller by at least a sixteenth. The result is valid until the next call.
func (d *deflater) deflate(frame []byte) []byte {
	if d.enc == nil {
		// The options are constant and valid.
		d.enc, _ = zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithLowerEncoderMem(true),
			zstd.WithWindowSize(window), zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderCRC(false))
		d.out = make([]byte, headerLen, full)
	}
	d.out = d.enc.EncodeAll(frame[headerLen:], d.out[:headerLen])
	if len(d.out)-headerLen > (len(frame)-headerLen)/16*15 {
		return nil
	}
	return d.out
}

// A judge decides for one stream whether its next frame is worth trying: after
// each one that did not shrink it lets twice as many pass, up to 64.
type judge struct {
	skip, pause int
}

func (j *judge) try(mode Compression, payload int) bool {
	switch {
	case mode == Never || payload < worthwhile:
		return false
	case mode == Auto && j.skip > 0:
		j.skip--
		return false
	}
	return true
}

func (j *judge) learn(shrank bool) {
	if shrank {
		j.pause = 0
		return
	}
	j.pause = min(max(2*j.pause, 1), 64)
	j.skip = j.pause
}

// inflater undoes deflate, within bounds. One goroutine at a time.
type inflater struct {
	dec *zstd.Decoder
}

// inflate appends what packed holds to dst, at most MaxFrame bytes.
func (i *inflater) inflate(dst, packed []byte) ([]byte, error) {
	if i.dec == nil {
		// The options are constant and valid.
		i.dec, _ = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
			zstd.WithDecoderMaxMemory(MaxFrame), zstd.WithDecoderMaxWindow(MaxFrame))
	}
	out, err := i.dec.DecodeAll(packed, dst)
	if err != nil {
		return nil, violation("a compressed frame: %v", err)
	}
	return out, nil
}

func (i *inflater) close() {
	if i.dec != nil {
		i.dec.Close()
	}
}
