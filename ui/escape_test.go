package ui

import (
	"strings"
	"testing"
	"unicode/utf8"

	"latus/index"
)

func TestName(t *testing.T) {
	for in, want := range map[string]string{
		"plain.txt":           "plain.txt",
		"größe/文件":            "größe/文件",
		"a\nb":                `a\nb`,
		"a\r\tb":              `a\r\tb`,
		"\x1b[31mred":         `\x1b[31mred`,
		"\x7f":                `\x7f`,
		"caf\xe9":             `caf\xe9`,
		`back\slash`:          `back\\slash`,
		"\u009b31m":           `\u009b31m`,
		"abc\u202etxt.exe":    `abc\u202etxt.exe`,
		"line\u2028break":     `line\u2028break`,
		"👩\u200d👩\u200d👧":     "👩\u200d👩\u200d👧",
		"ok\uFFFDreplacement": "ok\uFFFDreplacement",
	} {
		if got := Name(index.Path(in)); got != want {
			t.Errorf("Name(%q) = %s, want %s", in, got, want)
		}
	}
	if got := Safe(`C:\data` + "\x00"); got != `C:\data\x00` {
		t.Errorf("Safe keeps no backslash: %s", got)
	}
}

func FuzzName(f *testing.F) {
	f.Add("a\nb\xff\\n", "x")
	f.Add("\u202e", "ünï")
	f.Fuzz(func(t *testing.T, a, b string) {
		x, y := Name(index.Path(a)), Name(index.Path(b))
		if !utf8.ValidString(x) {
			t.Fatalf("%q: not UTF-8: %q", a, x)
		}
		for _, r := range x {
			if hidden(r) {
				t.Fatalf("%q: %q holds %U", a, x, r)
			}
		}
		if x == y && a != b {
			t.Fatalf("%q and %q look the same: %s", a, b, x)
		}
		if strings.ContainsAny(Safe(a), "\n\r\x1b") {
			t.Fatalf("%q: %q", a, Safe(a))
		}
	})
}
