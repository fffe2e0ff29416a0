package remote

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"

	"latus/index"
	"latus/sync/peer"
	"latus/sync/site"
	"latus/sync/tree"
)

// Confinement is the part of this machine that a peer may use, whatever it asks.
type Confinement struct {
	Root  string   // an absolute path without links; every tree is it, or lies below
	Allow []string // globs, as CheckGlob wants them; none: every tree
}

// Confine returns a Confinement to a directory that exists.
func Confine(root string, allow []string) (Confinement, error) {
	at, err := site.Find(root)
	abs := at.Path
	if err == nil {
		abs, err = filepath.EvalSymlinks(abs)
	}
	if err != nil {
		return Confinement{}, fmt.Errorf("root %s: %s", root, tree.Reason(err))
	}
	if info, err := os.Stat(abs); err != nil || !info.IsDir() {
		return Confinement{}, fmt.Errorf("root %s: not a directory", root)
	}
	return Confinement{Root: abs, Allow: allow}, nil
}

// CheckGlob tells whether a glob can be understood: path.Match's syntax between
// slashes, relative to the root; "**" stands for any number of directories, "." for
// the root itself.
func CheckGlob(glob string) error {
	if glob == "" || strings.HasPrefix(glob, "/") {
		return fmt.Errorf("%q is not relative to the root", glob)
	}
	for part := range strings.SplitSeq(glob, "/") {
		if _, err := path.Match(part, ""); err != nil {
			return fmt.Errorf("%q: %w", glob, err)
		}
	}
	return nil
}

// Tree finds the tree that a peer names: relative to the root, or absolute and
// inside it. Links are followed as long as they stay inside. The tree itself need
// not be there. What is not allowed is a *peer.Refusal, and so is everything
// that cannot be told from it.
func (c Confinement) Tree(name string) (index.Path, error) {
	refuse := func(why string) (index.Path, error) {
		return "", &peer.Refusal{Cause: peer.Forbidden, Tree: name, Text: why}
	}
	const outside = "is not in the directory that is served here"
	rel := filepath.ToSlash(name)
	if filepath.IsAbs(name) || strings.HasPrefix(rel, "/") {
		below, ok := inside(c.Root, filepath.Clean(name))
		if !ok {
			return refuse(outside)
		}
		rel = below
	}
	for part := range strings.SplitSeq(rel, "/") {
		if part == ".." {
			return refuse(outside)
		}
	}
	rel = path.Clean(rel)
	real, err := c.resolve(rel)
	if err != nil {
		return refuse(outside) // a link may lead anywhere: what is there is not told
	}
	below, ok := inside(c.Root, real)
	if !ok {
		return refuse(outside)
	}
	if below == "." {
		below = ""
	}
	if !c.allows(below) {
		return refuse("is not among the trees that are served here")
	}
	if below == "" {
		return "", nil
	}
	p, err := index.ParsePath(below)
	if err != nil {
		return refuse("is no name of a tree")
	}
	return p, nil
}

// inside tells where p is below root, both without links; "." is root itself.
func inside(root, p string) (rel string, ok bool) {
	rel, err := filepath.Rel(root, p)
	if err != nil || !filepath.IsLocal(rel) && rel != "." {
		return "", false
	}
	return filepath.ToSlash(rel), true
}

// resolve follows all links. Only the last name may be missing, and be no link.
func (c Confinement) resolve(rel string) (string, error) {
	p := filepath.Join(c.Root, filepath.FromSlash(rel))
	if _, err := os.Lstat(p); !os.IsNotExist(err) {
		return filepath.EvalSymlinks(p)
	}
	up, err := filepath.EvalSymlinks(filepath.Dir(p))
	return filepath.Join(up, filepath.Base(p)), err
}

// allows tells whether a glob matches the tree at rel, or a directory around it.
func (c Confinement) allows(rel string) bool {
	if len(c.Allow) == 0 {
		return true
	}
	var parts []string
	if rel != "" {
		parts = strings.Split(rel, "/")
	}
	for _, glob := range c.Allow {
		if globs := strings.Split(path.Clean(glob), "/"); globs[0] == "." || globbed(globs, parts) {
			return true
		}
	}
	return false
}

// globbed tells whether a glob matches the first parts of a path, or all. However many
// directories "**" may stand for, each part is looked at once for each of the glob.
func globbed(globs, parts []string) bool {
	at := make([]bool, len(globs)+1) // how much of the glob may have matched so far
	at[0] = true
	for {
		for i, glob := range globs {
			at[i+1] = at[i+1] || at[i] && glob == "**"
		}
		if at[len(globs)] || len(parts) == 0 {
			return at[len(globs)]
		}
		for i := len(globs) - 1; i >= 0; i-- {
			matched := false
			if at[i] && globs[i] != "**" {
				matched, _ = path.Match(globs[i], parts[0]) // CheckGlob saw no error
			}
			at[i+1], at[i] = at[i+1] || matched, at[i] && globs[i] == "**"
		}
		parts = parts[1:]
	}
}
