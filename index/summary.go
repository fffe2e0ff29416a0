package index

// Count is the short form of what is known of one author: how many of its
// generations, and a rolling hash of their tags in order of (Seq, Tag).
type Count struct {
	Author PeerID
	N      uint64
	Hash   uint64
}

// AuthorKnown is what one side knows of one author, told to a side whose Count is
// known: "your own first Common generations, which hash to Hash, and these".
type AuthorKnown struct {
	Author PeerID
	Common uint64       // how many of the receiver's first generations the sender has too
	Hash   uint64       // rolling hash of those, to be verified by the receiver
	More   []Generation // all others that the sender has, in order of (Seq, Tag)
}

// Summary is everything that one side has merged, told to another side.
type Summary []AuthorKnown
