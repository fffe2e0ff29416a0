package ui

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

func TestCut(t *testing.T) {
	for _, c := range []struct {
		in           string
		n            int
		front, whole string
	}{
		{"abcdef", 6, "abcdef", "abcdef"},
		{"abcdef", 4, "…def", "abc…"},
		{"abcdef", 1, "…", "…"},
		{"abcdef", 0, "", ""},
		{"文件名字", 8, "文件名字", "文件名字"},
		{"文件名字", 6, "…名字", "文件…"},
		{"文件名字", 5, "…名字", "文件…"},
		{"e\u0301e\u0301e\u0301", 2, "…e\u0301", "e\u0301…"},
	} {
		if got := CutFront(c.in, c.n); got != c.front {
			t.Errorf("CutFront(%q, %d) = %q, want %q", c.in, c.n, got, c.front)
		}
		if got := Cut(c.in, c.n); got != c.whole {
			t.Errorf("Cut(%q, %d) = %q, want %q", c.in, c.n, got, c.whole)
		}
	}
}

// Where the locale knows no UTF-8 nothing but ASCII is added to what is shown.
func TestCutInASCII(t *testing.T) {
	was := dots
	t.Cleanup(func() { dots = was })
	SpeakASCII()
	for _, c := range []struct {
		n            int
		front, whole string
	}{
		{8, "abcdefgh", "abcdefgh"}, {6, "...fgh", "abc..."}, {4, "...h", "a..."}, {3, "...", "..."}, {2, "..", ".."}, {1, ".", "."}, {0, "", ""},
	} {
		if got := CutFront("abcdefgh", c.n); got != c.front {
			t.Errorf("CutFront to %d = %q, want %q", c.n, got, c.front)
		}
		if got := Cut("abcdefgh", c.n); got != c.whole {
			t.Errorf("Cut to %d = %q, want %q", c.n, got, c.whole)
		}
	}
}

func TestSpeaksUTF8(t *testing.T) {
	for _, c := range []struct {
		all, ctype, lang string
		want             bool
	}{
		{"", "", "en_US.UTF-8", true}, {"C.utf8", "", "C", true}, {"", "C", "de_DE.UTF-8", false},
		{"C", "C.UTF-8", "C.UTF-8", false}, {"", "", "", false}, {"", "", "de_DE", false},
	} {
		env := map[string]string{"LC_ALL": c.all, "LC_CTYPE": c.ctype, "LANG": c.lang}
		if got := SpeaksUTF8(func(name string) string { return env[name] }); got != c.want {
			t.Errorf("%v: %v", env, got)
		}
	}
}

func TestTable(t *testing.T) {
	table := Table{Columns: []Column{{Title: "ID"}, {Title: "SIZE", Right: true}, {Title: "PATH", Path: true}}}
	table.Add("1", "12 B", "文件/a.txt")
	table.Add("20", "1.5 KiB", "a/very/long/path/that/does/not/fit/into/a/line.txt")
	var wide, narrow bytes.Buffer
	table.Print(&wide, 0)
	table.Print(&narrow, 40)
	golden(t, "table.golden", append(wide.Bytes(), narrow.Bytes()...))
	for _, width := range []int{31, 40, 60} {
		var out bytes.Buffer
		table.Print(&out, width)
		for _, line := range bytes.Split(out.Bytes(), []byte("\n")) {
			if w := Cells(string(line)); w > width {
				t.Errorf("width %d: %d cells: %s", width, w, line)
			}
		}
	}
}

func TestWhatIsNeededIsNeverCut(t *testing.T) {
	table := Table{Columns: []Column{
		{Title: "N", Right: true}, {Title: "ID", Whole: true}, {Title: "SINCE", Whole: true}, {Title: "GONE", Spare: true}, {Title: "REASON"}, {Title: "PATH", Path: true},
	}}
	const id, since = "20261127-023236-d9ee.12345", "2026-11-27 02:32:36"
	table.Add("1234", id, since, "", "lost a conflict", "some/where/or/other/a-name.txt")
	for width := 1; width < 130; width++ {
		var out bytes.Buffer
		table.Print(&out, width)
		for _, whole := range []string{"1234", id, since} {
			if !strings.Contains(out.String(), whole) {
				t.Errorf("width %d: %s was cut:\n%s", width, whole, out.String())
			}
		}
		if !strings.Contains(out.String(), "a-name.txt") {
			t.Errorf("width %d: the name was cut:\n%s", width, out.String())
		}
	}
	var narrow bytes.Buffer
	table.Print(&narrow, 40)
	if want := "  N       1234\n  ID      " + id + "\n  SINCE   " + since + "\n  REASON  lost a conflict\n  PATH    some/where/or/other/a-name.txt\n"; narrow.String() != want {
		t.Errorf("got:\n%s", narrow.String())
	}
}

func TestFold(t *testing.T) {
	for _, c := range []struct {
		width    int
		in, want string
	}{
		{0, "a b c\n", "a b c\n"},
		{5, "a b c\n", "a b c\n"},
		{20, "a line that is too wide for it\n", "a line that is too\n    wide for it\n"},
		{16, "  one  two three four\nshort\n", "  one  two three\n      four\nshort\n"},
		{8, "averylongword\n", "averylongword\n"},
		{8, "averylongword x\n", "averylongword\n    x\n"},
		{24, "tree:       /a/path and some more\n", "tree:       /a/path and\n    some more\n"},
		{36, "tree:       a path and some more of it, and more\n", "tree:       a path and some more of\n            it, and more\n"},
		{19, "kept on a side: 12 B of it", "kept on a side:\n    12 B of it"},
		{30, "a deletion of a date, 2026-11-27 04:58:16", "a deletion of a date,\n    2026-11-27 04:58:16"},
		{30, "to take it back: `latus undo ~/x`, or", "to take it back:\n    `latus undo ~/x`, or"},
		{20, "x `a command that is longer than this`", "x `a command that is\n    longer than\n    this`"},
		{10, "\x1b[31mtwelve\x1b[0m xyz", "\x1b[31mtwelve\x1b[0m xyz"},
	} {
		if got := Fold(c.in, c.width); got != c.want {
			t.Errorf("Fold(%q, %d) = %q, want %q", c.in, c.width, got, c.want)
		}
	}
}

// A table that does not fit breaks between words, not where the terminal ends.
func TestStackedCellsBreakBetweenWords(t *testing.T) {
	table := Table{Columns: []Column{{Title: "ID", Whole: true}, {Title: "WHERE", Whole: true}}}
	table.Add("20261127-123525-935b.1", "in the trash since 2026-11-27 12:35:25")
	var b strings.Builder
	if err := table.Print(&b, 40); err != nil {
		t.Fatal(err)
	}
	want := "  ID     20261127-123525-935b.1\n  WHERE  in the trash since\n         2026-11-27 12:35:25\n"
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
}

func TestUnits(t *testing.T) {
	for n, want := range map[int64]string{
		0: "0 B", 1023: "1023 B", 1024: "1.0 KiB", 1536: "1.5 KiB", 10 << 10: "10 KiB",
		1<<20 - 1: "1.0 MiB", 5 << 30: "5.0 GiB", 1<<63 - 1: "8.0 EiB", -2048: "-2.0 KiB",
	} {
		if got := Bytes(n); got != want {
			t.Errorf("Bytes(%d) = %s, want %s", n, got, want)
		}
	}
	for d, want := range map[time.Duration]string{
		0: "0.0 s", 2500 * time.Millisecond: "2.5 s", 12 * time.Second: "12 s", 59600 * time.Millisecond: "1 min 0 s",
		200 * time.Second: "3 min 20 s", 2*time.Hour + 5*time.Minute: "2 h 5 min",
	} {
		if got := Seconds(d); got != want {
			t.Errorf("Seconds(%v) = %s, want %s", d, got, want)
		}
	}
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1,000", -1234567: "-1,234,567", 123456: "123,456"} {
		if got := Thousands(n); got != want {
			t.Errorf("Thousands(%d) = %s, want %s", n, got, want)
		}
	}
	if got := Count(1, "directory") + Count(2, "directory"); got != "1 directory2 directories" {
		t.Error(got)
	}
}

func TestWrap(t *testing.T) {
	got := Wrap("one two  three averylongword", 8)
	want := []string{"one two", "three", "averylongword"}
	if len(got) != len(want) {
		t.Fatalf("got %q", got)
	}
	for i := range got {
		if got[i] != want[i] {
			t.Errorf("line %d is %q, want %q", i, got[i], want[i])
		}
	}
}
