package mergelog

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"latus/index"
	"latus/index/jsontext"
)

// logLine is any line of the merge log. Whether a path or a text has come in
// base64 is told by its other key.
type logLine struct {
	Start *string `json:"start"`
	End   *string `json:"end"`
	Op    *string `json:"op"`
	Run   string  `json:"run"`
	Time  logTime `json:"time"`

	Command string    `json:"command"`
	Of      string    `json:"of"`
	With    []string  `json:"with"`
	Peers   []logPeer `json:"peers"`
	Host    string    `json:"host"`
	Version string    `json:"version"`

	Path       string   `json:"path"`
	PathBytes  logBytes `json:"path_base64"`
	From       string   `json:"from"`
	FromBytes  logBytes `json:"from_base64"`
	Kind       logKind  `json:"kind"`
	Size       int64    `json:"size"`
	Mtime      logTime  `json:"mtime"`
	Mode       logMode  `json:"mode"`
	Owner      logIDs   `json:"owner"`
	Attrs      logAttrs `json:"attrs"`
	Hash       logHash  `json:"hash"`
	Gen        logGen   `json:"gen"`
	Old        logGen   `json:"old"`
	Trash      string   `json:"trash"`
	TrashBytes logBytes `json:"trash_base64"`
	Author     string   `json:"author"`
	Why        string   `json:"why"`
	Target     string   `json:"target"`
	ToBytes    logBytes `json:"target_base64"`
	Was        logPast  `json:"was"`
	Took       logPast  `json:"took"`
	Along      bool     `json:"along"`

	Files     int64            `json:"files"`
	Changes   int              `json:"changes"`
	Conflicts int              `json:"conflicts"`
	Problems  int              `json:"problems"`
	Bytes     int64            `json:"bytes"`
	Saved     map[string]int64 `json:"saved"`
	Exit      int              `json:"exit"`
}

func (l *logLine) start() Start {
	r := Start{Run: *l.Start, Time: int64(l.Time), Command: l.Command, Of: l.Of, With: l.With, Host: l.Host, Version: l.Version}
	for _, id := range l.Peers {
		r.Peers = append(r.Peers, index.PeerID(id))
	}
	return r
}

func (l *logLine) record() Record {
	return Record{
		Run: l.Run, Time: int64(l.Time), Op: *l.Op,
		Path: index.Path(l.Path + string(l.PathBytes)), From: index.Path(l.From + string(l.FromBytes)),
		Kind: index.Kind(l.Kind), Size: l.Size, Mtime: int64(l.Mtime), Mode: uint32(l.Mode), Owner: index.IDs(l.Owner), Attrs: index.Attrs(l.Attrs), Hash: index.Hash(l.Hash),
		Gen: index.GenID(l.Gen), OldGen: index.GenID(l.Old), Trash: l.Trash + string(l.TrashBytes), Author: l.Author, Why: l.Why, Target: l.Target + string(l.ToBytes),
		Was: l.Was.former(), Took: l.Took.former(), Along: l.Along,
	}
}

// logPast is a Former in a line.
type logPast struct {
	Kind        logKind  `json:"kind"`
	Gen         logGen   `json:"gen"`
	Size        int64    `json:"size"`
	Mtime       logTime  `json:"mtime"`
	Mode        logMode  `json:"mode"`
	Owner       logIDs   `json:"owner"`
	Attrs       logAttrs `json:"attrs"`
	Target      string   `json:"target"`
	TargetBytes logBytes `json:"target_base64"`
}

func (p *logPast) former() Former {
	return Former{
		Kind: index.Kind(p.Kind), Gen: index.GenID(p.Gen), Size: p.Size, Mtime: int64(p.Mtime), Mode: uint32(p.Mode), Owner: index.IDs(p.Owner), Attrs: index.Attrs(p.Attrs),
		Target: p.Target + string(p.TargetBytes),
	}
}

func (l *logLine) end() End {
	return End{
		Run: *l.End, Time: int64(l.Time), Changes: l.Changes, Conflicts: l.Conflicts, Problems: l.Problems,
		Bytes: l.Bytes, Saved: l.Saved, Files: l.Files, Size: l.Size, Exit: l.Exit,
	}
}

type (
	logTime  int64
	logPeer  index.PeerID
	logKind  index.Kind
	logMode  uint32
	logHash  index.Hash
	logGen   index.GenID
	logIDs   index.IDs
	logAttrs index.Attrs
	logBytes string
)

func (t *logTime) UnmarshalText(b []byte) error {
	at, err := time.Parse(time.RFC3339Nano, string(b))
	*t = logTime(at.UnixNano())
	return err
}

func (p *logPeer) UnmarshalJSON(b []byte) error { // null is no peer
	var s string
	if err := json.Unmarshal(b, &s); err != nil {
		return err
	}
	v, ok := jsontext.ParseHex(s)
	if *p = logPeer(v); !ok {
		return fmt.Errorf("no peer: %q", s)
	}
	return nil
}

func (k *logKind) UnmarshalText(b []byte) error {
	for kind := index.Absent; kind <= index.Special; kind++ {
		if kind.String() == string(b) {
			*k = logKind(kind)
			return nil
		}
	}
	return fmt.Errorf("no kind: %q", b)
}

func (m *logMode) UnmarshalText(b []byte) error {
	v, err := strconv.ParseUint(string(b), 8, 32)
	*m = logMode(v)
	return err
}

func (i *logIDs) UnmarshalText(b []byte) error {
	owner, err := index.ParseOwner(string(b))
	*i = logIDs(index.NewIDs(owner.User().ID, owner.Group().ID))
	return err
}

func (a *logAttrs) UnmarshalText(b []byte) error {
	attrs, err := index.ParseAttrs(string(b))
	*a = logAttrs(attrs)
	return err
}

func (h *logHash) UnmarshalText(b []byte) error {
	if len(b) != hex.EncodedLen(len(h)) {
		return fmt.Errorf("no hash: %q", b)
	}
	_, err := hex.Decode(h[:], b)
	return err
}

func (g *logGen) UnmarshalText(b []byte) error {
	author, tag, _ := strings.Cut(string(b), "-")
	a, okA := jsontext.ParseHex(author)
	t, okT := jsontext.ParseHex(tag)
	if !okA || !okT {
		return fmt.Errorf("no generation: %q", b)
	}
	*g = logGen{Author: index.PeerID(a), Tag: t}
	return nil
}

func (s *logBytes) UnmarshalText(b []byte) error {
	raw, err := jsontext.Base64.AppendDecode(nil, b)
	*s = logBytes(raw)
	return err
}
