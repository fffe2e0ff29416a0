package command

import (
	"bytes"
	"flag"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write docs/manual.md anew")

// TestManualIsWhatTheCommandsSay holds docs/manual.md to the commands.
func TestManualIsWhatTheCommandsSay(t *testing.T) {
	const file = "../../docs/manual.md"
	var b bytes.Buffer
	markdown(&b, testApp())
	if *update {
		if err := os.WriteFile(file, b.Bytes(), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(bytes.ReplaceAll(got, []byte("\r\n"), []byte("\n")), b.Bytes()) {
		t.Error("docs/manual.md is not what `latus manual markdown` prints; go test ./ui/command -update writes it")
	}
}

func TestManPageHasNoStrayRequests(t *testing.T) {
	var b strings.Builder
	manPage(&b, testApp())
	for line := range strings.Lines(b.String()) {
		if !strings.HasPrefix(line, ".") {
			continue
		}
		switch word, _, _ := strings.Cut(strings.TrimSpace(line), " "); word {
		case ".TH", ".SH", ".TP", ".B", ".PP", ".nf", ".fi":
		default:
			t.Errorf("%q", line)
		}
	}
	if !strings.Contains(b.String(), "latus sync [FLAG...] TREE TREE [TREE...]") {
		t.Error("no synopsis of sync")
	}
}
