package wire

import (
	"encoding/binary"
	"io"
)

// headerLen is the length of a frame's header: the payload's length (4 bytes),
// the type (1), the flags (1) and the number of the stream (4), big-endian.
const headerLen = 10

const (
	flagCompressed = 1 << iota // the payload is zstd frames
	flagMore                   // the message goes on in the stream's next frame
	flagQuick                  // the payload is an S2 block
	knownFlags     = flagCompressed | flagMore | flagQuick
)

// frame is one received frame. Its payload is valid until it is released.
type frame struct {
	typ     Type
	more    bool
	stream  uint32
	payload []byte
	came    int // bytes of the payload on the wire
}

// newFrame returns a buffer to append a payload to, with room for the header.
func newFrame(size int) []byte { return make([]byte, headerLen, headerLen+size) }

// putHeader completes a frame that newFrame began.
func putHeader(b []byte, t Type, flags byte, stream uint32) {
	binary.BigEndian.PutUint32(b, uint32(len(b)-headerLen))
	b[4], b[5] = byte(t), flags
	binary.BigEndian.PutUint32(b[6:], stream)
}

// frameReader reads frames. It is used by one goroutine; release may be called
// by others.
type frameReader struct {
	r      io.Reader
	zip    *inflater
	packed []byte      // the compressed payload of the frame being read
	free   chan []byte // large payload buffers to use again
}

func newFrameReader(r io.Reader) *frameReader {
	return &frameReader{r: r, zip: &inflater{}, free: make(chan []byte, 8)}
}

// next reads one frame. io.EOF means that the stream ended between two frames.
func (r *frameReader) next() (frame, error) {
	var h [headerLen]byte
	if _, err := io.ReadFull(r.r, h[:]); err != nil {
		return frame{}, err
	}
	n := binary.BigEndian.Uint32(h[:])
	f := frame{typ: Type(h[4]), more: h[5]&flagMore != 0, stream: binary.BigEndian.Uint32(h[6:]), came: int(n)}
	switch {
	case n > MaxFrame:
		return frame{}, violation("a frame of %d bytes", n)
	case f.typ == 0 || f.typ >= lastType:
		return frame{}, violation("a frame of type %d", h[4])
	case h[5]&^knownFlags != 0, h[5]&flagCompressed != 0 && h[5]&flagQuick != 0:
		return frame{}, violation("a frame with flags %#x", h[5])
	}
	var err error
	if h[5]&(flagCompressed|flagQuick) == 0 {
		f.payload = r.buffer(int(n))[:n]
		_, err = io.ReadFull(r.r, f.payload)
		return f, unexpected(err)
	}
	if cap(r.packed) < int(n) {
		r.packed = make([]byte, n, MaxFrame)
	}
	if _, err = io.ReadFull(r.r, r.packed[:n]); err != nil {
		return frame{}, unexpected(err)
	}
	k := codecZstd
	if h[5]&flagQuick != 0 {
		k = codecS2
	}
	f.payload, err = r.zip.inflate(r.buffer(full), r.packed[:n], k)
	return f, err
}

// small payloads are not worth a place among the buffers that are used again.
const small = 4 << 10

func (r *frameReader) buffer(n int) []byte {
	if n <= small {
		return make([]byte, 0, n)
	}
	select {
	case b := <-r.free:
		if cap(b) >= n {
			return b[:0]
		}
	default:
	}
	return make([]byte, 0, max(n, full+small))
}

func (r *frameReader) release(f frame) {
	if cap(f.payload) <= small {
		return
	}
	select {
	case r.free <- f.payload:
	default:
	}
}

// unexpected is for places where a stream must not end.
func unexpected(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}
