package command

import (
	"bytes"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/urfave/cli/v2"

	"latus/ui"
)

// session is one that nobody looks at.
func session(stdin string) (s *Session, out, errs *bytes.Buffer) {
	out, errs = &bytes.Buffer{}, &bytes.Buffer{}
	return &Session{
		Screen: ui.Screen{Out: out, Err: errs}, Stdin: strings.NewReader(stdin),
		Now: func() time.Time { return time.Date(2026, 11, 22, 13, 14, 5, 0, time.UTC) }, Version: "1.2.3",
	}, out, errs
}

func testApp() *cli.App {
	s, _, _ := session("")
	return newApp(s)
}

func TestArrange(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.Mkdir("a", 0o777); err != nil { // a word behind -z is a tree if it is there
		t.Fatal(err)
	}
	for line, want := range map[string]string{
		"sync a b":                          "sync -- a b",
		"sync -nvi a b":                     "sync --dry-run --verbose --itemize -- a b",
		"sync a -n b -v":                    "sync --dry-run --verbose -- a b",
		"-n sync a b":                       "sync --dry-run -- a b",
		"sync a b --max-delete 10%":         "sync --max-delete=10% -- a b",
		"sync --max-delete=off a b":         "sync --max-delete=off -- a b",
		"sync --max-delete -1 a b":          "sync --max-delete=-1 -- a b",
		"sync -p22 a b":                     "sync --port=22 -- a b",
		"sync -p 22 a b":                    "sync --port=22 -- a b",
		"sync -p=22 a b":                    "sync --port=22 -- a b",
		"sync -np22 a b":                    "sync --dry-run --port=22 -- a b",
		"sync -nvp 22 a b":                  "sync --dry-run --verbose --port=22 -- a b",
		"sync -z a b":                       "sync --compress=always -- a b",
		"sync -z never a b":                 "sync --compress=never -- a b",
		"sync -znever a b":                  "sync --compress=never -- a b",
		"sync -zv a b":                      "sync --compress=always --verbose -- a b",
		"sync -vz a b":                      "sync --verbose --compress=always -- a b",
		"sync --compress a b":               "sync --compress=always -- a b",
		"sync --compress auto a b":          "sync --compress=auto -- a b",
		"sync --progress a b":               "sync --progress=always -- a b",
		"sync a b --progress":               "sync --progress=always -- a b",
		"sync --progress=never a b":         "sync --progress=never -- a b",
		"sync --exclude -x a b":             "sync --exclude=-x -- a b",
		"sync --exclude -- a b":             "sync --exclude=-- -- a b",
		"sync -- -a -b":                     "sync -- -a -b",
		"sync a -- --json":                  "sync -- a --json",
		"sync - b":                          "sync -- - b",
		"sync sync status":                  "sync -- sync status",
		"sync json verbose":                 "sync -- json verbose",
		"trash list --json d":               "trash list --json -- d",
		"trash --json list d":               "trash list --json -- d",
		"trash purge d --older-than 30d":    "trash purge --older-than=30d -- d",
		"sync --exclude=a=b a b":            "sync --exclude=a=b -- a b",
		"sync -e ssh\u00a0-p\u00a022 a b:c": "sync --rsh=ssh\u00a0-p\u00a022 -- a b:c",
		"help trash list":                   "help -- trash list",
		"status":                            "status",
		"":                                  "",
	} {
		req, err := arrange(testApp(), strings.Fields(strings.ReplaceAll(line, "\u00a0", "~")))
		if err != nil {
			t.Errorf("%q: %v", line, err)
			continue
		}
		got := strings.Join(req.argv()[1:], " ")
		if want = strings.ReplaceAll(want, "\u00a0", "~"); got != want {
			t.Errorf("%q: got %q, want %q", line, got, want)
		}
	}
}

func TestArrangeHelpAndVersion(t *testing.T) {
	for line, want := range map[string]request{
		"--help":               {help: true},
		"-h":                   {help: true},
		"sync -h a b":          {help: true, path: []string{"sync"}, args: []string{"a", "b"}},
		"trash list --help":    {help: true, path: []string{"trash", "list"}},
		"--version":            {version: true},
		"sync -nh":             {help: true, path: []string{"sync"}, flags: []string{"--dry-run"}},
		"sync -- --help -h x ": {path: []string{"sync"}, args: []string{"--help", "-h", "x"}},
	} {
		req, err := arrange(testApp(), strings.Fields(line))
		if err != nil {
			t.Errorf("%q: %v", line, err)
		}
		if req.help != want.help || req.version != want.version ||
			!slices.Equal(req.path, want.path) || !slices.Equal(req.args, want.args) || !slices.Equal(req.flags, want.flags) {
			t.Errorf("%q: got %+v, want %+v", line, req, want)
		}
	}
}

func TestArrangeRefuses(t *testing.T) {
	for line, want := range map[string][2]string{
		"sync --dryrun a b":        {"there is no flag --dryrun", "did you mean --dry-run?"},
		"sync --max-delte 3 a b":   {"there is no flag --max-delte", "did you mean --max-delete?"},
		"sync --verb a b":          {"there is no flag --verb", "did you mean --verbose?"},
		"sync --frobnicate a b":    {"there is no flag --frobnicate", ""},
		"sync -Y a b":              {"there is no flag -Y", ""},
		"sync -nY a b":             {"there is no flag -Y", ""},
		"sync -av a b":             {"there is no flag -a", always},
		"sync --delete a b":        {"there is no flag --delete", fromRsync["--delete"]},
		"sync --n a b":             {"there is no flag --n", ""},
		"sync a b --max-delete":    {"--max-delete needs a value", ""},
		"sync a b -p":              {"-p needs a value", ""},
		"sync -z a b":              {"-z takes auto, always or never (./a names a tree)", ""},
		"sync --progress nver a b": {"--progress takes auto, always or never (./nver names a tree)", "did you mean never?"},
		"sync --exclude= a b":      {"--exclude: the value is empty", "was a variable not set? Leave the word out if nothing is meant"},
		"sync --json=yes a b":      {"--json takes no value", ""},
		"sync -n=1 a b":            {"-n takes no value", ""},
		"snyc a b":                 {`there is no command "snyc"`, "did you mean `latus sync`?"},
		"a b":                      {`there is no command "a"`, "to make two trees equal: `latus sync TREE TREE`"},
		"trash lst d":              {`there is no command "trash lst"`, "did you mean `latus trash list`?"},
		"log d --keep 3":           {"latus log has no flag --keep", ""},
		"--json":                   {"--json belongs behind a command", ""},
		"trash --older-than 3d":    {"latus trash has no flag --older-than", ""},
		"sync --é a b":             {"there is no flag --é", ""},
		"status --json=\x00 a":     {"--json takes no value", ""},
		"conflicts --no-such-flag": {"there is no flag --no-such-flag", ""},
	} {
		_, err := arrange(testApp(), strings.Fields(line))
		u, ok := err.(*usageError)
		if !ok {
			t.Errorf("%q: error is %#v", line, err)
			continue
		}
		if u.text != want[0] || u.hint != want[1] {
			t.Errorf("%q: %q, %q; want %q, %q", line, u.text, u.hint, want[0], want[1])
		}
	}
}

// A flag must mean the same in every command, or a line whose command is not known
// yet cannot be read. The flags of latus itself stand alone: --version behind a
// command may be one of the command's.
func TestFlagsMeanTheSameEverywhere(t *testing.T) {
	takes := map[string]bool{}
	check := func(flags []cli.Flag) {
		for _, f := range flags {
			value := f.(cli.DocGenerationFlag).TakesValue()
			for _, n := range f.Names() {
				if before, ok := takes[n]; ok && before != value {
					t.Errorf("-%s takes a value in one command and none in another", n)
				}
				takes[n] = value
			}
		}
	}
	app := testApp()
	everyCommand(app.Commands, func(c *cli.Command) { check(c.Flags) })
}

func FuzzArrange(f *testing.F) {
	f.Add("sync\n-nvi\na\nb")
	f.Add("sync\n--max-delete\n3\n--\n-x")
	f.Add("trash\n-z\nlist\n-p")
	f.Add("-\n--\n--=\n-=")
	app := testApp()
	f.Fuzz(func(t *testing.T, lines string) {
		words := strings.Split(lines, "\n")
		req, err := arrange(app, words)
		if err != nil {
			if _, ok := err.(*usageError); !ok {
				t.Fatalf("%q: %T", words, err)
			}
			return
		}
		if req.help || req.version {
			return
		}
		// What was arranged means the same when it is read again.
		again, err := arrange(app, req.argv()[1:])
		if err != nil {
			t.Fatalf("%q became %q: %v", words, req.argv(), err)
		}
		if !slices.Equal(again.argv(), req.argv()) {
			t.Fatalf("%q became %q, then %q", words, req.argv(), again.argv())
		}
		// Nothing is made up: every word that is no flag was on the line.
		for _, a := range req.args {
			if !slices.Contains(words, a) {
				t.Fatalf("%q: %q was not there", words, a)
			}
		}
	})
}

func TestPatternsKeepTheirOrder(t *testing.T) {
	s, _, _ := session("# comment\nfrom stdin\r\n\n!kept\n")
	o := newSyncOptions(s)
	app := &cli.App{Writer: io.Discard, HideHelp: true, Commands: []*cli.Command{{
		Name: "sync", Flags: o.flags(), Action: func(*cli.Context) error { return nil },
	}}}
	words := []string{"sync", "--include", "a", "x", "--exclude=b,c", "--exclude-from", "-", "y", "--exclude", " d ", "--include=e"}
	req, err := arrange(app, words)
	if err != nil {
		t.Fatal(err)
	}
	if err := app.Run(req.argv()); err != nil {
		t.Fatal(err)
	}
	want := []string{"!a", "b,c", "from stdin", "!kept", " d ", "!e"}
	if !slices.Equal(o.patterns.list, want) {
		t.Errorf("got %q, want %q", o.patterns.list, want)
	}
}

func TestNearest(t *testing.T) {
	words := []string{"sync", "status", "serve", "--dry-run", "--max-delete"}
	for in, want := range map[string]string{
		"snyc": "sync", "syn": "sync", "stats": "status", "stat": "status", "x": "", "": "", "--dryrun": "--dry-run", "--max": "--max-delete", "zzzz": "",
	} {
		if got := nearest(in, words); got != want {
			t.Errorf("nearest(%q) = %q, want %q", in, got, want)
		}
	}
}
