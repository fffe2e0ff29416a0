package wire

import (
	"sync"

	"github.com/klauspost/compress/s2"
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

// halved is the size from which on a payload is compressed in two halves at the
// same time: compressing is the slowest that a sender does.
const halved = 128 << 10

// deflater compresses payloads. One goroutine at a time.
type deflater struct {
	enc  [2]*zstd.Encoder
	out  []byte
	half []byte
}

// deflate returns a frame with the payload compressed by k, or nil if that would
// not be smaller by at least a sixteenth. The result is valid until the next call.
func (d *deflater) deflate(frame []byte, k codec) []byte {
	payload := frame[headerLen:]
	switch {
	case k == codecS2:
		room := d.room(s2.MaxEncodedLen(len(payload)))
		d.out = d.out[:headerLen+len(s2.Encode(room[headerLen:cap(room)], payload))]
	case len(payload) < halved:
		d.out = d.encode(0, payload, d.room(full))
	default:
		var second sync.WaitGroup
		middle := len(payload) / 2
		second.Go(func() { d.half = d.encode(1, payload[middle:], d.half[:0]) })
		d.out = d.encode(0, payload[:middle], d.room(full))
		second.Wait()
		d.out = append(d.out, d.half...)
	}
	if len(d.out)-headerLen > len(payload)/16*15 {
		return nil
	}
	return d.out
}

// room is where a frame goes, behind its header: there is some for n bytes.
func (d *deflater) room(n int) []byte {
	if cap(d.out) < headerLen+n {
		d.out = make([]byte, headerLen, headerLen+n)
	}
	return d.out[:headerLen]
}

// encode appends the compressed p to dst.
func (d *deflater) encode(by int, p, dst []byte) []byte {
	if d.enc[by] == nil {
		// The options are constant and valid.
		d.enc[by], _ = zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithLowerEncoderMem(true),
			zstd.WithWindowSize(window), zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderCRC(false))
	}
	return d.enc[by].EncodeAll(p, dst)
}

// judge decides for one stream whether its next frame is worth trying: after
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

// inflating is how many frames of a connection are inflated by zstd at the same time.
const inflating = 4

// inflater undoes deflate, within bounds, for any number of goroutines.
type inflater struct {
	once sync.Once
	dec  *zstd.Decoder
}

// inflate returns what packed holds, at most MaxFrame bytes, in dst if there is room.
// dst is empty.
func (i *inflater) inflate(dst, packed []byte, k codec) ([]byte, error) {
	if k == codecS2 {
		n, err := s2.DecodedLen(packed)
		if err == nil && n > MaxFrame {
			err = s2.ErrTooLarge
		}
		var out []byte
		if err == nil {
			out, err = s2.Decode(dst[:0:cap(dst)], packed)
		}
		if err != nil {
			return nil, violation("a compressed frame: %v", err)
		}
		return out, nil
	}
	i.once.Do(func() {
		// The options are constant and valid. Nothing has to be closed that decodes no stream.
		i.dec, _ = zstd.NewReader(nil, zstd.WithDecoderConcurrency(inflating), zstd.WithDecoderLowmem(true),
			zstd.WithDecoderMaxMemory(MaxFrame), zstd.WithDecoderMaxWindow(MaxFrame))
	})
	out, err := i.dec.DecodeAll(packed, dst)
	if err != nil {
		return nil, violation("a compressed frame: %v", err)
	}
	return out, nil
}
