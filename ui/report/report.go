// Package report makes one page of a tree and its history: what it holds, what
// changed when and by whom, what lies in the trash, what waits. The page needs
// nothing but itself: no network, no script. Names that came from a disk or a peer
// are escaped by html/template, in the place where they stand.
package report

import (
	_ "embed"
	"html/template"
	"io"
	"slices"
	"time"

	"latus/index"
	"latus/index/mergelog"
	"latus/sync/trash"
	"latus/ui"
)

// Data is what a report tells of.
type Data struct {
	Tree  ui.TreeStatus
	Runs  []mergelog.Run // newest first, as the log gives them
	Trash []trash.Item
	Now   time.Time
	Zone  *time.Location // nil: local time
}

// What a page can show and still be read: the newest runs, with the first records
// of each, and the first of every list.
const (
	shownRuns    = 200
	shownRecords = 40
	shownRows    = 25
)

//go:embed page.html
var pageText string

var page = template.Must(template.New("page").Funcs(template.FuncMap{
	"bytes": ui.Bytes,
	"count": func(n int, noun string) string { return ui.Count(int64(n), noun) },
	"safe":  func(v any) string { return ui.Safe(text(v)) },
}).Parse(pageText))

func text(v any) string {
	switch v := v.(type) {
	case index.Path:
		return string(v)
	case string:
		return v
	}
	return ""
}

// Write writes the page.
func Write(w io.Writer, d Data) error {
	if d.Zone == nil {
		d.Zone = time.Local
	}
	v := view{Tree: d.Tree, Made: d.Now.In(d.Zone).Format("2 January 2006, 15:04"), Files: d.Tree.Files + d.Tree.Links, Runs: len(d.Runs)}
	for _, m := range d.Tree.Peers {
		v.Peers = append(v.Peers, peerRow{m.Name, m.Host, m.Path, ui.LocalTime(m.LastSync, d.Zone)})
	}
	v.Plots = plots(d)
	for i := range d.Runs[:min(len(d.Runs), shownRuns)] {
		v.Log = append(v.Log, runRow(&d.Runs[i], d.Zone))
	}
	v.Busy = busiest(d.Runs)
	v.Trash, v.TrashMore = trashRows(d)
	for _, c := range d.Tree.Conflicts {
		row := conflictRow{Path: c.Path, Versions: ui.Versions(append([]index.Head{c.Winner}, c.Losers...), d.Zone)}
		v.Conflicts = append(v.Conflicts, row)
	}
	return page.Execute(w, v)
}

// view is the page as the template sees it.
type view struct {
	Tree      ui.TreeStatus
	Made      string
	Files     int // and links, as a run counts them
	Runs      int
	Peers     []peerRow
	Plots     []plot
	Log       []logRow
	Busy      []busyRow
	Trash     []trashRow
	TrashMore int
	Conflicts []conflictRow
}

type peerRow struct{ Name, Host, Path, Last string }

type conflictRow struct {
	Path     index.Path
	Versions []string
}

type trashRow struct {
	Path       index.Path
	Size       int64
	Since, Why string
	Restorable string
}

// trashRows are the largest versions in the trash.
func trashRows(d Data) (rows []trashRow, more int) {
	its := slices.Clone(d.Trash)
	slices.SortStableFunc(its, func(a, b trash.Item) int { return int(min(max(b.Size-a.Size, -1), 1)) })
	for _, it := range its[:min(len(its), shownRows)] {
		rows = append(rows, trashRow{it.Path, it.Size, ui.Moment(it.At, d.Zone), it.Why, it.ID})
	}
	return rows, max(len(its)-shownRows, 0)
}

type logRow struct {
	When, Run, Command, With string
	Changes, Conflicts       int
	Problems                 int
	Bytes                    int64
	Took, Rate               string
	Killed                   bool
	Records                  []recordRow
	More                     int
}

type recordRow struct {
	Op, Author, Trash string
	Path, From        index.Path
	Size              int64
	File              bool
}

func runRow(r *mergelog.Run, zone *time.Location) logRow {
	row := logRow{When: ui.Moment(r.Start.Time, zone), Run: r.Start.Run, Command: r.Start.Command, Changes: len(r.Records)}
	for i, name := range r.Start.With {
		if i > 0 {
			row.With += ", "
		}
		row.With += name
	}
	if e := r.End; e != nil {
		row.Changes, row.Conflicts, row.Problems, row.Bytes = e.Changes, e.Conflicts, e.Problems, e.Bytes
		took := time.Duration(e.Time - r.Start.Time)
		row.Took = ui.Seconds(took)
		if e.Bytes > 0 && took > 0 {
			row.Rate = ui.Bytes(int64(float64(e.Bytes)/took.Seconds())) + "/s"
		}
	} else {
		row.Killed = true
	}
	for _, rec := range r.Records[:min(len(r.Records), shownRecords)] {
		row.Records = append(row.Records, recordRow{
			Op: ui.Verb(rec.Op), Author: rec.Author, Trash: rec.Trash, Path: rec.Path, From: rec.From,
			Size: rec.Size, File: rec.Kind == index.File,
		})
	}
	row.More = max(len(r.Records)-shownRecords, 0)
	return row
}

type busyRow struct {
	Path index.Path
	N    int
	Last string
}

// busiest are the paths that changed most often, of those that did more than once.
func busiest(runs []mergelog.Run) []busyRow {
	times := map[index.Path]int{}
	for i := range runs {
		for _, rec := range runs[i].Records {
			if rec.Kind != index.Dir {
				times[rec.Path]++
			}
		}
	}
	var rows []busyRow
	for p, n := range times {
		if n > 1 {
			rows = append(rows, busyRow{Path: p, N: n})
		}
	}
	slices.SortFunc(rows, func(a, b busyRow) int {
		if a.N != b.N {
			return b.N - a.N
		}
		return index.Compare(a.Path, b.Path)
	})
	return rows[:min(len(rows), shownRows)]
}
