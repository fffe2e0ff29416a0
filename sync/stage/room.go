package stage

import "sync"

// rooms are buffers for small files, by size: most files of a tree are read into
// memory that another one had.
var rooms [smallClasses]sync.Pool

const (
	smallestRoom = 4 << 10 // each class holds four times as much as the one before
	smallClasses = 6
)

// room returns an empty buffer with room for size bytes, at most farFile.
func room(size int) []byte {
	class, holds := 0, smallestRoom
	for holds < size {
		class++
		holds *= 4
	}
	if b, _ := rooms[class].Get().(*[]byte); b != nil {
		return (*b)[:0]
	}
	return make([]byte, 0, holds)
}

// giveBack takes a buffer back that room returned.
func giveBack(b []byte) {
	class, holds := 0, smallestRoom
	for holds < cap(b) {
		class++
		holds *= 4
	}
	if holds == cap(b) {
		rooms[class].Put(&b)
	}
}
