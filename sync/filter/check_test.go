package filter

import (
	"strings"
	"testing"

	"latus/index"
)

// Check refuses what can match nothing, and says what to write instead; a pattern that
// it lets pass matches what it is meant for.
func TestCheck(t *testing.T) {
	for pattern, say := range map[string]string{
		"":         "empty",
		"   ":      "empty",
		"!":        "empty",
		"/":        "empty",
		"[":        `\[`,
		"a[b":      `\[`,
		"x[[:no:]": `\[`,
		`a\`:       `\\`,
		"./y":      `write "y", or "/y"`,
		"!./y":     `write "y", or "/y"`,
		"./a/b/":   `write "/a/b/"`,
		"../y":     "..",
		"a/../b":   "..",
		"a/./b":    `write "/a/b"`,
		"a//b":     `write "/a/b"`,
		"//a":      `write "a", or "/a"`,
		".":        "the tree itself",
		"..":       "..",
		"./":       "the tree itself",
	} {
		err := Check(pattern)
		if err == nil || !strings.Contains(err.Error(), say) {
			t.Errorf("%q: %v, does not say %q", pattern, err, say)
		}
	}
	for pattern, path := range map[string]index.Path{
		"y": "a/y", "/y": "y", "a/b": "a/b", "*.o": "x.o", `\[`: "[", "[ab]": "a", "**": "x", "a/**/b": "a/b", "..*": "..x", `\#*#`: "#x#",
		"x ": "x", "dir/": "dir", ".hidden": "a/.hidden", "a/...": "a/...", "?": "x",
	} {
		if err := Check(pattern); err != nil {
			t.Errorf("%q: %v", pattern, err)
		}
		if !New([]string{pattern}).Ignored(path, true) {
			t.Errorf("%q does not match %q", pattern, path)
		}
	}
}
