package wire

import "math/bits"

// small payloads are not worth a place among the buffers that are used again.
const small = 4 << 10

// buffers are payload buffers to use again, by size: a payload that waits has one that is
// less than twice as large as it.
type buffers [sizes]chan []byte

// sizes are small and a power of two of it, up to MaxFrame: what senders fill frames to, and
// a little more.
const sizes = 9

func newBuffers() (b buffers) {
	for i := range b {
		b[i] = make(chan []byte, 8)
	}
	return b
}

// sized is which size n bytes need. n is more than small.
func sized(n int) int { return bits.Len(uint(n-small-1) / small) }

// get returns an empty buffer with room for n bytes, at most MaxFrame.
func (b *buffers) get(n int) []byte {
	if n <= small {
		return make([]byte, 0, n)
	}
	size := sized(n)
	select {
	case free := <-b[size]:
		return free[:0]
	default:
		return make([]byte, 0, small+small<<size)
	}
}

// put takes a buffer back, if it is one that get returned.
func (b *buffers) put(p []byte) {
	if n := cap(p); n > small && n <= small+MaxFrame && n == small+small<<sized(n) {
		select {
		case b[sized(n)] <- p:
		default:
		}
	}
}
