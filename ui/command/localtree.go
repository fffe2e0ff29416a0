package command

import (
	"path/filepath"
	"strings"

	"latus/index"
	"latus/remote"
)

// localTree is the path of a tree on this machine, for commands that look at one
// tree only.
func localTree(spec string) (string, error) {
	t, err := remote.ParseTarget(spec)
	if err != nil {
		return "", usage("%v", err)
	}
	if t.Kind != remote.Local {
		err := usage("%s is on another machine", spec)
		err.hint = "run this command there, as in `ssh " + t.Host + " latus …`"
		return "", err
	}
	return t.Path, nil
}

// pathIn reads a path inside a tree as a person types it: relative to the root, "./"
// before it and "/" behind it make no difference.
func pathIn(s string) (index.Path, error) {
	clean := strings.TrimSuffix(strings.TrimPrefix(filepath.ToSlash(s), "./"), "/")
	p, err := index.ParsePath(clean)
	if err != nil {
		bad := usage("%v", err)
		bad.hint = "a path is relative to the root of the tree, as in docs/plan.txt"
		return "", bad
	}
	return p, nil
}
