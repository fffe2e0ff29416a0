package command

import (
	"os"
	"slices"
	"strings"

	"latus/ui"
)

// bare is the value of a flag that stands alone, unless the next word is one.
func (r *reader) bare(flag string, c *choice) (string, error) {
	if len(r.rest) == 0 {
		return c.bare, nil
	}
	if slices.Contains(c.of, r.rest[0]) {
		return r.next(), nil
	}
	if r.mistyped(r.rest[0]) {
		return "", notOneOf(flag, c, r.next())
	}
	return c.bare, nil
}

// mistyped tells whether a word behind a flag is rather a wrong value of that flag than a
// tree: sync would make the tree, and fill it.
func (r *reader) mistyped(w string) bool {
	if w == "" || strings.HasPrefix(w, "-") || strings.ContainsAny(w, `/\:`) || w == "." || w == ".." {
		return false
	}
	if len(r.req.args) == 0 && find(r.cmds, w) != nil {
		return false // a flag before the command
	}
	_, err := os.Lstat(w)
	return err != nil
}

func notOneOf(flag string, c *choice, word string) error {
	last := len(c.of) - 1
	err := usage("%s takes %s or %s (./%s names a tree)", flag, strings.Join(c.of[:last], ", "), c.of[last], ui.Safe(word))
	if near := nearest(word, c.of); near != "" {
		err.hint = "did you mean " + near + "?"
	}
	return err
}
