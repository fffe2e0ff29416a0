package command

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// docs/json.md names every field that a command prints, but for those of plans.
func TestEveryFieldIsOnItsPage(t *testing.T) {
	page, err := os.ReadFile("../../docs/json.md")
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	above, err := filepath.Glob("../*.go")
	if err != nil {
		t.Fatal(err)
	}
	tag := regexp.MustCompile("`json:\"([a-z0-9_]+)")
	fields := 0
	for _, file := range append(files, above...) {
		if strings.HasSuffix(file, "_test.go") || strings.HasPrefix(file, "plan") {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range tag.FindAllStringSubmatch(string(text), -1) {
			if fields++; !strings.Contains(string(page), "`"+m[1]+"`") {
				t.Errorf("%s prints %q, of which docs/json.md knows nothing", file, m[1])
			}
		}
	}
	if fields < 50 {
		t.Errorf("only %d fields were found", fields)
	}
}
