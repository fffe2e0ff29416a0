package e2e

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// storyCommands are what the scripts in testdata/script can do besides running
// latus: change trees as a user would, and look at them independently of latus.
var storyCommands = map[string]func(ts *testscript.TestScript, neg bool, args []string){
	"write":   cmdWrite,
	"fill":    cmdFill,
	"same":    cmdSame,
	"content": cmdContent,
	"freeze":  cmdFreeze,
	"frozen":  cmdFrozen,
	"intrash": cmdInTrash,
	"files":   cmdFiles,
	"age":     cmdAge,
	"exits":   cmdExits,
}

// write FILE TEXT: an edit. Like an editor's, its mtime is later than that of any
// edit before it.
func cmdWrite(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: write FILE TEXT")
	}
	file := ts.MkAbs(args[0])
	ts.Check(os.MkdirAll(filepath.Dir(file), 0o777))
	time.Sleep(20 * time.Millisecond) // a kernel may stamp no finer than 10
	ts.Check(os.WriteFile(file, []byte(args[1]), 0o666))
}

// fill DIR COUNT [TAG]: COUNT small files, each with a content of its own; the
// same for the same TAG. mtimes are whole seconds in the past.
func cmdFill(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: fill DIR COUNT [TAG]")
	}
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	tag := strings.Join(args[2:], " ")
	for i := range n {
		dir := filepath.Join(ts.MkAbs(args[0]), fmt.Sprintf("d%02d", i/50))
		ts.Check(os.MkdirAll(dir, 0o777))
		file := filepath.Join(dir, fmt.Sprintf("f%04d", i))
		ts.Check(os.WriteFile(file, []byte(fmt.Sprintf("content %d %s\n", i, tag)), 0o666))
		when := time.Unix(1_700_000_000+int64(i), 0)
		ts.Check(os.Chtimes(file, when, when))
	}
}

// age FILE DURATION: sets the mtime that long before now.
func cmdAge(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: age FILE DURATION")
	}
	d, err := time.ParseDuration(args[1])
	ts.Check(err)
	when := time.Now().Add(-d)
	ts.Check(os.Chtimes(ts.MkAbs(args[0]), when, when))
}

// exits CODE COMMAND...: runs a command that must end with CODE.
func cmdExits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND...")
	}
	code := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			ts.Fatalf("%v", err)
		}
		code = exit.ExitCode()
	}
	if strconv.Itoa(code) != args[0] {
		ts.Fatalf("exit code %d, not %s", code, args[0])
	}
}

// look describes everything below dir but what latus keeps: type, bytes, mode,
// mtime and link target.
func look(dir string) (map[string]string, error) {
	seen := map[string]string{}
	err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.Name() == ".latus" {
			return filepath.SkipDir
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(dir, p)
		switch {
		case p == dir:
		case info.IsDir():
			seen[rel] = fmt.Sprintf("dir %o", info.Mode()&0o7777)
		case info.Mode()&fs.ModeSymlink != 0:
			target, err := os.Readlink(p)
			if err != nil {
				return err
			}
			seen[rel] = fmt.Sprintf("link %s %d", target, info.ModTime().UnixNano())
		case info.Mode().IsRegular():
			b, err := os.ReadFile(p)
			if err != nil {
				return err
			}
			seen[rel] = fmt.Sprintf("file %v %d %x", info.Mode(), info.ModTime().UnixNano(), sha256.Sum256(b))
		}
		return nil
	})
	return seen, err
}

// same DIR DIR...: the trees are equal.
func cmdSame(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: same DIR DIR...")
	}
	first, err := look(ts.MkAbs(args[0]))
	ts.Check(err)
	for _, other := range args[1:] {
		second, err := look(ts.MkAbs(other))
		ts.Check(err)
		diff := difference(first, second)
		if neg && len(diff) == 0 {
			ts.Fatalf("%s and %s are equal", args[0], other)
		}
		if !neg && len(diff) > 0 {
			ts.Fatalf("%s and %s differ:\n%s", args[0], other, strings.Join(diff, "\n"))
		}
	}
}

func difference(a, b map[string]string) []string {
	var diff []string
	for p, x := range a {
		if y, ok := b[p]; !ok {
			diff = append(diff, fmt.Sprintf("only in the first: %q %s", p, x))
		} else if x != y {
			diff = append(diff, fmt.Sprintf("%q: %s | %s", p, x, y))
		}
	}
	for p, y := range b {
		if _, ok := a[p]; !ok {
			diff = append(diff, fmt.Sprintf("only in the second: %q %s", p, y))
		}
	}
	sort.Strings(diff)
	if len(diff) > 20 {
		diff = append(diff[:20], "…")
	}
	return diff
}

// content FILE TEXT: the file holds exactly TEXT.
func cmdContent(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: content FILE TEXT")
	}
	b, err := os.ReadFile(ts.MkAbs(args[0]))
	ts.Check(err)
	if (string(b) == args[1]) == neg {
		ts.Fatalf("%s holds %q", args[0], b)
	}
}

// stats is everything that a run which has nothing to do must leave alone: every
// name, size, mtime, ctime and inode, inside .latus too.
func stats(dirs ...string) (map[string]string, error) {
	state := map[string]string{}
	for _, dir := range dirs {
		err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			info, err := d.Info()
			if err != nil {
				return err
			}
			state[p] = fmt.Sprintf("%v %d %d %s", info.Mode(), info.Size(), info.ModTime().UnixNano(), inodeAndCtime(info))
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return state, nil
}

func frozenState(ts *testscript.TestScript, args []string) map[string]string {
	var dirs []string
	for _, dir := range args {
		dirs = append(dirs, ts.MkAbs(dir))
	}
	state, err := stats(dirs...)
	ts.Check(err)
	return state
}

// frozenStates keeps them by script: scripts run at the same time.
var frozenStates sync.Map

// freeze DIR...: remembers every name, size, mtime, ctime and inode.
func cmdFreeze(ts *testscript.TestScript, neg bool, args []string) {
	ts.Setenv("FROZEN_DIRS", strings.Join(args, "\n"))
	frozenStates.Store(ts.Getenv("WORK"), frozenState(ts, args))
}

// frozen: nothing has changed since freeze.
func cmdFrozen(ts *testscript.TestScript, neg bool, args []string) {
	now := frozenState(ts, strings.Split(ts.Getenv("FROZEN_DIRS"), "\n"))
	then, ok := frozenStates.Load(ts.Getenv("WORK"))
	if !ok {
		ts.Fatalf("nothing was frozen")
	}
	if diff := difference(then.(map[string]string), now); len(diff) > 0 {
		ts.Fatalf("not as it was:\n%s", strings.Join(diff, "\n"))
	}
}

// intrash TREE TEXT: the tree's trash has a file that holds exactly TEXT.
func cmdInTrash(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: intrash TREE TEXT")
	}
	found := false
	err := filepath.WalkDir(filepath.Join(ts.MkAbs(args[0]), ".latus", "trash"), func(p string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		b, err := os.ReadFile(p)
		found = found || err == nil && string(b) == args[1]
		return err
	})
	if err != nil && !os.IsNotExist(err) {
		ts.Check(err)
	}
	if found == neg {
		ts.Fatalf("in the trash of %s: %v", args[0], found)
	}
}

// files DIR COUNT: that many files lie below, without what latus keeps.
func cmdFiles(ts *testscript.TestScript, neg bool, args []string) {
	seen, err := look(ts.MkAbs(args[0]))
	ts.Check(err)
	n := 0
	for _, s := range seen {
		if strings.HasPrefix(s, "file") {
			n++
		}
	}
	if (strconv.Itoa(n) == args[1]) == neg {
		ts.Fatalf("%s has %d files", args[0], n)
	}
}
