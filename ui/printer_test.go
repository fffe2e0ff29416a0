package ui

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"latus/index"
	"latus/sync/peer"
	"latus/sync/plan"
	"latus/sync/reason"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares got with a file of testdata.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, got, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s: got\n%s\nwant\n%s", name, got, want)
	}
}

var day = time.Date(2026, 11, 22, 13, 14, 5, 0, time.UTC)

func head(kind index.Kind, size int64, age time.Duration) index.Head {
	at := day.Add(-age).UnixNano()
	return index.Head{Gen: index.GenID{Author: 0xabc, Tag: 7}, Kind: kind, Size: size, Mtime: at, Utime: at}
}

// play tells p a run in which everything happens.
func play(p Printer) {
	p.Phase(peer.Connecting)
	p.Phase(peer.Scanning)
	p.Notice(1, peer.Problem{Path: "run/socket", Reason: reason.Words("a socket: not synchronized")})
	p.Phase(peer.Comparing)
	p.Planned(0, &peer.Proposal{Counts: map[string]int{"create": 2, "update": 1}, Bytes: 5 << 20})
	p.Planned(1, &peer.Proposal{Counts: map[string]int{"delete": 3, "move": 1}})
	p.Conflict(plan.Conflict{
		Path: "notes.txt", Winner: head(index.File, 12, time.Hour), Losers: []index.Head{head(index.File, 1500, 2*time.Hour)},
	})
	p.Phase(peer.Transferring)
	new := peer.NewPath | peer.NewContent | peer.NewSize | peer.NewTime | peer.NewMode
	for i, c := range []peer.Change{
		{Op: plan.Mkdir, Kind: index.Dir, Path: "docs", What: new},
		{Op: plan.Create, Kind: index.File, Path: "docs/a b.txt", Size: 1234, What: new},
		{Op: plan.Update, Kind: index.File, Path: "b\n\x1b[31m\xff", Size: 1 << 20, What: peer.NewContent | peer.NewSize | peer.NewTime},
		{Op: plan.Touch, Kind: index.File, Path: "c", What: peer.NewTime},
		{Op: plan.Touch, Kind: index.Dir, Path: "d", What: peer.NewMode},
		{Op: plan.Move, Kind: index.File, Path: "new", From: "old", Size: 3, What: new},
		{Op: plan.MakeLink, Kind: index.Link, Path: "link", What: new},
		{Op: plan.Delete, Kind: index.File, Path: "gone"},
		{Op: plan.Rmdir, Kind: index.Dir, Path: "empty"},
	} {
		p.Change(i%2, c)
		p.Progress(peer.Progress{Files: int64(i), TotalFiles: 9, Bytes: int64(i) << 18, TotalBytes: 9 << 18})
	}
	p.Problem(0, peer.Problem{Path: "secret\r", Reason: reason.NoAccess.Why()})
	p.Problem(-1, peer.Problem{Reason: reason.Words("the digests differ")})
	p.Phase(peer.Finishing)
	p.End(Summary{
		Saved: map[string]int64{"move": 3},
		Trees: []TreeSummary{
			{Spec: "/home/a", Local: true, Undo: "latus undo /home/a", Changes: map[string]int{"create": 2, "move": 1, "rmdir": 1}, Bytes: 5 << 20, Trashed: 1},
			{Spec: "host:b", Changes: map[string]int{"update": 1}},
		},
		Changes: 9, Conflicts: 1, Problems: 2, Files: 12345, Bytes: 1 << 33,
		Sent: 1000, Received: 5 << 20, Elapsed: 2500 * time.Millisecond, Exit: ExitLeft,
	})
}

// clock ticks every time it is looked at.
func clock(tick time.Duration) func() time.Time {
	now := day
	return func() time.Time {
		now = now.Add(tick)
		return now
	}
}

var two = []string{"/home/a", "host:b"}

func TestText(t *testing.T) {
	for name, o := range map[string]struct {
		TextOptions
		terminal bool
	}{
		"pipe":     {},
		"quiet":    {TextOptions: TextOptions{Quiet: true, Line: Verbose(two)}},
		"verbose":  {TextOptions: TextOptions{Line: Verbose(two), Stats: true}},
		"itemize":  {TextOptions: TextOptions{Line: Itemized(two), Conflict: plan.KeepBoth}},
		"itemize3": {TextOptions: TextOptions{Trees: []string{"a", "b", "c"}, Line: Itemized([]string{"a", "b", "c"})}},
		"terminal": {TextOptions: TextOptions{Conflict: plan.Fail, Plan: true}, terminal: true},
	} {
		t.Run(name, func(t *testing.T) {
			var out, err bytes.Buffer
			o.Zone = time.UTC
			if o.Trees == nil {
				o.Trees = two
			}
			play(NewText(Screen{Out: &out, Err: &err, OutTerminal: o.terminal, ErrTerminal: o.terminal, OutColor: o.terminal, ErrColor: o.terminal}, o.TextOptions))
			golden(t, name+".golden", []byte("--- stdout\n"+out.String()+"--- stderr\n"+err.String()))
		})
	}
}

func TestTextOfAFailure(t *testing.T) {
	var out, err bytes.Buffer
	screen := Screen{Out: &out, Err: &err}
	failure := &Failure{Text: "no", Exit: ExitRefused}
	NewText(screen, TextOptions{Trees: two}).End(Summary{Failure: failure})
	if out.String()+err.String() != "" {
		t.Errorf("a refused run says %q, %q", out.String(), err.String())
	}
	NewText(screen, TextOptions{Trees: two}).End(Summary{Failure: failure, Changes: 3})
	if want := "not finished: 3 changes (0 files, 0 B, 0.0 s)\n"; out.String() != want {
		t.Errorf("got %q, want %q", out.String(), want)
	}
}

func TestJSON(t *testing.T) {
	var out bytes.Buffer
	play(NewJSON(&out, two, true, clock(40*time.Millisecond)))
	golden(t, "json.golden", out.Bytes())
}

func TestJSONWithoutProgress(t *testing.T) {
	var out bytes.Buffer
	p := NewJSON(&out, two, false, clock(time.Second))
	p.Progress(peer.Progress{TotalFiles: 1})
	p.End(Summary{Exit: ExitBusy, Failure: &Failure{Text: "busy", Hint: "wait", Exit: ExitBusy}})
	want := `{"event":"error","reason":"busy","hint":"wait"}
{"event":"summary","changes":0,"conflicts":0,"problems":0,"files":0,"bytes":0,"sent":0,"received":0,"seconds":0,"exit":5}
`
	if out.String() != want {
		t.Errorf("got %s want %s", out.String(), want)
	}
}

func TestLog(t *testing.T) {
	var out bytes.Buffer
	play(NewLog(&out, two, clock(time.Second)))
	golden(t, "log.golden", out.Bytes())
}

func TestAllTellsEverybody(t *testing.T) {
	var a, b, one bytes.Buffer
	play(All{NewJSON(&a, two, true, clock(time.Second)), NewJSON(&b, two, true, clock(time.Second))})
	play(NewJSON(&one, two, true, clock(time.Second)))
	if a.String() != one.String() || b.String() != one.String() {
		t.Error("two printers say something else than one alone")
	}
}

func TestBarKeepsItsLine(t *testing.T) {
	for _, width := range []int{1, 10, 40, 80, 200} {
		var out, err bytes.Buffer
		s := Screen{Out: &out, Err: &err, ErrTerminal: true, Width: width}
		play(NewText(s, TextOptions{Trees: two, Bar: NewBar(&err, func() int { return width }), Zone: time.UTC}))
		for _, line := range bytes.Split(err.Bytes(), []byte("\n")) {
			shown := line[bytes.LastIndexByte(line, '\r')+1:]
			for _, drawn := range bytes.Split(line[:len(line)-len(shown)], []byte("\r")) {
				if w := Cells(string(drawn)); w >= width && w > 0 {
					t.Errorf("width %d: %d cells drawn: %q", width, w, drawn)
				}
			}
		}
		if bytes.Contains(err.Bytes(), []byte("\x1b[")) {
			t.Errorf("width %d: control sequences: %q", width, err.Bytes())
		}
	}
}

func TestBarShowsFilesBytesAndPhase(t *testing.T) {
	var err bytes.Buffer
	b := NewBar(&err, func() int { return 100 })
	b.Phase(peer.Scanning)
	b.Phase(peer.Transferring)
	b.Progress(peer.Progress{Files: 3, TotalFiles: 12, Bytes: 1 << 20, TotalBytes: 4 << 20})
	b.Close()
	for _, want := range []string{"scanning…", "3/12 files", "25%", "MiB"} {
		if !bytes.Contains(err.Bytes(), []byte(want)) {
			t.Errorf("%q is not in %q", want, err.String())
		}
	}
}

// On a narrow terminal the numbers say more than the bar, on a wide one there is room
// for what is being done; and a window may be resized meanwhile.
func TestBarGoesByTheWidth(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		width := 40
		var err bytes.Buffer
		b := NewBar(&err, func() int { return width })
		b.Path("photos/2026/IMG_0001.jpg")
		b.Progress(peer.Progress{Files: 3, TotalFiles: 12, Bytes: 1 << 20, TotalBytes: 4 << 20})
		drawn := lastDrawn(err.String())
		if !strings.HasPrefix(drawn, "3/12  25%") || !strings.Contains(drawn, "1.0/4.0 MiB") || strings.ContainsAny(drawn, "|…") {
			t.Errorf("at 40 cells: %q", drawn)
		}
		b.Close()
		width = 120
		b.Progress(peer.Progress{Files: 3, TotalFiles: 12, Bytes: 1 << 20, TotalBytes: 4 << 20})
		if drawn = lastDrawn(err.String()); !strings.HasSuffix(drawn, "photos/2026/IMG_0001.jpg") {
			t.Errorf("at 120 cells: %q", drawn)
		}
		width = 30
		time.Sleep(100 * time.Millisecond) // it is not drawn more often
		b.Progress(peer.Progress{Files: 4, TotalFiles: 12, Bytes: 2 << 20, TotalBytes: 4 << 20})
		if drawn = lastDrawn(err.String()); Cells(drawn) >= 30 {
			t.Errorf("made smaller to 30 cells: %q", drawn)
		}
	})
}

func lastDrawn(s string) string { return s[strings.LastIndexByte(s, '\r')+1:] }
