package ui

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Closing is the one line that a run ends with.
func Closing(s Summary) string {
	var parts []string
	switch {
	case s.Changes > 0:
		parts = append(parts, Count(int64(s.Changes), "change"))
	case s.Conflicts == 0 && s.Problems == 0:
		parts = append(parts, "nothing to do")
	}
	if s.Conflicts > 0 {
		parts = append(parts, Count(int64(s.Conflicts), "conflict"))
	}
	if s.Problems > 0 {
		parts = append(parts, Count(int64(s.Problems), "problem"))
	}
	if s.Sent > 0 || s.Received > 0 {
		parts = append(parts, Bytes(s.Sent)+" sent, "+Bytes(s.Received)+" received")
	}
	now := ""
	if s.Dry {
		now = " now" // not after the run that is only shown
	}
	line := strings.Join(parts, ", ") + fmt.Sprintf(" (%s, %s, %s)", Count(s.Files, "file")+now, Bytes(s.Bytes), Seconds(s.Elapsed))
	switch {
	case s.Dry:
		return "dry run: " + line
	case s.Failure != nil:
		return "not finished: " + line
	case s.Command == "undo" && s.Changes+s.Problems == 0:
		return "nothing to undo"
	case s.Command == "undo" && s.Problems > 0:
		return "partly undone: " + line + "; some paths were left as they are"
	case s.Command == "undo":
		return "undone: " + line
	case s.Problems > 0 && s.Problems == s.Lasting:
		return "incomplete: " + line + "; some paths were left as they are, until somebody settles them"
	case s.Problems > 0:
		return "incomplete: " + line + "; some paths were left, run again"
	}
	if s.OneWay {
		return "brought over: " + line
	}
	return "in sync: " + line
}

// Afterwards is what is worth knowing after a run besides that line: what it did
// not have to move, and how to take it back.
func Afterwards(s Summary) []string {
	var lines []string
	var parts []string
	for _, how := range slices.Sorted(maps.Keys(s.Saved)) {
		if n := s.Saved[how]; n > 0 && how != "compression" { // that is too much news for every run
			parts = append(parts, Bytes(n)+" by "+Verb(how))
		}
	}
	if len(parts) > 0 {
		lines = append(lines, "not transferred: "+strings.Join(parts, ", "))
	}
	for _, t := range s.Trees {
		if t.Trashed > 0 && t.Local {
			lines = append(lines, fmt.Sprintf("in the trash of %s: %s more; `%s` takes this run back",
				Safe(t.Spec), Count(int64(t.Trashed), "version"), t.Undo))
		}
	}
	return lines
}
