package command

import (
	"errors"
	"path/filepath"
	"strings"

	"github.com/urfave/cli/v2"

	"latus/index"
	"latus/remote"
	"latus/ui"
)

// localTree is the path of a tree on this machine, for commands that look at one
// tree only.
func localTree(spec string) (string, error) {
	t, err := remote.ParseTarget(spec)
	if err != nil {
		return "", badTree(spec, err)
	}
	if t.Kind != remote.Local {
		err := usage("%s is on another machine", spec)
		err.hint = "run this command there, as in `ssh " + t.Host + " latus …`"
		if t.Kind == remote.SFTP {
			err.hint = "no latus runs there: mount the tree, as in `sshfs " + t.Host + ":DIR MOUNTPOINT`, and name that directory"
		}
		return "", err
	}
	return t.Path, nil
}

// badTree is what is wrong with the name of a tree, and how it is written right.
func badTree(spec string, err error) error {
	bad := usage("%v", err)
	if errors.Is(err, remote.ErrNoPath) {
		bad.hint = "write " + ui.Safe(spec) + "/PATH, or " + ui.Safe(spec) + "/~/ for the login directory there"
		if host, ok := strings.CutPrefix(spec, "ssh://"); ok && !strings.Contains(host, ":") {
			bad.hint += " (" + ui.Safe(host) + ": is the same)"
		}
	}
	return bad
}

// treeOperand is the path of the tree that is the command's only operand.
func treeOperand(c *cli.Context) (string, error) {
	args, err := operands(c, 1, 1)
	if err != nil {
		return "", err
	}
	return localTree(args[0])
}

// localFile is the path of a tree on this machine, and a path in it.
func localFile(spec, path string) (root string, p index.Path, err error) {
	if root, err = localTree(spec); err != nil {
		return "", "", err
	}
	p, err = pathIn(path)
	return root, p, err
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
