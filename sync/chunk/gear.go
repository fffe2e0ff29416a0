package chunk

import "github.com/cespare/xxhash/v2"

// table gives each value of a byte a random number: the XXH64, with seed 0, of
// the text "latus gear " and the byte. It is fixed by the protocol.
var table = func() (t [256]uint64) {
	text := []byte("latus gear ?")
	for b := range t {
		text[len(text)-1] = byte(b)
		t[b] = xxhash.Sum64(text)
	}
	return t
}()
