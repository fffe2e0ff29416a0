package command

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"latus/index"
	latussync "latus/sync"
	"latus/sync/peer"
	"latus/sync/plan"
	"latus/ui"
)

// latusIn runs a command line in this process.
func latusIn(t *testing.T, args ...string) (exit int, out string) {
	t.Helper()
	s, stdout, stderr := session("")
	exit = Main(context.Background(), args, s)
	return exit, stdout.String() + stderr.String()
}

// stir edits, adds, removes and renames something in dir. It tells whether that is
// news for sure: bits may be set to what another tree has set them to before.
func stir(t *testing.T, rng *rand.Rand, dir string) (news bool) {
	t.Helper()
	name := func() string {
		return filepath.Join(dir, fmt.Sprintf("d%d", rng.IntN(3)), fmt.Sprintf("f%d", rng.IntN(5)))
	}
	file := name()
	switch rng.IntN(6) {
	case 0:
		os.Remove(file)
	case 1:
		os.MkdirAll(filepath.Dir(file), 0o777)
		os.Rename(name(), file)
	case 2:
		os.Rename(filepath.Dir(name()), filepath.Dir(file))
	case 3:
		os.Chmod(file, []os.FileMode{0o600, 0o644, 0o755}[rng.IntN(3)])
		return false
	default:
		os.MkdirAll(filepath.Dir(file), 0o777)
		if err := os.WriteFile(file, []byte(strings.Repeat("x", rng.IntN(9))), 0o644); err != nil {
			t.Fatal(err)
		}
		// No two edits of one moment: they would be one to any scan.
		when := time.Unix(1_700_000_000+rng.Int64N(1<<30), rng.Int64N(1e9))
		if err := os.Chtimes(file, when, when); err != nil {
			t.Fatal(err)
		}
	}
	return true
}

// pictured is everything in dirs but what latus keeps.
func pictured(t *testing.T, dirs ...string) string {
	t.Helper()
	var b strings.Builder
	for _, dir := range dirs {
		err := filepath.Walk(dir, func(p string, info os.FileInfo, err error) error {
			if err != nil {
				return err
			}
			if info.Name() == ".latus" {
				return filepath.SkipDir
			}
			text := []byte(nil)
			when := time.Time{}
			if info.Mode().IsRegular() {
				if text, err = os.ReadFile(p); err != nil {
					return err
				}
				when = info.ModTime()
			}
			if p != dir {
				fmt.Fprintf(&b, "%s %v %v %s\n", p, info.Mode(), when.UnixNano(), text)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return b.String()
}

// TestPlansHoldUnlessSomethingChanged makes plans of random trees and carries
// them out: at once, which must do, and after another change, which must not
// unless the plan is still right.
func TestPlansHoldUnlessSomethingChanged(t *testing.T) {
	refused := 0
	for seed := range uint64(30) {
		rng := rand.New(rand.NewPCG(seed, 1))
		dir := t.TempDir()
		file := filepath.Join(dir, "plan.json")
		trees := []string{filepath.Join(dir, "a"), filepath.Join(dir, "b"), filepath.Join(dir, "c")}[:2+rng.IntN(2)]
		for _, tree := range trees {
			os.Mkdir(tree, 0o777)
		}
		for round := range 4 {
			flags := [][]string{nil, nil, {"-c"}, {"--mirror"}, {"--one-way"}, {"--conflict", "keep-both"}, {"--conflict", "fail"}}[rng.IntN(7)]
			flags = append(flags, "--max-delete", "off")
			for range 1 + rng.IntN(6) {
				stir(t, rng, trees[rng.IntN(len(trees))])
			}
			make := append(append([]string{"plan", "-q", "-o", file}, flags...), trees...)
			if exit, said := latusIn(t, make...); exit != 0 && exit != ui.ExitLeft {
				t.Fatalf("seed %d, round %d: plan: exit %d, %s", seed, round, exit, said)
			}
			if rng.IntN(2) == 0 {
				before := pictured(t, trees...)
				news := stir(t, rng, trees[rng.IntN(len(trees))])
				after := pictured(t, trees...)
				exit, said := latusIn(t, "apply", file)
				if news && before != after && exit != ui.ExitRefused {
					t.Fatalf("seed %d, round %d: %v: exit %d though something changed: %s\n%s\nbefore\n%s\nafter\n%s", seed, round, flags, exit, said, read(t, file), before, after)
				}
				if exit != ui.ExitRefused {
					continue // the change was none
				}
				refused++
				if now := pictured(t, trees...); now != after {
					t.Fatalf("seed %d, round %d: refused, and changed all the same:\n%s\nnow\n%s", seed, round, after, now)
				}
				if exit, said := latusIn(t, make...); exit != 0 && exit != ui.ExitLeft {
					t.Fatalf("seed %d, round %d: plan: exit %d, %s", seed, round, exit, said)
				}
			}
			if exit, said := latusIn(t, "apply", file); exit != 0 && exit != ui.ExitLeft {
				t.Fatalf("seed %d, round %d: %v: apply: exit %d, %s\n%s", seed, round, flags, exit, said, read(t, file))
			}
		}
	}
	if refused == 0 {
		t.Fatal("nothing was ever refused")
	}
}

func read(t *testing.T, file string) string {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// samplePlan has something of everything.
func samplePlan() *planFile {
	o := &latussync.Outlook{
		News: map[index.Path]uint64{"new": 1, "d/\xff": 2, "other": 3},
		Trees: []latussync.TreeOutlook{
			{Name: "host:a", Peer: 7, Actions: []peer.Change{
				{Op: plan.Delete, Kind: index.File, Path: "new"},
				{Op: plan.Move, Kind: index.Dir, Path: "d/\xff", From: "\xfe"},
			}},
			{Name: "host:b"},
		},
	}
	p := newPlanFile(o, []string{"/a", "host:b"})
	p.Options = planOptions{Conflict: "newest", Compress: "auto", Patterns: []string{"*.tmp", "!x"}, MaxDelete: "10%", Port: 22}
	p.Conflicts = []planConflict{{Winner: ui.JSONVersion{Kind: "file"}}}
	p.Problems = []planProblem{{Tree: "/a", Reason: "busy"}}
	return p
}

func text(t testing.TB, p *planFile) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := p.write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestAPlanThatIsNotWholeIsNone(t *testing.T) {
	whole := text(t, samplePlan())
	if _, err := readPlan(bytes.NewReader(whole)); err != nil {
		t.Fatal(err)
	}
	for n := range len(bytes.TrimSpace(whole)) {
		if _, err := readPlan(bytes.NewReader(whole[:n])); err == nil {
			t.Fatalf("%d bytes of %d were taken for a plan", n, len(whole))
		}
	}
	for old, bad := range map[string]string{
		`"version": 1`:      `"version": 2`,
		`"action":"delete"`: `"action":"keep"`,
		`"kind":"dir"`:      `"kind":"special"`,
		`"path":"new"`:      `"path":"../new"`,
		`"path":"other"`:    `"path":"/other"`,
		`"tree":"host:b"`:   `"tree":"/a"`,
		`"size":0`:          `"size":-1`,
		`"state":"0000`:     `"state":"xxxx`,
		`"problems"`:        `"issues"`,
		"\n}\n":             "\n} {}\n",
	} {
		if !bytes.Contains(whole, []byte(old)) {
			t.Fatalf("%s is not in\n%s", old, whole)
		}
		if _, err := readPlan(bytes.NewReader(bytes.Replace(whole, []byte(old), []byte(bad), 1))); err == nil {
			t.Errorf("%s was taken for a plan", bad)
		}
	}
	for _, bad := range []planOptions{
		{Conflict: "oldest", Compress: "auto"}, {Conflict: "newest", Compress: "auto", MaxDelete: "most"},
		{Conflict: "newest", Compress: "auto", Port: 70000}, {Conflict: "fail", Compress: "auto", Mirror: true},
		{Compress: "auto"},
	} {
		s, _, _ := session("")
		if err := bad.use(newSyncOptions(s)); err == nil {
			t.Errorf("%+v can be used", bad)
		}
	}
}

// FuzzPlan: what is read as a plan can be written, read again as the same, and
// compared.
func FuzzPlan(f *testing.F) {
	f.Add(text(f, samplePlan()))
	f.Add([]byte(`{"version": 1, "trees": [{"tree": "a"}, {"tree": "b", "peer": "0000000000000001"}]}`))
	f.Add([]byte(`{"version": 9}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := readPlan(bytes.NewReader(b))
		if err != nil {
			return
		}
		again, err := readPlan(bytes.NewReader(text(t, p)))
		if err != nil {
			t.Fatalf("written, it can't be read: %v\n%s", err, text(t, p))
		}
		if x, y := text(t, p), text(t, again); !bytes.Equal(x, y) {
			t.Fatalf("%s\nbecame\n%s", x, y)
		}
		p.differences(&latussync.Outlook{Trees: make([]latussync.TreeOutlook, len(p.Trees))})
		s, _, _ := session("")
		_ = p.Options.use(newSyncOptions(s))
	})
}

// Of a path that is another one on several trees one line is told, and always the same.
func TestDifferencesAreToldAlike(t *testing.T) {
	p := &planFile{Trees: []planTree{{Tree: "a"}, {Tree: "b"}, {Tree: "c"}}}
	for _, tree := range []string{"b", "c"} {
		p.Actions = append(p.Actions, planAction{Tree: tree, Action: "create", Kind: "file", JSONPath: ui.NewJSONPath("x")})
	}
	now := &latussync.Outlook{Trees: make([]latussync.TreeOutlook, len(p.Trees))}
	for range 50 {
		if got := p.differences(now); len(got) != 1 || got[0] != "b: create x is not to be done now" {
			t.Fatalf("%q", got)
		}
	}
}
