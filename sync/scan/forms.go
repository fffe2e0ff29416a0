package scan

import (
	"slices"

	"golang.org/x/text/unicode/norm"

	"latus/index"
	"latus/sync/tree"
)

// written gives names the Unicode form in which the index has them. A filesystem
// that normalizes may show another than it was given, and that is no rename; a
// name that is new there is taken for composed (NFC), as nearly everybody else
// writes it. dir decides: a form counts only if the file answers to it.
func (w *walk) written(dir tree.Dir, path index.Path, names []string) []string {
	if !w.traits.Normalizes || !slices.ContainsFunc(names, foreign) {
		return names
	}
	known := map[string]string{} // what the index has seen here, by its composed form
	for c := range w.index.Children(path) {
		if name := string(c.Name); c.Witness.Kind != index.Absent && foreign(name) {
			known[norm.NFC.String(name)] = name
		}
	}
	listed := map[string]bool{}
	for _, name := range names {
		listed[name] = true
	}
	for i, name := range names {
		if !foreign(name) {
			continue
		}
		composed := norm.NFC.String(name)
		as, ok := known[composed]
		if !ok {
			as = composed
		}
		if as == name || listed[as] {
			continue
		}
		if _, err := dir.Stat(as); err == nil {
			names[i], listed[as] = as, true
		}
	}
	slices.Sort(names)
	return names
}

// foreign tells whether a name has other characters than ASCII's, so that there
// may be several ways to write it.
func foreign(name string) bool {
	for i := range len(name) {
		if name[i] >= 0x80 {
			return true
		}
	}
	return false
}
