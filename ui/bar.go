package ui

import (
	"io"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"

	"latus/sync/peer"
)

// Bar shows how far a run is, on one line of a terminal that it keeps clear for
// others. A nil *Bar shows nothing.
type Bar struct {
	w     io.Writer
	width func() int
	bar   *progressbar.ProgressBar // nil until Transferring began
	path  string                   // that was done last
	dirty bool                     // something is on the line
}

// NewBar returns a Bar on w, a terminal of as many cells as width says whenever it is
// asked.
func NewBar(w io.Writer, width func() int) *Bar {
	return &Bar{w: w, width: width}
}

// Phase shows what the run is doing, until there is progress to show.
func (b *Bar) Phase(p peer.Phase) {
	if b == nil {
		return
	}
	b.Clear()
	if p != peer.Transferring && p != peer.Verifying {
		b.bar = nil
		io.WriteString(b.w, Cut(p.String()+dots, b.width()-1))
		b.dirty = true
	}
}

// Path notes which path was done last. It is shown where there is room.
func (b *Bar) Path(name string) {
	if b != nil {
		b.path = name
	}
}

// Progress moves the bar.
func (b *Bar) Progress(p peer.Progress) {
	if b == nil || p.TotalFiles == 0 && p.TotalBytes == 0 {
		return
	}
	at, total := p.Bytes, p.TotalBytes
	if total == 0 {
		at, total = p.Files, p.TotalFiles
	}
	files := ""
	if p.TotalBytes > 0 {
		files = Thousands(p.Files) + "/" + Count(p.TotalFiles, "file")
	}
	if b.bar == nil {
		b.Clear()
		b.bar = b.start(total, files)
	} else {
		if b.bar.GetMax64() != total {
			b.bar.ChangeMax64(total)
		}
		b.bar.Describe(files)
	}
	// A full bar would end itself; the run ends when it says so.
	b.bar.Set64(min(at, total-1))
}

// numbers is what they take of a line: "1,234/5,678 files 100% || (999 MiB/999 GiB, 999 MiB/s) [59m:59m]".
const numbers = 66

// start makes the bar as long as the line leaves room for it beside the numbers.
// It counts bytes, or files where files says nothing about them.
func (b *Bar) start(total int64, files string) *progressbar.ProgressBar {
	return progressbar.NewOptions64(total,
		progressbar.OptionSetWriter(barLine{b}),
		progressbar.OptionSetWidth(min(max(b.width()-numbers, 4), 30)),
		progressbar.OptionShowBytes(files != ""),
		progressbar.OptionSetDescription(files),
		progressbar.OptionShowCount(),
		progressbar.OptionUseIECUnits(true),
		progressbar.OptionSetPredictTime(true),
		progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionUseANSICodes(true), // else it clears the line before each change
	)
}

// Clear empties the line, for something else to be written. The next Progress
// shows the bar again.
func (b *Bar) Clear() {
	if b != nil && b.dirty {
		io.WriteString(b.w, "\r"+Pad("", b.width()-1)+"\r")
		b.dirty = false
	}
}

// Close empties the line for good.
func (b *Bar) Close() {
	b.Clear()
	if b != nil {
		b.bar = nil
	}
}

// barLine takes the bar as it was drawn and makes it fit the line, whatever its
// width, without control sequences.
type barLine struct{ b *Bar }

func (l barLine) Write(p []byte) (int, error) {
	text := strings.TrimSuffix(strings.TrimPrefix(string(p), "\r"), "\x1b[0K")
	width := l.b.width() - 1
	if width < numbers {
		text = withoutBar(text) // the numbers say more
	}
	const least = 12 // cells of a path that say something
	if room := width - 2 - Cells(text); room >= least && l.b.path != "" {
		text += "  " + padLeft(CutFront(l.b.path, room), room)
	}
	_, err := io.WriteString(l.b.w, "\r"+Pad(Cut(text, width), width))
	l.b.dirty = true
	return len(p), err
}

// withoutBar takes the bar out of a line, and the time that has passed:
// "3/9 files  25% || (5.0/9.0 MiB, 2.0 MiB/s) [4s:2s]" becomes
// "3/9  25%  5.0/9.0 MiB  2.0 MiB/s  2s".
func withoutBar(line string) string {
	head, _, found := strings.Cut(line, "|")
	i := strings.LastIndexByte(line, '|')
	if !found {
		return line
	}
	head = strings.Replace(strings.Replace(head, " files", "", 1), " file", "", 1)
	tail, times, _ := strings.Cut(line[i+1:], " [")
	_, left, _ := strings.Cut(strings.TrimRight(times, "] "), ":")
	return strings.TrimSpace(head) + " " + strings.NewReplacer("(", "", ")", "", ", ", "  ").Replace(tail) + "  " + left
}
