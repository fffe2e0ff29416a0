package ui

import (
	"fmt"
	"math"
	"strings"
	"time"

	"latus/sync/peer"
)

// Verdict is what a verification says of a path.
type Verdict uint8

const (
	Damaged   Verdict = iota // other content under the same size, mtime and inode
	Repaired                 // it was damaged
	Edited                   // since a run acknowledged it
	New                      // no run has seen it yet
	Unchecked                // it was never hashed before; now it is
)

func (v Verdict) String() string {
	return [...]string{"damaged", "repaired", "edited", "new", "unchecked"}[v]
}

// VerifySummary is what a verification came to.
type VerifySummary struct {
	Files, Bytes int64 // read
	Verdicts     map[Verdict]int
	Problems     int   // paths that could not be verified
	Sent         int64 // on the wire, as seen by this process
	Received     int64
	Elapsed      time.Duration
	Exit         int
	Failure      *Failure
}

// Verdict shows what became of a path. What was never hashed, and what is new, is
// of interest only where each change is.
func (t *Text) Verdict(v Verdict, p peer.Problem) {
	switch {
	case v == Damaged:
		t.Problem(0, p)
	case t.o.Quiet, v > Edited && t.o.Line == nil:
	case v == Repaired:
		t.out("repaired: " + Name(p.Path) + ": taken from " + Safe(p.Reason.String()))
	case p.Reason.String() != "":
		t.out(v.String() + ": " + Name(p.Path) + ": " + Safe(p.Reason.String()))
	default:
		t.out(v.String() + ": " + Name(p.Path))
	}
}

// EndVerify is End for a verification.
func (t *Text) EndVerify(s VerifySummary) {
	t.o.Bar.Close()
	if t.o.Quiet || s.Failure != nil && s.Files == 0 {
		return
	}
	line := "verified: "
	if s.Failure != nil {
		line = "not finished: "
	}
	line += Count(s.Files, "file") + ", " + Bytes(s.Bytes) + ": "
	parts := []string{"no damage"}
	if n := s.Verdicts[Damaged]; n > 0 {
		parts[0] = paint(t.screen.OutColor, red, fmt.Sprintf("%s damaged", Thousands(int64(n))))
	} else if s.Verdicts[Repaired] > 0 {
		parts = nil
	}
	for v := Repaired; v <= Unchecked; v++ {
		if n := s.Verdicts[v]; n > 0 {
			parts = append(parts, Thousands(int64(n))+" "+v.String())
		}
	}
	if s.Verdicts[Unchecked] > 0 {
		parts[len(parts)-1] += " (never hashed before; the hash is recorded now)"
	}
	if s.Problems > 0 {
		parts = append(parts, Thousands(int64(s.Problems))+" not to be read")
	}
	t.out(line + strings.Join(parts, ", ") + " (" + Seconds(s.Elapsed) + ")")
}

// Verdict writes the event of a verdict. Damage is a problem as well, and has the event of one,
// for those who watch for problems alone.
func (j *JSON) Verdict(v Verdict, p peer.Problem) {
	event := struct {
		Event string `json:"event"`
		JSONTree
		JSONPath
		Reason    string `json:"reason,omitempty"`
		From      string `json:"from,omitempty"`
		FromBytes string `json:"from_base64,omitempty"`
	}{Event: v.String(), JSONTree: j.tree(0), JSONPath: NewJSONPath(p.Path), Reason: p.Reason.String()}
	if v == Repaired {
		event.Reason, event.From, event.FromBytes = "", p.Reason.String(), exact(p.Reason.String())
	}
	WriteJSON(j.w, event)
	if v == Damaged {
		j.Problem(0, p)
	}
}

// EndVerify writes the summary of a verification.
func (j *JSON) EndVerify(s VerifySummary) {
	if f := s.Failure; f != nil {
		j.failure(f)
	}
	WriteJSON(j.w, struct {
		Event     string  `json:"event"`
		Changes   int     `json:"changes"`
		Conflicts int     `json:"conflicts"`
		Files     int64   `json:"files"`
		Bytes     int64   `json:"bytes"`
		Sent      int64   `json:"sent"`
		Received  int64   `json:"received"`
		Damaged   int     `json:"damaged"`
		Repaired  int     `json:"repaired"`
		Edited    int     `json:"edited"`
		New       int     `json:"new"`
		Unchecked int     `json:"unchecked"`
		Problems  int     `json:"problems"`
		Seconds   float64 `json:"seconds"`
		Exit      int     `json:"exit"`
	}{"summary", s.Verdicts[Repaired], 0, s.Files, s.Bytes, s.Sent, s.Received, s.Verdicts[Damaged], s.Verdicts[Repaired], s.Verdicts[Edited], s.Verdicts[New],
		s.Verdicts[Unchecked], s.Problems + s.Verdicts[Damaged], math.Round(s.Elapsed.Seconds()*1000) / 1000, s.Exit})
}
