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
	packed  bool // the payload is as it came, compressed by codec
	codec   codec
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

// frameReader reads frames, as they came. It is used by one goroutine; release and inflate
// may be called by others.
type frameReader struct {
	r    io.Reader
	zip  inflater
	free buffers
}

func newFrameReader(r io.Reader) *frameReader { return &frameReader{r: r, free: newBuffers()} }

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
	case h[5]&flagQuick != 0:
		f.packed, f.codec = true, codecS2
	case h[5]&flagCompressed != 0:
		f.packed, f.codec = true, codecZstd
	}
	f.payload = r.free.get(int(n))[:n]
	_, err := io.ReadFull(r.r, f.payload)
	return f, unexpected(err)
}

// inflate returns the frame as it was before it was compressed.
func (r *frameReader) inflate(f frame) (frame, error) {
	if !f.packed {
		return f, nil
	}
	out, err := r.zip.inflate(r.free.get(full), f.payload, f.codec)
	r.free.put(f.payload)
	f.packed, f.payload = false, out
	return f, err
}

func (r *frameReader) release(f frame) { r.free.put(f.payload) }

// unexpected is for places where a stream must not end.
func unexpected(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}
