package sync_test

import (
	"maps"

	"latus/index"
	"latus/sync/tree"
)

// attribute gives what is at p the extended attributes a.
func (s *site) attribute(p index.Path, a index.Attrs) {
	s.at(p, func(d tree.Dir, name string) error { return d.SetAttrs(name, a) })
}

// plain is a look without extended attributes.
func plain(look map[index.Path]thing) map[index.Path]thing {
	seen := maps.Clone(look)
	for p, t := range seen {
		t.attrs = ""
		seen[p] = t
	}
	return seen
}
