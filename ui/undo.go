package ui

import (
	"latus/index/mergelog"
)

// Undoing says, before anything is done, what an undo is about to do: how many
// paths of a run it puts back, and how many files are deleted by that, here and
// then in the other trees.
func (t *Text) Undoing(run *mergelog.Start, paths, deletions int) {
	if t.o.Quiet {
		return
	}
	travel := "no deletions will travel"
	if deletions > 0 {
		travel = paint(t.screen.OutColor, red, Count(int64(deletions), "deletion")) + " will travel"
	}
	t.out("undoing " + runName(run) + " of " + Moment(run.Time, t.o.Zone) + " [" + Safe(run.Run) + "]: " +
		Count(int64(paths), "path") + ", " + travel)
}

// Undoing is the first event of an undo.
func (j *JSON) Undoing(run *mergelog.Start, paths, deletions int) {
	WriteJSON(j.w, struct {
		Event string `json:"event"`
		JSONTree
		Run       string `json:"run"`
		Command   string `json:"command"`
		Time      string `json:"time"`
		Paths     int    `json:"paths"`
		Deletions int    `json:"deletions"`
	}{"undo", j.tree(0), run.Run, run.Command, Stamp(run.Time), paths, deletions})
}
