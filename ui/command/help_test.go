package command

import (
	"context"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/urfave/cli/v2"

	"latus/ui"
)

func TestHelpOfEveryCommand(t *testing.T) {
	var walk func(path []string, cmds []*cli.Command)
	walk = func(path []string, cmds []*cli.Command) {
		for _, c := range cmds {
			full := append(slices.Clone(path), c.Name)
			s, out, errs := session("")
			s.Screen.Width = 60
			if exit := Main(context.Background(), append(slices.Clone(full), "--help"), s); exit != 0 || errs.Len() > 0 {
				t.Errorf("%v: exit %d, %s", full, exit, errs)
			}
			text := out.String()
			for _, want := range []string{"Usage:\n  latus " + strings.Join(full, " "), "Example"} {
				if !strings.Contains(text, want) {
					t.Errorf("%v: %q is not in\n%s", full, want, text)
				}
			}
			for _, f := range c.Flags {
				for _, n := range f.Names() {
					dashes := "--"
					if len(n) == 1 {
						dashes = "-"
					}
					if !strings.Contains(text, dashes+n) {
						t.Errorf("%v: nothing is said of %s%s", full, dashes, n)
					}
				}
			}
			walk(full, c.Subcommands)
		}
	}
	walk(nil, testApp().Commands)
}

func TestHelpKeepsToTheWidth(t *testing.T) {
	var walk func(path []string, cmds []*cli.Command)
	walk = func(path []string, cmds []*cli.Command) {
		for _, c := range cmds {
			full := append(slices.Clone(path), c.Name)
			s, out, _ := session("")
			s.Screen.Width = 80
			Main(context.Background(), append([]string{"help"}, full...), s)
			for line := range strings.Lines(out.String()) {
				if w := ui.Cells(strings.TrimRight(line, "\n")); w > 80 {
					t.Errorf("help %v: %d cells: %s", full, w, line)
				}
			}
			walk(full, c.Subcommands)
		}
	}
	walk([]string{}, testApp().Commands)
	for _, width := range []int{60, 80, 200} {
		s, out, _ := session("")
		s.Screen.Width = width
		Main(context.Background(), []string{"help", "sync"}, s)
		flags, _, _ := strings.Cut(out.String(), "\nA TREE is")
		for line := range strings.Lines(flags) {
			if w := ui.Cells(strings.TrimRight(line, "\n")); w > width {
				t.Errorf("width %d: %d cells: %s", width, w, line)
			}
		}
	}
}

func TestLatusAloneShowsHelp(t *testing.T) {
	alone, out, _ := session("")
	exit := Main(context.Background(), nil, alone)
	asked, want, _ := session("")
	Main(context.Background(), []string{"--help"}, asked)
	if exit != 0 || out.String() != want.String() || !strings.Contains(out.String(), "latus sync") {
		t.Errorf("exit %d:\n%s", exit, out)
	}
}

func TestCompletionScripts(t *testing.T) {
	for _, shell := range []string{"bash", "zsh", "fish"} {
		s, out, errs := session("")
		if exit := Main(context.Background(), []string{"completion", shell}, s); exit != 0 {
			t.Fatalf("%s: exit %d, %s", shell, exit, errs)
		}
		everyCommand(testApp().Commands, func(c *cli.Command) {
			for _, f := range c.Flags {
				for _, n := range f.Names() {
					if !strings.Contains(out.String(), n) {
						t.Errorf("%s: nothing about %s", shell, n)
					}
				}
			}
			if !strings.Contains(out.String(), c.Name) {
				t.Errorf("%s: nothing about %s", shell, c.Name)
			}
		})
		if path, err := exec.LookPath(shell); err == nil {
			check := exec.Command(path, "-n")
			check.Stdin = strings.NewReader(out.String())
			if said, err := check.CombinedOutput(); err != nil {
				t.Errorf("%s -n: %v: %s", shell, err, said)
			}
		}
	}
}

func TestBashCompletes(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("there is no bash")
	}
	s, script, _ := session("")
	Main(context.Background(), []string{"completion", "bash"}, s)
	for line, want := range map[string]string{
		"sy":                         "sync",
		"trash p":                    "purge",
		"trash purge --o":            "--older-than",
		"sync --conflict k":          "keep-both",
		"sync --max-delete 3 --log-": "--log-file",
		"apply plan.g":               "plan.go",
		"completion f":               "fish",
		"manual mar":                 "markdown",
	} {
		words := strings.Fields(line)
		try := script.String() + "\nCOMP_WORDS=(latus " + line + "); COMP_CWORD=" + string(rune('0'+len(words))) +
			"; _latus; echo \"${COMPREPLY[*]}\"\n"
		got, err := exec.Command(bash, "-c", try).Output()
		if err != nil || strings.TrimSpace(string(got)) != want {
			t.Errorf("latus %s: %q, %v; want %q", line, got, err, want)
		}
	}
}
