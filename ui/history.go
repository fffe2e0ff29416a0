package ui

import (
	"fmt"
	"io"
	"strings"
	"time"

	"latus/index/mergelog"
	"latus/sync/plan"
)

// runName says what a run was: "sync with stick", "undo of RUN".
func runName(r *mergelog.Start) string {
	s := Safe(r.Command)
	if r.Of != "" {
		s += " of " + Safe(r.Of)
	}
	if len(r.With) > 0 {
		names := make([]string, len(r.With))
		for i, name := range r.With {
			names[i] = Safe(name)
		}
		s += " with " + strings.Join(names, ", ")
	}
	return s
}

// runLine sums up one run of the merge log.
func runLine(r *mergelog.Run, zone *time.Location) string {
	s := Moment(r.Start.Time, zone) + "  " + runName(&r.Start)
	if r.End == nil {
		return s + ": was cut off after " + Count(int64(len(r.Records)), "change")
	}
	s += ": " + Count(int64(r.End.Changes), "change")
	if r.End.Conflicts > 0 {
		s += ", " + Count(int64(r.End.Conflicts), "conflict")
	}
	if r.End.Problems > 0 {
		s += ", " + Count(int64(r.End.Problems), "problem")
	}
	if r.End.Bytes > 0 {
		s += ", " + Bytes(r.End.Bytes) + " received"
	}
	return s + " in " + Seconds(time.Duration(r.End.Time-r.Start.Time))
}

// PrintRun writes one run of the merge log for a person: a line for the run, and
// one for each of its records, folded to width cells; 0: not folded.
func PrintRun(w io.Writer, r *mergelog.Run, zone *time.Location, width int) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s  [%s]\n", runLine(r, zone), Safe(r.Start.Run))
	for _, rec := range r.Records {
		fmt.Fprintf(&b, "  %s\n", recordLine(rec, r.Restored()))
	}
	_, err := io.WriteString(w, Fold(b.String(), width))
	return err
}

// recordLine is a line for a record. restored: it tells where the bytes came from.
func recordLine(r mergelog.Record, restored bool) string {
	s := fmt.Sprintf("%-8s ", Verb(r.Op))
	if r.From != "" {
		s += Name(r.From) + " -> "
	}
	s += Name(r.Path) + recordDetails(r)
	if restored && r.Why != "" {
		s += " " + Safe(r.Why)
	}
	if r.Author != "" {
		s += " by " + Safe(r.Author)
	}
	if r.Trash != "" {
		if r.Op != plan.Keep.String() { // that is the version which went there
			s += ", old version"
		} else {
			s += ","
		}
		s += " in trash " + Safe(r.Trash)
	}
	return s
}

type jsonRun struct {
	Run       string           `json:"run"`
	Time      string           `json:"time"`
	Command   string           `json:"command"`
	Of        string           `json:"of,omitempty"`
	With      []string         `json:"with,omitempty"`
	Host      string           `json:"host,omitempty"`
	Version   string           `json:"version,omitempty"`
	Killed    bool             `json:"killed,omitempty"`
	Seconds   float64          `json:"seconds"`
	Changes   int              `json:"changes"`
	Conflicts int              `json:"conflicts"`
	Problems  int              `json:"problems"`
	Bytes     int64            `json:"bytes"`
	Saved     map[string]int64 `json:"saved,omitempty"`
	Exit      int              `json:"exit"`
	Records   []jsonRecord     `json:"records"`
}

type jsonRecord struct {
	Time   string `json:"time"`
	Action string `json:"action"`
	JSONPath
	From      string   `json:"from,omitempty"`
	FromBytes string   `json:"from_base64,omitempty"`
	Kind      string   `json:"kind"`
	Size      int64    `json:"size"`
	What      []string `json:"what,omitempty"`
	Hash      string   `json:"hash,omitempty"`
	Author    string   `json:"author,omitempty"`
	Reason    string   `json:"reason,omitempty"`
	Trash     string   `json:"trash,omitempty"`
	Along     bool     `json:"along,omitempty"`
}

// PrintRunJSON writes one run of the merge log as one line.
func PrintRunJSON(w io.Writer, r *mergelog.Run) error {
	o := jsonRun{
		Run: r.Start.Run, Time: Stamp(r.Start.Time), Command: r.Start.Command, Of: r.Start.Of, With: r.Start.With,
		Host: r.Start.Host, Version: r.Start.Version, Killed: r.End == nil, Changes: len(r.Records),
		Records: make([]jsonRecord, len(r.Records)),
	}
	if e := r.End; e != nil {
		o.Seconds = time.Duration(e.Time - r.Start.Time).Round(time.Millisecond).Seconds()
		o.Changes, o.Conflicts, o.Problems = e.Changes, e.Conflicts, e.Problems
		o.Bytes, o.Saved, o.Exit = e.Bytes, e.Saved, e.Exit
	}
	for i, rec := range r.Records {
		o.Records[i] = jsonRecord{
			Time: Stamp(rec.Time), Action: rec.Op, JSONPath: NewJSONPath(rec.Path),
			From: string(rec.From), FromBytes: exact(string(rec.From)), Kind: rec.Kind.String(),
			Size: rec.Size, What: whatChanges(recordDifference(rec)), Author: rec.Author, Reason: rec.Why, Trash: rec.Trash, Along: rec.Along,
		}
		if rec.Hash.Known() {
			o.Records[i].Hash = rec.Hash.String()
		}
	}
	return WriteJSON(w, o)
}
