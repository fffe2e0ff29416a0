// Package layers holds the test that the packages of latus import each other in one
// direction only, and that docs/design.md has them all.
package layers

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// ladder ranks the packages of latus: a package imports only packages of a
// lower rank. A package that is not listed here fails the test.
var ladder = map[string]int{
	"internal/home":       -1,
	"index/jsontext":      -2,
	"index":               -1,
	"index/mergelog":      0,
	"remote/ssh":          0, // beside the index: it knows nothing of trees
	"sync/reason":         0,
	"sync/filter":         1,
	"sync/cache":          1,
	"sync/tree":           1,
	"sync/tree/memory":    2,
	"sync/chunk":          1,
	"sync/digest":         1,
	"sync/plan":           1,
	"sync/scan":           2,
	"sync/trash":          2,
	"sync/fetch":          2,
	"sync/watch":          3,
	"sync/stage":          3,
	"sync/merge":          4,
	"sync/peer":           3,
	"sync/config":         4,
	"sync/site":           5,
	"sync/replica":        6,
	"sync":                7,
	"remote/wire":         5,
	"remote/sftp":         5,
	"remote":              6,
	"ui":                  7,
	"ui/report":           8,
	"ui/command":          9,
	"internal/process":    10,
	"":                    11,
	"internal/e2e":        12, // only tests import these
	"internal/goroutines": 12,
	"internal/mounttest":  12,
	"internal/oddfs":      12,
	"internal/seeds":      12,
	"internal/sftpline":   12,
	"internal/sshtest":    12,
	"sync/tree/treetest":  12,
}

// forbidden names what a package must not import, however low it is: the pure
// ones know no disk and no chance. That they know no clock is checked by use:
// they may write times, not ask for them.
var forbidden = map[string][]string{
	"sync/plan":      {"os", "math/rand", "math/rand/v2", "crypto/rand", "io/fs", "sync", "log", "log/slog"},
	"index":          {"os", "math/rand", "math/rand/v2", "crypto/rand", "log", "log/slog"},
	"index/jsontext": {"os", "math/rand", "math/rand/v2", "crypto/rand", "log", "log/slog"},
	"index/mergelog": {"os", "math/rand", "math/rand/v2", "crypto/rand", "log", "log/slog"},
}

var asksTheClock = regexp.MustCompile(`\btime\.(Now|Since|Until|After|Tick|Sleep|NewTimer|NewTicker)\b`)

func TestImportsGoDownward(t *testing.T) {
	t.Chdir("../..")
	const module = "latus"
	files := 0
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if name := d.Name(); name != "." && (strings.HasPrefix(name, ".") || name == "testdata" || name == "dist") {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		files++
		pkg := filepath.ToSlash(filepath.Dir(path))
		if pkg == "." {
			pkg = ""
		}
		rank, ok := ladder[pkg]
		if !ok {
			t.Errorf("%s: package %q has no rung on the ladder", path, pkg)
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		if _, pure := forbidden[pkg]; pure {
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			if use := asksTheClock.Find(text); use != nil {
				t.Errorf("%s uses %s: %s knows no clock", path, use, pkg)
			}
		}
		for _, spec := range f.Imports {
			imported, _ := strconv.Unquote(spec.Path.Value)
			for _, no := range forbidden[pkg] {
				if imported == no {
					t.Errorf("%s imports %s, which %s must do without", path, imported, pkg)
				}
			}
			own, ours := strings.CutPrefix(imported, module+"/")
			if !ours {
				continue
			}
			below, ok := ladder[own]
			if !ok {
				t.Errorf("%s imports %s, which has no rung on the ladder", path, imported)
			} else if below >= rank {
				t.Errorf("%s imports %s: that is not downward", path, imported)
			}
			if own == "sync" && pkg != "ui/command" {
				t.Errorf("%s imports %s: only ui/command may", path, imported)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if files < 50 {
		t.Fatalf("only %d files were looked at", files)
	}
}

// docs/design.md says where each package is.
func TestDesignNamesEveryPackage(t *testing.T) {
	b, err := os.ReadFile("../../docs/design.md")
	if err != nil {
		t.Fatal(err)
	}
	_, part, _ := strings.Cut(string(b), "## Where things live")
	names := []string{"main.go"}
	for pkg, rank := range ladder {
		if rank < ladder[""] {
			names = append(names, path.Base(pkg)+"/")
		}
	}
	for _, name := range names {
		if !strings.Contains(part, " "+name+" ") {
			t.Errorf("%s is not there", name)
		}
	}
}

// Where a package comment says which file has what, it does so of each.
func TestPackageCommentsNameEveryFile(t *testing.T) {
	maps := 0
	for pkg := range ladder {
		files, err := filepath.Glob(path.Join("../..", pkg, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		named := map[string]bool{}
		for _, file := range files {
			name := strings.TrimSuffix(filepath.Base(file), ".go")
			if strings.HasSuffix(name, "_test") {
				continue
			}
			names = append(names, name)
			f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments|parser.PackageClauseOnly)
			if err != nil {
				t.Fatal(err)
			}
			_, found, _ := strings.Cut(f.Doc.Text(), "# Where to find what")
			for _, word := range regexp.MustCompile(`\w+`).FindAllString(found, -1) {
				named[word] = true
			}
		}
		if len(named) == 0 {
			continue
		}
		maps++
		for _, name := range names {
			if name != "doc" && !named[name] {
				t.Errorf("the comment of package %s does not say what is in %s.go", pkg, name)
			}
		}
	}
	if maps < 3 {
		t.Errorf("only %d packages say where to find what", maps)
	}
}
