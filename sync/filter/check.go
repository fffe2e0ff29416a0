package filter

import (
	"fmt"
	"slices"
	"strings"
)

// Check says of a pattern that can match nothing why that is, and what to write
// instead; nil: it can. In a file such lines are passed over, as git does, and told of
// (Faults); on a command line they are mistakes.
func Check(line string) error {
	text := trimSpaces(strings.TrimPrefix(line, "!"))
	path := strings.TrimSuffix(text, "/")
	if path == "" {
		return fmt.Errorf("%q is empty: write a name, as in '*.tmp', or a path, as in /build", line)
	}
	names := strings.Split(strings.TrimPrefix(path, "/"), "/")
	if slices.Contains(names, "..") {
		return fmt.Errorf("%q: no path of a tree has a .. in it; a leading / is the root of the tree", line)
	}
	clean := slices.DeleteFunc(slices.Clone(names), func(name string) bool { return name == "" || name == "." })
	switch {
	case len(clean) == 0:
		return fmt.Errorf("%q is the tree itself: write what is in it", line)
	case len(clean) < len(names):
		end := text[len(path):]
		better := fmt.Sprintf("%q", "/"+strings.Join(clean, "/")+end)
		if len(clean) == 1 {
			better = fmt.Sprintf("%q, or %s in the root of the tree only", clean[0]+end, better)
		}
		return fmt.Errorf("%q can match nothing: write %s", line, better)
	}
	if _, ok := compile(text); !ok {
		return notUnderstood(fmt.Sprintf(`%q can match nothing: a [ needs its ], and a \ something after it; write \[ or \\ for the character itself`, line))
	}
	return nil
}
