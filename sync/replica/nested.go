package replica

import (
	"os"
	"path"
	"path/filepath"

	"latus/index"
	"latus/sync/config"
	"latus/sync/filter"
	"latus/sync/peer"
	"latus/sync/scan"
	"latus/sync/site"
	"latus/sync/tree"
)

// A tree may lie inside a larger one of another group. In one group the two would be
// given each other's files: all that is in the larger one would come to be in the
// smaller one, and so in itself, and once more with every run. So the smaller one is
// refused, and so is the larger one where somebody has made a tree of a part of it. What
// the larger one ignores, or does not reach because it is on another filesystem, is
// no part of it.

// guardOuter refuses to be in group g if this tree is a part of another one of g. A tree
// over SFTP does not see what is above it; the other one is told by guardInner.
func (r *Replica) guardOuter(g index.GroupID) error {
	if !site.OnDisk(r.site) {
		return nil
	}
	here := r.site.Place(r.o.Host)
	for at := here.Path; ; {
		up := filepath.Dir(at)
		if up == at {
			return nil
		}
		if here.Device == 0 { // it is to be made
			_, here.Device, _, _ = tree.Identity(up)
		}
		at = up
		if info, err := os.Lstat(filepath.Join(at, index.Private)); err != nil || !info.IsDir() {
			continue
		}
		if _, device, _, err := tree.Identity(at); err == nil && device == here.Device && reaches(at, here.Path, g) {
			return r.refuse(peer.NestedTree, "lies inside a tree of the same group, %s", at)
		}
	}
}

// reaches tells whether there is a tree of group g at outer, and p is a part of it.
// Whatever is wrong with that place is no concern of this run.
func reaches(outer, p string, g index.GroupID) bool {
	t, err := tree.OpenDisk(outer)
	if err != nil {
		return false
	}
	defer t.Close()
	if c, err := configAt(t, ""); err != nil || c.GroupID() != g {
		return false
	}
	rel, err := filepath.Rel(outer, p)
	if err != nil {
		return false
	}
	part := index.Path(filepath.ToSlash(rel))
	rules := filter.New(nil)
	for i := range len(part) {
		if i == 0 || part[i] == '/' {
			rules.Set(part[:i], patternsAt(t, part[:i]))
		}
	}
	return !rules.Ignored(part, true)
}

func patternsAt(t tree.Tree, dir index.Path) []byte {
	d, err := t.Open(dir)
	if err != nil {
		return nil
	}
	defer d.Close()
	text, err := scan.ReadPatterns(d)
	if err != nil {
		return nil
	}
	return text
}

// configAt reads the config.json of the tree whose directory is dir of t.
func configAt(t tree.Tree, dir index.Path) (config.Config, error) {
	d, err := t.Open(dir.Join(index.Private))
	if err != nil {
		return config.Config{}, err
	}
	defer d.Close()
	return (&site.Home{Tree: t, Dir: d}).ReadConfig()
}

// guardInner refuses to go on where the scan has found a tree of group g inside this one.
// A copy of a tree that is kept there, and takes part in nothing, is none: it says that
// it stood elsewhere.
func (r *Replica) guardInner(g index.GroupID) error {
	if len(r.found.Nested) == 0 {
		return nil
	}
	here := r.site.Place(r.o.Host)
	for _, n := range r.found.Nested {
		c, err := configAt(r.home.Tree, n.Path)
		if err != nil || c.GroupID() != g || c.Home == nil || !peer.SameMachine(c.Home.Machine, here.Machine) {
			continue
		}
		if filepath.ToSlash(c.Home.Path) == path.Join(filepath.ToSlash(here.Path), string(n.Path)) {
			return r.refuse(peer.NestedTree, "a tree of the same group lies inside: %s", n.Path)
		}
	}
	return nil
}
