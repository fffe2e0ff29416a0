package report

import (
	"fmt"
	"html"
	"html/template"
	"math"
	"strings"
	"time"
)

// drawing is an SVG with time along and some quantity up. Everything written into
// it is a number or escaped.
type drawing struct {
	b        strings.Builder
	from, to time.Time
	top      float64 // the quantity at the upper edge
	unit     func(float64) string
}

func newDrawing(from, to time.Time, most float64, unit func(float64) string) *drawing {
	if !to.After(from) {
		to = from.Add(time.Hour)
	}
	g := &drawing{from: from, to: to, top: max(round(most), 1), unit: unit}
	fmt.Fprintf(&g.b, `<svg viewBox="0 0 %g %g" role="img">`, width, height)
	for _, f := range []float64{0, 0.5, 1} {
		y := g.y(g.top * f)
		g.printf(`<line class="grid" x1="%g" y1="%.1f" x2="%g" y2="%.1f"/>`, left, y, width-right, y)
		g.printf(`<text class="up" x="%g" y="%.1f">%s</text>`, left-6, y+4, unit(g.top*f))
	}
	return g
}

// round is the next number that is easy to read.
func round(v float64) float64 {
	if v <= 0 {
		return 0
	}
	p := math.Pow(10, math.Floor(math.Log10(v)))
	for _, m := range []float64{1, 2, 5, 10} {
		if v <= m*p {
			return m * p
		}
	}
	return v
}

func (g *drawing) x(t time.Time) float64 {
	share := float64(t.Sub(g.from)) / float64(g.to.Sub(g.from))
	return left + min(max(share, 0), 1)*(width-left-right-last)
}

func (g *drawing) y(v float64) float64 {
	return height - bottom - v/g.top*(height-top-bottom)
}

// printf writes; strings among args are escaped.
func (g *drawing) printf(format string, args ...any) {
	for i, a := range args {
		if s, ok := a.(string); ok {
			args[i] = html.EscapeString(s)
		}
	}
	fmt.Fprintf(&g.b, format, args...)
}

// end adds the dates and closes the drawing.
func (g *drawing) end(zone *time.Location) template.HTML {
	layout := "2 Jan 2006"
	if g.to.Sub(g.from) < 48*time.Hour {
		layout = "2 Jan 15:04"
	}
	const marks = 4
	for i := range marks + 1 {
		t := g.from.Add(g.to.Sub(g.from) * time.Duration(i) / marks)
		class := "along"
		switch i {
		case 0:
			class = "along first"
		case marks:
			class = "along last"
		case 1, 3:
			class = "along spare"
		}
		g.printf(`<text class="%s" x="%.1f" y="%g">%s</text>`, class, g.x(t), height-6, t.In(zone).Format(layout))
	}
	g.b.WriteString("</svg>")
	return template.HTML(g.b.String())
}
