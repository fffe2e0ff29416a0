package wire

// What a message may take of its receiver's memory grows with what has come of it on the
// wire: an element of a list may be a bit of a compressed frame, and four bytes a path of
// 32 KiB. A sender keeps within half of these bounds whatever its tree is like; the other half
// is for a receiver whose elements are larger, and counts one before it has its frame. Where a
// frame would bring more than its compressed bytes allow, it goes uncompressed; and as paths
// share so much and no more, the least that an element takes uncompressed allows all of it.
const (
	MemoryFree = 1 << 20 // bytes of memory that a message may take, however short it is
	MemoryFor  = 1 << 10 // bytes that it may take besides, for each byte of its payloads as they came
	MaxShared  = 1 << 10 // bytes that a path written here shares with the one before
)

// take accounts for n bytes of memory that the receiver of the message needs for what
// comes next. Both sides count alike.
func (c *Coder) take(n int) {
	c.taken += int64(n)
	if c.reading && c.bounded && c.taken > MemoryFree+MemoryFor*c.came {
		c.refuse("a message that takes more memory than its first %d bytes can need", c.came)
	}
}

// paid notes that n bytes of the message came, or went.
func (c *Coder) paid(n int) { c.came, c.bounded = c.came+int64(n), true }

// owed is how many bytes the payload of the next frame has to have on the wire.
func (c *Coder) owed() int {
	return int(max(0, (2*c.taken-MemoryFree+MemoryFor-1)/MemoryFor-c.came))
}
