package index

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// logLine is any line of the merge log. Whether a path or a text has come in
// base64 is told by its other key.
type logLine struct {
	Start *string `json:"start"`
	End   *string `json:"end"`
	Op    *string `json:"op"`
	Run   string  `json:"run"`
	Time  logTime `json:"time"`

	Command string   `json:"command"`
	Of      string   `json:"of"`
	With    []string `json:"with"`
	Peers   []jsonID `json:"peers"`
	Host    string   `json:"host"`
	Version string   `json:"version"`

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

func (l *logLine) start() RunStart {
	r := RunStart{Run: *l.Start, Time: int64(l.Time), Command: l.Command, Of: l.Of, With: l.With, Host: l.Host, Version: l.Version}
	for _, id := range l.Peers {
		r.Peers = append(r.Peers, PeerID(id))
	}
	return r
}

func (l *logLine) record() Record {
	return Record{
		Run: l.Run, Time: int64(l.Time), Op: *l.Op,
		Path: Path(l.Path + string(l.PathBytes)), From: Path(l.From + string(l.FromBytes)),
		Kind: Kind(l.Kind), Size: l.Size, Mtime: int64(l.Mtime), Mode: uint32(l.Mode), Owner: IDs(l.Owner), Attrs: Attrs(l.Attrs), Hash: Hash(l.Hash),
		Gen: GenID(l.Gen), OldGen: GenID(l.Old), Trash: l.Trash + string(l.TrashBytes), Author: l.Author, Why: l.Why, Target: l.Target + string(l.ToBytes),
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
		Kind: Kind(p.Kind), Gen: GenID(p.Gen), Size: p.Size, Mtime: int64(p.Mtime), Mode: uint32(p.Mode), Owner: IDs(p.Owner), Attrs: Attrs(p.Attrs),
		Target: p.Target + string(p.TargetBytes),
	}
}

func (l *logLine) end() RunEnd {
	return RunEnd{
		Run: *l.End, Time: int64(l.Time), Changes: l.Changes, Conflicts: l.Conflicts, Problems: l.Problems,
		Bytes: l.Bytes, Saved: l.Saved, Files: l.Files, Size: l.Size, Exit: l.Exit,
	}
}

type (
	logTime  int64
	logKind  Kind
	logMode  uint32
	logHash  Hash
	logGen   GenID
	logIDs   IDs
	logAttrs Attrs
	logBytes string
)

func (t *logTime) UnmarshalText(b []byte) error {
	at, err := time.Parse(time.RFC3339Nano, string(b))
	*t = logTime(at.UnixNano())
	return err
}

func (k *logKind) UnmarshalText(b []byte) error {
	for kind := Absent; kind <= Special; kind++ {
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
	owner, err := ParseOwner(string(b))
	*i = logIDs(NewIDs(owner.User().ID, owner.Group().ID))
	return err
}

func (a *logAttrs) UnmarshalText(b []byte) error {
	attrs, err := ParseAttrs(string(b))
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
	a, okA := parseHex(author)
	t, okT := parseHex(tag)
	if !okA || !okT {
		return fmt.Errorf("no generation: %q", b)
	}
	*g = logGen{Author: PeerID(a), Tag: t}
	return nil
}

func (s *logBytes) UnmarshalText(b []byte) error {
	raw, err := base64Text.AppendDecode(nil, b)
	*s = logBytes(raw)
	return err
}
