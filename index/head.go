package index

import (
	"encoding/hex"
	"fmt"
	"strconv"
)

// PeerID is the random identity of one tree. Its text is 16 hex digits.
type PeerID uint64

// GroupID is the random identity of a group: trees that may sync with each
// other. Zero means that the tree belongs to no group yet.
type GroupID uint64

func (id PeerID) String() string  { return fmt.Sprintf("%016x", uint64(id)) }
func (id GroupID) String() string { return fmt.Sprintf("%016x", uint64(id)) }

// ParseID reads the text of a PeerID, a GroupID or a tag.
func ParseID(s string) (uint64, error) {
	if len(s) != 16 {
		return 0, fmt.Errorf("an id has 16 hex digits, not %q", s)
	}
	return strconv.ParseUint(s, 16, 64)
}

// GenID names a generation: who authored it and the random tag it drew. Seq is
// not part of the name, because restored backups and copied trees reuse it.
type GenID struct {
	Author PeerID
	Tag    uint64
}

// Generation is what one scan (or one decision: resolve, undo, mirror, …) of
// one tree found changed.
type Generation struct {
	GenID
	Seq  uint64 // counts the author's generations, from 1
	Time int64  // when, in nanoseconds since 1970 UTC, by the author's clock
}

// Kind says what stands at a path.
type Kind uint8

const (
	Absent  Kind = iota // nothing is there (witnesses only)
	File                // a regular file
	Dir                 // a directory
	Link                // a symbolic link
	Deleted             // a version that says: nothing shall be there
	Special             // socket, FIFO, device: reported, never synchronized
)

func (k Kind) String() string {
	return [...]string{"absent", "file", "dir", "link", "deleted", "special"}[k]
}

// Live tells whether k is something that a tree can hold.
func (k Kind) Live() bool { return k == File || k == Dir || k == Link }

// Hash is the BLAKE3-256 of a file's content. Zero: not hashed yet.
type Hash [32]byte

func (h Hash) Known() bool    { return h != Hash{} }
func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// Short is the prefix of a hash that lineages keep.
func (h Hash) Short() uint64 {
	var v uint64
	for _, b := range h[:8] {
		v = v<<8 | uint64(b)
	}
	return v
}

// MaxLineage bounds Head.Lineage.
const MaxLineage = 8

// Ancestor is a content that a head descends from: the short prefix of its
// hash, or its size and mtime where no hash was known.
type Ancestor struct {
	Hash  uint64 // zero: not known, see Size and Mtime
	Size  int64
	Mtime int64
}

// Origin is a hint: the head whose content this one took over when it was
// moved, copied, resolved or put back. It names content, not a place to read.
type Origin struct {
	Path   Path
	Gen    GenID
	Linked bool // the author's disk has both names, of one file (a hard link)
}

// Head is one version of a path. Heads are values that are never changed in
// place; only Hash may be filled in later, by a new value of the same Gen.
type Head struct {
	Gen     GenID
	Kind    Kind       // File, Dir, Link or Deleted
	First   bool       // found by its author's first scan
	Clock   uint32     // coarseness of the author's mtimes, in nanoseconds, at least 1
	Size    int64      // bytes; 0 unless a file
	Mtime   int64      // nanoseconds since 1970 UTC; files and links
	Utime   int64      // author_utime: orders edits, nanoseconds since 1970 UTC
	Target  string     // of a link, bytes as given
	Hash    Hash       // files
	Lineage []Ancestor // newest first, at most MaxLineage
	Origin  *Origin    // nil: none
}

// MaxTime bounds what edits are ordered by: Head.Utime and Reg.Stamp. It is in the year
// 2116. Who edits what is as late as that is no later: versions go by what they supersede,
// and times only decide between those that do not know of each other.
const MaxTime = 1 << 62

// MaxHeads is how many versions of one path trees merge.
const MaxHeads = 4096

// Reg is a last-writer register of a path: the greater (Stamp, Gen.Author, Gen.Tag)
// wins. The zero value was never set.
type Reg[T comparable] struct {
	Value T
	Stamp int64 // nanoseconds since 1970 UTC
	Gen   GenID // zero: never set
}

// Set tells whether anybody ever set the register.
func (r Reg[T]) Set() bool { return r.Gen != GenID{} }

// The registers of a path.
type (
	ModeReg  = Reg[uint32] // the permission bits, 07777
	OwnerReg = Reg[Owner]  // who owns it; "": of what stands there now nobody has told
	AttrsReg = Reg[Attrs]  // its extended attributes; "": of what stands there now nobody has told
)

// Witness is how the disk showed a path when it was last acknowledged. It is
// local: it never crosses to a peer.
type Witness struct {
	Kind  Kind   // Absent: nothing was there
	Mode  uint32 // 07777, as the disk shows it
	Size  int64  // files
	Mtime int64  // nanoseconds, as the disk shows it; files and links
	Ctime int64  // nanoseconds; 0: unknown
	Btime int64  // birth time in nanoseconds; 0: the filesystem has none
	Inode uint64 // 0: unknown
	Owner IDs    // zero: unknown, as after a run that did not look at owners
	Attrs Sum    // 0: unknown, as after a run that did not look at extended attributes

	// Attrs are those that were there at Ctime. Where that is 0 they may be others by now.
}

// Entry is all that a tree knows of one path. Entries handed out by an Index
// are shared: never change one, Put a changed copy.
type Entry struct {
	Path    Path
	Heads   []Head // H(p), sorted by Gen; empty only for a directory nobody authored but descendants need
	Pending bool   // the disk has not acknowledged Heads: Have says what it has
	Have    []Head // have(p), only meaningful while Pending; sorted by Gen
	Mode    ModeReg
	Owner   OwnerReg
	Attrs   AttrsReg
	Witness Witness
}

// Sets are the generations that set the registers of e; zero: never set.
func (e *Entry) Sets() [3]GenID { return [3]GenID{e.Mode.Gen, e.Owner.Gen, e.Attrs.Gen} }

// Set tells whether any register of e was ever set.
func (e *Entry) Set() bool { return e.Sets() != [3]GenID{} }

// AtRest tells whether the disk is known to show the only version there is.
func (e *Entry) AtRest() bool {
	return !e.Pending && len(e.Heads) == 1 && e.Heads[0].Kind.Live() && e.Heads[0].Kind == e.Witness.Kind
}

// Acked returns have(p): the heads that the disk has acknowledged.
func (e *Entry) Acked() []Head {
	if e.Pending {
		return e.Have
	}
	return e.Heads
}

// Holds tells whether gen authored a head of e.
func (e *Entry) Holds(gen GenID) bool { return headAt(e.Heads, gen) >= 0 }

// Head returns the head of e that gen authored.
func (e *Entry) Head(gen GenID) (Head, bool) {
	for _, h := range e.Heads {
		if h.Gen == gen {
			return h, true
		}
	}
	return Head{}, false
}
