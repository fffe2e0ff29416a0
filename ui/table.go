package ui

import (
	"io"
	"strings"
)

// Column is one column of a table.
type Column struct {
	Title string
	Right bool // numbers
	Path  bool // gives way first when the table is too wide, and shows the ends
}

// Table lines up rows of cells by what they take on a terminal. The last column
// is never padded.
type Table struct {
	Columns []Column
	Rows    [][]string
}

// Add appends a row. Cells have been escaped.
func (t *Table) Add(cells ...string) { t.Rows = append(t.Rows, cells) }

// Print writes the table, no line wider than width cells. Width 0: as wide as
// it comes, for pipes.
func (t *Table) Print(w io.Writer, width int) error {
	widths := t.widths()
	if width > 0 {
		t.shrink(widths, width)
	}
	titles := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		titles[i] = c.Title
	}
	var b strings.Builder
	for _, row := range append([][]string{titles}, t.Rows...) {
		t.line(&b, row, widths)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

const gap = 2 // cells between columns

func (t *Table) widths() []int {
	widths := make([]int, len(t.Columns))
	for i, c := range t.Columns {
		widths[i] = Cells(c.Title)
	}
	for _, row := range t.Rows {
		for i, cell := range row {
			widths[i] = max(widths[i], Cells(cell))
		}
	}
	return widths
}

// shrink takes from the path columns first, then from any that is not a number.
func (t *Table) shrink(widths []int, width int) {
	over := gap*(len(widths)-1) - width
	for _, w := range widths {
		over += w
	}
	take := func(least int, from func(Column) bool) {
		for over > 0 {
			widest := -1
			for i, c := range t.Columns {
				if from(c) && widths[i] > least && (widest < 0 || widths[i] > widths[widest]) {
					widest = i
				}
			}
			if widest < 0 {
				return
			}
			widths[widest]--
			over--
		}
	}
	take(16, func(c Column) bool { return c.Path })
	take(8, func(c Column) bool { return !c.Right })
	take(1, func(c Column) bool { return true })
}

func (t *Table) line(b *strings.Builder, row []string, widths []int) {
	var s strings.Builder
	for i, cell := range row {
		switch c := t.Columns[i]; {
		case c.Right:
			cell = padLeft(Cut(cell, widths[i]), widths[i])
		case c.Path:
			cell = Pad(CutFront(cell, widths[i]), widths[i])
		default:
			cell = Pad(Cut(cell, widths[i]), widths[i])
		}
		if i > 0 {
			s.WriteString("  ")
		}
		s.WriteString(cell)
	}
	b.WriteString(strings.TrimRight(s.String(), " "))
	b.WriteByte('\n')
}
