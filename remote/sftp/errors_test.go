package sftp

import (
	"strings"
	"testing"
)

func TestFirstLines(t *testing.T) {
	for text, want := range map[string]string{
		"\nThis account is closed.\n":    "This account is closed.",
		strings.Repeat("menu\n", 10_000): "menu\nmenu\nmenu\nmenu\nmenu",
		strings.Repeat("x", 10_000):      strings.Repeat("x", 1<<10),
		"caf\xe9":                        "caf?",
	} {
		if got := firstLines([]byte(text)); got != want {
			t.Errorf("%.20q… is %q", text, got)
		}
	}
}
