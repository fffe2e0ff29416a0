package stage

import "testing"

// TestRooms: a buffer is as large as was asked for, and comes back.
func TestRooms(t *testing.T) {
	for _, size := range []int{0, 1, smallestRoom, smallestRoom + 1, SmallFile - 1, SmallFile} {
		b := room(size)
		if len(b) != 0 || cap(b) < size {
			t.Errorf("room for %d has %d", size, cap(b))
		}
		giveBack(append(b, 1))
		if b := room(size); len(b) != 0 {
			t.Error("a buffer came back with something in it")
		}
	}
	giveBack(nil)
	giveBack(make([]byte, 5))
}
