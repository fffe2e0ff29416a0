package ui

import (
	"fmt"
	"io"
	"strings"
	"time"

	"latus/sync/peer"
	"latus/sync/plan"
)

// Log writes a run to a log file: a line for everything that was done or left,
// each with the time.
type Log struct {
	w     io.Writer
	trees []string
	now   func() time.Time
	line  ChangeLine
}

// NewLog returns a Log of a run of trees and opens it with a line.
func NewLog(w io.Writer, trees []string, now func() time.Time) *Log {
	l := &Log{w: w, trees: trees, now: now, line: Verbose(trees)}
	names := make([]string, len(trees))
	for i := range trees {
		names[i] = treeName(trees, i)
	}
	l.write("sync " + strings.Join(names, " "))
	return l
}

func (l *Log) write(line string) {
	fmt.Fprintf(l.w, "%s %s\n", l.now().Format("2006-01-02 15:04:05"), line)
}

// Phases, plans and progress are of no interest later.
func (l *Log) Phase(peer.Phase)            {}
func (l *Log) Planned(int, *peer.Proposal) {}
func (l *Log) Progress(peer.Progress)      {}

func (l *Log) Change(tree int, c peer.Change) { l.write(l.line(tree, c)) }

func (l *Log) Conflict(c plan.Conflict) {
	zone := l.now().Location()
	losers := make([]string, len(c.Losers))
	for i, h := range c.Losers {
		losers[i] = Version(h, zone)
	}
	l.write("conflict: " + Name(c.Path) + ": " + Version(c.Winner, zone) + " against " + strings.Join(losers, ", "))
}

func (l *Log) Problem(tree int, p peer.Problem) { l.write("problem: " + about(l.trees, tree, p)) }

func (l *Log) Notice(tree int, p peer.Problem) { l.write("notice: " + about(l.trees, tree, p)) }

func (l *Log) End(s Summary) {
	if s.Failure != nil {
		l.write("error: " + s.Failure.Text)
	}
	l.write(fmt.Sprintf("%s (exit %d)", Closing(s), s.Exit))
}
