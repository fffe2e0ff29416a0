package command

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
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
		err.there, err.hint = spec, "run this command there"
		if t.Kind == remote.SFTP {
			err.there, err.hint = "", "no latus runs there: mount the tree, as in `sshfs "+t.Host+":DIR MOUNTPOINT`, and name that directory"
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
	if errors.Is(err, remote.ErrNoHost) {
		scheme, _, _ := strings.Cut(spec, "://")
		bad.hint = "write " + ui.Safe(scheme) + "://HOST/PATH, or " + ui.Safe(scheme) + "://USER@HOST:PORT/PATH"
	}
	return bad
}

// runThere is what to do about a command that is for a tree on this machine, and was given
// one on another: the same command there.
func runThere(spec string, req request) string {
	words := slices.DeleteFunc(slices.Clone(req.flags), func(f string) bool { return strings.HasPrefix(f, "--repair=") })
	for i, arg := range req.args {
		if i > 0 {
			words = append(words, ui.NoFlag(arg))
		}
	}
	return "run it there: " + shown(spec, strings.Join(req.path, " "), words...) + orHere(spec)
}

// orHere says how a directory is named that is here, and has the name of one on a host; ""
// if there is none.
func orHere(spec string) string {
	if t, err := remote.ParseTarget(spec); err != nil || t.Kind != remote.SSH || strings.Contains(spec, "://") {
		return ""
	}
	if info, err := os.Stat(spec); err != nil || !info.IsDir() {
		return ""
	}
	return ". The directory of that name here is " + ui.Word("./"+spec, "DIR")
}

// adviseHere says so where a host cannot be reached.
func adviseHere(err error, trees []string) error {
	if err == nil {
		return nil
	}
	if fault, _ := remoteCause(err); fault == ui.Fatal {
		return err
	}
	for _, spec := range trees {
		if here := orHere(spec); here != "" {
			return advise(err, diagnose(err).Hint+here)
		}
	}
	return err
}

// treeOperand is the path of the tree that is the command's only operand.
func treeOperand(c *cli.Context) (string, error) {
	args, err := operands(c, 1, 1)
	if err != nil {
		return "", err
	}
	return localTree(args[0])
}

// localPaths is the path of a tree on this machine, and paths in it: "." is the root.
func localPaths(spec string, paths []string) (root string, in []index.Path, err error) {
	if root, err = localTree(spec); err != nil {
		return "", nil, err
	}
	in = make([]index.Path, len(paths))
	for i, path := range paths {
		if path == "." || path == "./" {
			continue
		}
		if in[i], err = pathIn(path); err != nil {
			return "", nil, err
		}
	}
	return root, in, nil
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
