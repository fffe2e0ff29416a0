package ui

import (
	"encoding/base64"
	"encoding/json"
	"io"
	"math"
	"time"
	"unicode/utf8"

	"latus/index"
	"latus/sync/peer"
	"latus/sync/plan"
)

// JSON shows a run to a program: one object a line, the summary last. Nothing
// else may be written to the same place.
type JSON struct {
	Purge   func(tree int) string // as in TextOptions, and so is Command
	Command func(tree int, command string, args ...string) string

	w        io.Writer
	trees    []string
	now      func() time.Time
	progress bool
	phase    peer.Phase
	shown    time.Time // when the last progress line was written
}

// NewJSON returns a JSON that shows a run of trees on w. Progress lines, if any,
// come at most 10 a second by now.
func NewJSON(w io.Writer, trees []string, progress bool, now func() time.Time) *JSON {
	return &JSON{w: w, trees: trees, progress: progress, now: now}
}

// JSONPath is a path in an object. What is not UTF-8 is replaced in Path, and
// told exactly by Bytes.
type JSONPath struct {
	Path  string `json:"path"`
	Bytes string `json:"path_base64,omitempty"`
}

// NewJSONPath makes the fields of p.
func NewJSONPath(p index.Path) JSONPath {
	return JSONPath{string(p), exact(string(p))}
}

// JSONTree is a tree in an object, as it was named, by the same rule.
type JSONTree struct {
	Tree  string `json:"tree"`
	Bytes string `json:"tree_base64,omitempty"`
}

// NewJSONTree makes the fields of the tree that is called name.
func NewJSONTree(name string) JSONTree { return JSONTree{name, exact(name)} }

// exact is what goes beside a string that JSON can't hold, else "".
func exact(s string) string {
	if utf8.ValidString(s) {
		return ""
	}
	return base64.StdEncoding.EncodeToString([]byte(s))
}

// JSONVersion is one version of a path in an object.
type JSONVersion struct {
	Kind   string `json:"kind"`
	Size   int64  `json:"size"`
	Mtime  string `json:"mtime,omitempty"`
	Hash   string `json:"hash,omitempty"`
	Target string `json:"target,omitempty"`
	Edited string `json:"edited,omitempty"`
	Peer   string `json:"peer,omitempty"`
}

// NewJSONVersion makes the object of h.
func NewJSONVersion(h index.Head) JSONVersion {
	v := JSONVersion{Kind: h.Kind.String(), Size: h.Size, Target: h.Target}
	if h.Kind == index.File || h.Kind == index.Link {
		v.Mtime = Stamp(h.Mtime)
	}
	if h.Hash.Known() {
		v.Hash = h.Hash.String()
	}
	if h.Gen != (index.GenID{}) {
		v.Peer, v.Edited = h.Gen.Author.String(), Stamp(h.Utime)
	}
	return v
}

// WriteJSON writes v as one line.
func WriteJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

func (j *JSON) tree(i int) JSONTree {
	if i < 0 || i >= len(j.trees) {
		return JSONTree{}
	}
	return NewJSONTree(j.trees[i])
}

// Phase and Planned tell a program nothing that the other events do not.
func (j *JSON) Phase(p peer.Phase) { j.phase = p }

func (j *JSON) Planned(int, *peer.Proposal) {}

func (j *JSON) Change(tree int, c peer.Change) {
	WriteJSON(j.w, struct {
		Event string `json:"event"`
		JSONTree
		Action string `json:"action"`
		JSONPath
		From      string   `json:"from,omitempty"`
		FromBytes string   `json:"from_base64,omitempty"`
		Size      int64    `json:"size"`
		What      []string `json:"what,omitempty"`
	}{"change", j.tree(tree), c.Op.String(), NewJSONPath(c.Path), string(c.From), exact(string(c.From)), c.Size, whatChanges(c.What)})
}

func (j *JSON) Conflict(c plan.Conflict) {
	losers := make([]JSONVersion, len(c.Losers))
	for i, h := range c.Losers {
		losers[i] = NewJSONVersion(h)
	}
	WriteJSON(j.w, struct {
		Event string `json:"event"`
		JSONPath
		Winner JSONVersion   `json:"winner"`
		Losers []JSONVersion `json:"losers"`
	}{"conflict", NewJSONPath(c.Path), NewJSONVersion(c.Winner), losers})
}

func (j *JSON) Problem(tree int, p peer.Problem) {
	j.about("problem", tree, p, ProblemHint(typer(j.Command, tree), purger(j.Purge, tree), p))
}

func (j *JSON) Notice(tree int, p peer.Problem) { j.about("notice", tree, p, "") }

func (j *JSON) about(event string, tree int, p peer.Problem, hint string) {
	WriteJSON(j.w, struct {
		Event string `json:"event"`
		JSONTree
		JSONPath
		Reason string `json:"reason"`
		Hint   string `json:"hint,omitempty"`
	}{event, j.tree(tree), NewJSONPath(p.Path), p.Reason.String(), hint})
}

func (j *JSON) Progress(p peer.Progress) {
	now := j.now()
	if !j.progress || !j.shown.IsZero() && now.Sub(j.shown) < time.Second/10 {
		return
	}
	j.shown = now
	WriteJSON(j.w, struct {
		Event      string `json:"event"`
		Phase      string `json:"phase"`
		Files      int64  `json:"files"`
		TotalFiles int64  `json:"total_files"`
		Bytes      int64  `json:"bytes"`
		TotalBytes int64  `json:"total_bytes"`
	}{"progress", j.phase.String(), p.Files, p.TotalFiles, p.Bytes, p.TotalBytes})
}

func (j *JSON) End(s Summary) {
	if s.Failure != nil {
		j.failure(s.Failure)
	}
	WriteJSON(j.w, struct {
		Event     string           `json:"event"`
		Dry       bool             `json:"dry_run,omitempty"`
		Changes   int              `json:"changes"`
		Conflicts int              `json:"conflicts"`
		Problems  int              `json:"problems"`
		Files     int64            `json:"files"`
		Bytes     int64            `json:"bytes"`
		Sent      int64            `json:"sent"`
		Received  int64            `json:"received"`
		Saved     map[string]int64 `json:"saved,omitempty"`
		Seconds   float64          `json:"seconds"`
		Exit      int              `json:"exit"`
	}{"summary", s.Dry, s.Changes, s.Conflicts, s.Problems, s.Files, s.Bytes, s.Sent, s.Received, s.Saved,
		math.Round(s.Elapsed.Seconds()*1000) / 1000, s.Exit})
}

func (j *JSON) failure(f *Failure) {
	WriteJSON(j.w, struct {
		Event  string `json:"event"`
		Reason string `json:"reason"`
		Hint   string `json:"hint,omitempty"`
	}{"error", f.Text, f.Hint})
}
