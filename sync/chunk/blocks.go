package chunk

import "bytes"

// HeadLen is how many bytes of a content Blocks looks at.
const HeadLen = 72

// large is the size from which on content that changed but not its size is taken
// for a disk image or a database of a kind that is not known by its head.
const large = 1 << 20

// heads are how files begin that are changed in place, in blocks.
var heads = []struct {
	at   int
	text string
}{
	{0, "SQLite format 3\x00"},
	{0, "QFI\xfb"},             // qcow, qcow2
	{0, "KDMV"},                // VMDK
	{0, "vhdxfile"},            // VHDX
	{0, "conectix"},            // VHD, dynamic
	{64, "\x7f\x10\xda\xbe"},   // VDI
	{4, "Standard Jet DB\x00"}, // Access
	{4, "Standard ACE DB\x00"},
	{4, "\xef\xcd\xab\x89"},  // ESE
	{16, "\xde\xc0\xef\xbe"}, // LMDB: the magic of its first page
	{12, "\x62\x31\x05\x00"}, // Berkeley DB, B-tree
	{12, "\x61\x15\x06\x00"}, // Berkeley DB, hash
}

// Blocks tells whether content that begins with head should be cut into blocks:
// it is a database or an image of a disk, or it is large and took the place of
// something of the same size. was is the size of the old content.
func Blocks(head []byte, size, was int64) bool {
	for _, h := range heads {
		if len(head) >= h.at+len(h.text) && bytes.Equal(head[h.at:h.at+len(h.text)], []byte(h.text)) {
			return true
		}
	}
	return size == was && size >= large
}
