package plan

// bits is a set of tags. Every generation of a world draws the next tag.
type bits [6]uint64

func (b bits) has(n int) bool { return b[n/64]>>(n%64)&1 == 1 }
func (b *bits) add(n int)     { b[n/64] |= 1 << (n % 64) }
func (b *bits) drop(n int)    { b[n/64] &^= 1 << (n % 64) }
func (b bits) or(o bits) bits {
	for i := range b {
		b[i] |= o[i]
	}
	return b
}
func (b bits) within(o bits) bool { return b.or(o) == o }
func (b bits) all() (tags []int) {
	for n := range len(b) * 64 {
		if b.has(n) {
			tags = append(tags, n)
		}
	}
	return tags
}
