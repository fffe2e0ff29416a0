package config

import (
	"unicode/utf8"

	"latus/index"
	"latus/sync/plan"
)

// Unlike is a version that has one content here and another one at a peer, as a run found
// out that read both. Later runs read neither, and must not call that in sync: it is
// remembered until the path has another version here, or the two have been read again.
type Unlike struct {
	Path   string `json:"path,omitempty"`
	Raw    []byte `json:"path_base64,omitempty"` // instead, if the path is no UTF-8
	Author string `json:"author"`
	Tag    string `json:"tag"`
	Peer   string `json:"peer"`
}

// NewUnlike says that gen of p has another content at other.
func NewUnlike(p index.Path, gen index.GenID, other index.PeerID) Unlike {
	u := Unlike{Path: string(p), Author: gen.Author.String(), Tag: index.PeerID(gen.Tag).String(), Peer: other.String()}
	if !utf8.ValidString(u.Path) {
		u.Path, u.Raw = "", []byte(p)
	}
	return u
}

// Where is the path.
func (u *Unlike) Where() index.Path {
	if len(u.Raw) > 0 {
		return index.Path(u.Raw)
	}
	return index.Path(u.Path)
}

// Holds tells whether e, what is known of the path, still is that version, and shall be.
func (u *Unlike) Holds(e *index.Entry) bool {
	if e == nil {
		return false
	}
	for _, heads := range [][]index.Head{e.Heads, e.Acked()} {
		h, live := plan.Display(heads)
		if !live || h.Gen.Author.String() != u.Author || index.PeerID(h.Gen.Tag).String() != u.Tag {
			return false
		}
	}
	return true
}
