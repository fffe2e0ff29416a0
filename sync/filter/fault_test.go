package filter

import (
	"fmt"
	"testing"
)

// Lines that can match nothing are told with their numbers, whatever ends lines; comments,
// empty lines and what matches are none of them.
func TestFaults(t *testing.T) {
	f := New(nil)
	f.Set("sub", []byte("\xef\xbb\xbf# [\r\n\r\n*.tmp\r\nx[\r\n!y[[:nope:]]\r\n   \n\\\n../up\n./here\n[]]\nlast["))
	f.Set("", []byte("fine\n/\n"))
	var got []string
	for _, w := range f.Faults() {
		got = append(got, fmt.Sprintf("%s:%d %t", w.Dir, w.Line, Unclear(w.Why)))
	}
	want := "[:2 false sub:4 true sub:5 true sub:7 true sub:8 false sub:9 false sub:11 true]"
	if fmt.Sprint(got) != want {
		t.Fatalf("%v\nnot %s", got, want)
	}
	if !f.Ignored("sub/a.tmp", false) || f.Ignored("sub/x[", false) {
		t.Fatal("the other lines do not count")
	}
	f.Set("sub", nil)
	f.Set("", []byte("fine\n"))
	if n := len(f.Faults()); n > 0 {
		t.Fatalf("%d are left", n)
	}
}
