package ui

import (
	"io"
	"slices"
	"strings"
)

// Column is one column of a table.
type Column struct {
	Title string
	Right bool // numbers, never cut
	Whole bool // never cut: what one needs to act, like an id or a time
	Spare bool // goes when the table is too wide
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

// Print writes the table, no line wider than width cells if that can be. Width 0: as wide
// as it comes, for pipes. What has to be whole is never cut: where there is no room for it
// side by side, each row becomes a few lines, one a cell.
func (t *Table) Print(w io.Writer, width int) error {
	columns := make([]int, len(t.Columns)) // those that are shown
	for i := range columns {
		columns[i] = i
	}
	widths := t.widths()
	fits := true
	if width > 0 {
		columns, fits = t.shrink(widths, width)
	}
	var b strings.Builder
	if !fits {
		t.stack(&b, width)
	} else {
		titles := make([]string, len(t.Columns))
		for i, c := range t.Columns {
			titles[i] = c.Title
		}
		for _, row := range append([][]string{titles}, t.Rows...) {
			t.line(&b, row, columns, widths)
		}
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

// shrink makes the table narrower: paths are cut first, then columns go that can be
// spared, from the right and empty ones before others, then other texts are cut. It
// returns the columns that stay, and whether they fit.
func (t *Table) shrink(widths []int, width int) (columns []int, fits bool) {
	over := -gap - width
	for i, w := range widths {
		columns = append(columns, i)
		over += gap + w
	}
	take := func(least int, from func(Column) bool) {
		for over > 0 {
			widest := -1
			for _, i := range columns {
				if from(t.Columns[i]) && widths[i] > least && (widest < 0 || widths[i] > widths[widest]) {
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
	spare := func(which func(i int) bool) {
		for n := len(columns) - 1; n >= 0 && over > 0; n-- {
			if i := columns[n]; t.Columns[i].Spare && which(i) {
				over -= gap + widths[i]
				columns = slices.Delete(columns, n, n+1)
			}
		}
	}
	empty := func(i int) bool {
		return !slices.ContainsFunc(t.Rows, func(row []string) bool { return row[i] != "" })
	}
	spare(empty)
	take(16, func(c Column) bool { return c.Path })
	spare(func(int) bool { return true })
	take(8, func(c Column) bool { return !c.Right && !c.Whole && !c.Path })
	return columns, over <= 0
}

// stack writes a row as lines of a title and a cell, broken between words at most.
func (t *Table) stack(b *strings.Builder, width int) {
	widest := 0
	for _, c := range t.Columns {
		widest = max(widest, Cells(strings.TrimSpace(c.Title)))
	}
	for n, row := range t.Rows {
		if n > 0 {
			b.WriteByte('\n')
		}
		for i, cell := range row {
			if cell == "" {
				continue
			}
			title := "  " + Pad(strings.TrimSpace(t.Columns[i].Title), widest+gap)
			if t.Columns[i].Path {
				b.WriteString(title + cell + "\n") // the terminal breaks what is too long
				continue
			}
			for _, line := range Wrap(cell, max(width-len(title), 1)) {
				b.WriteString(title + line + "\n")
				title = Pad("", len(title))
			}
		}
	}
}

func (t *Table) line(b *strings.Builder, row []string, columns, widths []int) {
	var s strings.Builder
	for n, i := range columns {
		cell := row[i]
		switch c := t.Columns[i]; {
		case c.Right:
			cell = padLeft(cell, widths[i])
		case c.Path:
			cell = Pad(CutFront(cell, widths[i]), widths[i])
		default:
			cell = Pad(Cut(cell, widths[i]), widths[i])
		}
		if n > 0 {
			s.WriteString("  ")
		}
		s.WriteString(cell)
	}
	b.WriteString(strings.TrimRight(s.String(), " "))
	b.WriteByte('\n')
}
