package filter

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"latus/index"
)

// repository is an empty git repository in which cases are laid out, each in a
// directory of its own, so that one run of git judges them all.
type repository struct {
	root string
	f    *Filter
	ask  []question
}

type question struct {
	path  index.Path
	isDir bool
}

func newRepository(t testing.TB) *repository {
	git, err := exec.LookPath("git")
	if err != nil {
		t.Skip("no git here")
	}
	root := t.TempDir()
	cmd := exec.Command(git, "init", "-q", root)
	cmd.Env = gitEnv()
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("git init: %v: %s", err, out)
	}
	return &repository{root: root, f: New(nil)}
}

func gitEnv() []string {
	env := slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "GIT_") })
	return append(env, "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_NOSYSTEM=1", "HOME="+os.DevNull)
}

// patterns sets the patterns of dir, for git and for us.
func (r *repository) patterns(t testing.TB, dir index.Path, text []byte) {
	if err := os.MkdirAll(filepath.Join(r.root, string(dir)), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(r.root, string(dir), ".gitignore"), text, 0o666); err != nil {
		t.Fatal(err)
	}
	r.f.Set(dir, text)
}

// asks notes a path to be judged. A file need not exist for git, a directory must.
func (r *repository) asks(t testing.TB, p index.Path, isDir bool) {
	if isDir {
		if err := os.MkdirAll(filepath.Join(r.root, string(p)), 0o777); err != nil {
			t.Fatal(err)
		}
	}
	r.ask = append(r.ask, question{p, isDir})
}

// compare lets git answer all questions, and tells where we differ.
func (r *repository) compare(t testing.TB) (wrong int) {
	var in bytes.Buffer
	for _, q := range r.ask {
		in.WriteString(string(q.path))
		in.WriteByte(0)
	}
	cmd := exec.Command("git", "-C", r.root, "-c", "core.excludesFile="+os.DevNull,
		"check-ignore", "--stdin", "-z", "-v", "-n", "--no-index")
	cmd.Env = gitEnv()
	cmd.Stdin = &in
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if code := cmd.ProcessState.ExitCode(); code > 1 {
		t.Fatalf("git check-ignore: %v: %s", err, stderr.String())
	}
	fields := strings.Split(string(out), "\x00") // source, line, pattern, path; again and again
	if len(fields) != 4*len(r.ask)+1 {
		t.Fatalf("git answered %d fields for %d paths", len(fields), len(r.ask))
	}
	for i, q := range r.ask {
		source, line, pattern, path := fields[4*i], fields[4*i+1], fields[4*i+2], fields[4*i+3]
		if path != string(q.path) {
			t.Fatalf("git answered %q to %q", path, q.path)
		}
		want := source != "" && !strings.HasPrefix(pattern, "!")
		got := r.f.Ignored(q.path, q.isDir)
		scoped := r.f.In(q.path.Dir()).Ignored(q.path, q.isDir)
		if got == want && scoped == want {
			continue
		}
		if wrong++; wrong <= 10 {
			t.Errorf("%q (directory: %v): ignored %v, by its scope %v; git says %v for %s:%s:%q",
				q.path, q.isDir, got, scoped, want, source, line, pattern)
		}
	}
	return wrong
}

// Random pieces that make both sensible and mad patterns.
var (
	names  = []string{"a", "b", "ab", "a.o", "b.o", "x", "xz", "build", "A", "a b", "a[b", "a*", "-", "\xff", "é", "#a", "!a", "a\\", " "}
	pieces = []string{"a", "b", "x", "z", "ab", ".o", "build", "*", "*", "**", "**", "***", "?", "/", "/", "/", "/", "\\", "\\/", "\\*",
		"[ab]", "[!a]", "[^b]", "[a-c]", "[a", "]", "[]a]", "[!]b]", "[[:alpha:]]", "[[:x:]]", "[[:punct:]", "[a/b]", "[\\]a]", "[a-\\z]",
		"[z-a]", "[[:a]", "[[a]", "[]-a]", "[--/]", "[[:space:][:upper:]]", "-", " ", "\\ ", "#", "!", "\xff", "é", "A", "\r", "\t"}
)

func randomPattern(r *rand.Rand) string {
	var b strings.Builder
	if r.IntN(4) == 0 {
		b.WriteByte('!')
	}
	if r.IntN(4) == 0 {
		b.WriteByte('/')
	}
	if r.IntN(2) == 0 { // sensible: components
		for n := 1 + r.IntN(3); n > 0; n-- {
			b.WriteString([]string{"**", "*", "*.o", "a*", "?", names[r.IntN(len(names))], names[r.IntN(8)]}[r.IntN(7)])
			if n > 1 {
				b.WriteByte('/')
			}
		}
	} else {
		for n := 1 + r.IntN(6); n > 0; n-- {
			b.WriteString(pieces[r.IntN(len(pieces))])
		}
	}
	if r.IntN(5) == 0 {
		b.WriteByte('/')
	}
	return b.String()
}

func randomText(r *rand.Rand) []byte {
	var b bytes.Buffer
	if r.IntN(20) == 0 {
		b.WriteString("\xef\xbb\xbf")
	}
	for n := 1 + r.IntN(4); n > 0; n-- {
		b.WriteString(randomPattern(r))
		b.WriteString([]string{"\n", "\n", "\n", "\r\n", " \n", "\n\n", "\n# no\n", "\x00junk\n"}[r.IntN(8)])
	}
	text := b.Bytes()
	if r.IntN(3) == 0 {
		text = bytes.TrimSuffix(text, []byte("\n"))
	}
	return text
}

func TestLikeGit(t *testing.T) {
	cases := 1000
	if testing.Short() {
		cases = 300
	}
	repo := newRepository(t)
	r := rand.New(rand.NewPCG(1, 2))
	for c := range cases {
		top := index.Path(fmt.Sprintf("c%d", c))
		repo.patterns(t, top, randomText(r))
		dirs := []index.Path{top}
		for range 5 {
			d := dirs[r.IntN(len(dirs))].Join(names[r.IntN(len(names))])
			if slices.Contains(dirs, d) {
				continue
			}
			dirs = append(dirs, d)
			repo.asks(t, d, true)
			if r.IntN(6) == 0 {
				repo.patterns(t, d, randomText(r))
			}
		}
		for range 12 {
			p := dirs[r.IntN(len(dirs))].Join(names[r.IntN(len(names))])
			if !slices.Contains(dirs, p) {
				repo.asks(t, p, false)
			}
		}
	}
	wrong := repo.compare(t)
	ignored := 0
	for _, q := range repo.ask {
		if repo.f.Ignored(q.path, q.isDir) {
			ignored++
		}
	}
	t.Logf("%d paths, %d of them ignored, %d wrong", len(repo.ask), ignored, wrong)
	if ignored < len(repo.ask)/20 || ignored > len(repo.ask)*19/20 {
		t.Errorf("%d of %d paths ignored: the cases say little", ignored, len(repo.ask))
	}
}

func FuzzLikeGit(f *testing.F) {
	f.Add([]byte("build/**\n!build/keep.txt"), "build/keep.txt", false)
	f.Add([]byte("x**/z"), "x/y/z", false)
	f.Add([]byte("a/**//"), "a/b/c", true)
	f.Add([]byte("[[:alpha:]-z]*\\ "), "a-z ", false)
	f.Fuzz(func(t *testing.T, text []byte, path string, isDir bool) {
		p, err := index.ParsePath(path)
		if err != nil || len(path) > 200 || strings.EqualFold(strings.SplitN(path, "/", 2)[0], ".git") {
			t.Skip()
		}
		if strings.Contains(strings.ToLower(path), ".git") || path[0] == ':' {
			t.Skip() // git reads these in its own way
		}
		repo := newRepository(t)
		repo.patterns(t, "", text)
		repo.asks(t, p, isDir)
		repo.compare(t)
	})
}
