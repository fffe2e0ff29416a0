package report

import (
	"fmt"
	"html/template"
	"slices"
	"strings"
	"time"

	"latus/index/mergelog"
	"latus/sync/plan"
	"latus/sync/trash"
	"latus/ui"
)

// plot is one drawing with its legend.
type plot struct {
	Title  string
	Legend []legend
	SVG    template.HTML // made of numbers and escaped text only
	Empty  string        // said instead, where there is nothing to draw
}

type legend struct{ Class, Name string }

// A drawing's size in its own units, with room for the axes.
const (
	width, height = 720.0, 180.0
	left, bottom  = 64.0, 24.0
	top, right    = 8.0, 8.0
	last          = 10.0 // room after the latest time, for what happened then
)

func plots(d Data) []plot {
	return []plot{changePlot(d), sizePlot(d), ratePlot(d), trashPlot(d)}
}

// The kinds of change that are told apart by colour.
var kinds = []legend{{"new", "new or changed"}, {"moved", "moved or copied"}, {"gone", "deleted"}, {"rest", "other"}}

func kindOf(op string) int {
	switch op {
	case plan.Create.String(), plan.Update.String(), plan.Undelete.String(), plan.MakeLink.String():
		return 0
	case plan.Move.String(), plan.Copy.String():
		return 1
	case plan.Delete.String(), plan.Rmdir.String():
		return 2
	}
	return 3
}

// changePlot shows how much changed on each day, or week, or month: whatever
// keeps the columns apart.
func changePlot(d Data) plot {
	p := plot{Title: "Changes", Legend: kinds}
	if len(d.Runs) == 0 {
		p.Empty = "nothing was done yet"
		return p
	}
	from, to := spanOf(d)
	step, name := bucket(to.Sub(from))
	n := int(to.Sub(from)/step) + 1
	columns := make([][4]int, n)
	for i := range d.Runs {
		for _, rec := range d.Runs[i].Records {
			at := min(max(int(time.Unix(0, rec.Time).Sub(from)/step), 0), n-1)
			columns[at][kindOf(rec.Op)]++
		}
	}
	most := 1
	for _, c := range columns {
		most = max(most, c[0]+c[1]+c[2]+c[3])
	}
	g := newDrawing(from, from.Add(step*time.Duration(n)), float64(most), func(v float64) string { return ui.Thousands(int64(v)) })
	w := (width - left - right - last) / float64(n)
	for i, c := range columns {
		sum := 0
		when := from.Add(step * time.Duration(i)).In(d.Zone).Format("2 Jan 2006 15:04")
		for k, v := range c {
			if v == 0 {
				continue
			}
			y0, y1 := g.y(float64(sum)), g.y(float64(sum+v))
			sum += v
			g.printf(`<rect class="%s" x="%.1f" y="%.1f" width="%.1f" height="%.1f"><title>%s (%s): %s, %s</title></rect>`,
				kinds[k].Class, left+float64(i)*w, y1, max(w-1, 0.8), y0-y1, when, name, ui.Count(int64(v), "change"), kinds[k].Name)
		}
	}
	p.SVG = g.end(d.Zone)
	return p
}

// spanOf is the time that the log covers, from the beginning of a column of the changes.
func spanOf(d Data) (from, to time.Time) {
	oldest := d.Runs[len(d.Runs)-1].Start.Time
	newest := d.Runs[0].Start.Time
	for i := range d.Runs { // a clock may have gone backwards
		oldest, newest = min(oldest, d.Runs[i].Start.Time), max(newest, d.Runs[i].Start.Time)
	}
	from, to = time.Unix(0, oldest).In(d.Zone), time.Unix(0, newest)
	if step, _ := bucket(to.Sub(from)); step <= time.Hour {
		return from.Truncate(step), to
	}
	y, m, day := from.Date()
	return time.Date(y, m, day, 0, 0, 0, 0, d.Zone), to
}

func bucket(span time.Duration) (time.Duration, string) {
	const day = 24 * time.Hour
	switch {
	case span < 2*time.Hour:
		return time.Minute, "a minute"
	case span < 3*day:
		return time.Hour, "an hour"
	case span < 120*day:
		return day, "a day"
	case span < 3*365*day:
		return 7 * day, "a week"
	}
	return max(30*day, span/160), "a month or more"
}

// sizePlot shows how large the tree was after each run that tells.
func sizePlot(d Data) plot {
	p := plot{Title: "Size of the tree"}
	var runs []*mergelog.Run // oldest first
	most := 0.0
	for i := range slices.Backward(d.Runs) {
		if r := &d.Runs[i]; r.End != nil && r.End.Files > 0 {
			runs = append(runs, r)
			most = max(most, float64(r.End.Size))
		}
	}
	if len(runs) == 0 {
		p.Empty = "no run has noted it"
		return p
	}
	from, _ := spanOf(d)
	g := newDrawing(from, d.Now, most, func(v float64) string { return ui.Bytes(int64(v)) })
	var path strings.Builder
	fmt.Fprintf(&path, "M%.1f %.1f", g.x(time.Unix(0, runs[0].Start.Time)), g.y(0))
	for _, r := range runs {
		fmt.Fprintf(&path, "H%.1fV%.1f", g.x(time.Unix(0, r.Start.Time)), g.y(float64(r.End.Size)))
	}
	fmt.Fprintf(&path, "H%.1fV%.1fZ", width-right, g.y(0))
	g.printf(`<path class="area" d="%s"/>`, path.String())
	for _, r := range runs {
		g.printf(`<circle class="moved" cx="%.1f" cy="%.1f" r="2"><title>%s: %s, %s</title></circle>`,
			g.x(time.Unix(0, r.Start.Time)), g.y(float64(r.End.Size)), ui.Moment(r.Start.Time, d.Zone), ui.Count(r.End.Files, "file"), ui.Bytes(r.End.Size))
	}
	p.SVG = g.end(d.Zone)
	return p
}

// ratePlot shows how fast content came, a dot a run.
func ratePlot(d Data) plot {
	p := plot{Title: "Transfer speed"}
	type dot struct {
		at   time.Time
		rate float64
		run  *mergelog.Run
	}
	var dots []dot
	most := 0.0
	for i := range d.Runs {
		r := &d.Runs[i]
		if r.End == nil || r.End.Bytes < 1<<16 || r.End.Time <= r.Start.Time {
			continue // too little to tell a speed by
		}
		rate := float64(r.End.Bytes) / time.Duration(r.End.Time-r.Start.Time).Seconds()
		dots = append(dots, dot{time.Unix(0, r.Start.Time), rate, r})
		most = max(most, rate)
	}
	if len(dots) == 0 {
		p.Empty = "no run has fetched enough to tell"
		return p
	}
	from, to := spanOf(d)
	g := newDrawing(from, to, most, func(v float64) string { return ui.Bytes(int64(v)) + "/s" })
	for _, o := range dots {
		g.printf(`<circle class="new" cx="%.1f" cy="%.1f" r="3"><title>%s: %s in %s, %s/s</title></circle>`,
			g.x(o.at), g.y(o.rate), ui.Moment(o.run.Start.Time, d.Zone), ui.Bytes(o.run.End.Bytes),
			ui.Seconds(time.Duration(o.run.End.Time-o.run.Start.Time)), ui.Bytes(int64(o.rate)))
	}
	p.SVG = g.end(d.Zone)
	return p
}

// trashPlot shows how what lies in the trash by now has gathered there.
func trashPlot(d Data) plot {
	p := plot{Title: "What lies in the trash, by when it came there"}
	its := slices.Clone(d.Trash)
	if len(its) == 0 {
		p.Empty = "the trash is empty"
		return p
	}
	slices.SortFunc(its, func(a, b trash.Item) int { return int(min(max(a.At-b.At, -1), 1)) })
	total := 0.0
	for _, it := range its {
		total += float64(it.Size)
	}
	from, to := time.Unix(0, its[0].At), d.Now
	if len(d.Runs) > 0 {
		if first, _ := spanOf(d); first.Before(from) {
			from = first
		}
	}
	g := newDrawing(from, to, total, func(v float64) string { return ui.Bytes(int64(v)) })
	var path strings.Builder
	fmt.Fprintf(&path, "M%.1f %.1f", g.x(from), g.y(0))
	sum := 0.0
	for i, it := range its {
		x := g.x(time.Unix(0, it.At))
		fmt.Fprintf(&path, "H%.1f", x)
		sum += float64(it.Size)
		if i+1 == len(its) || g.x(time.Unix(0, its[i+1].At))-x > 0.5 { // steps one can see
			fmt.Fprintf(&path, "V%.1f", g.y(sum))
		}
	}
	fmt.Fprintf(&path, "H%.1fV%.1fZ", width-right, g.y(0))
	g.printf(`<path class="area" d="%s"/>`, path.String())
	p.SVG = g.end(d.Zone)
	return p
}
