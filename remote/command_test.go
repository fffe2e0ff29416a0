package remote

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"latus/remote/ssh"
)

// shells are the login shells that a command line must get through.
func shells(t *testing.T) []string {
	t.Helper()
	var found []string
	for _, name := range []string{"sh", "bash", "dash", "zsh", "fish", "csh", "tcsh"} {
		if path, err := exec.LookPath(name); err == nil {
			found = append(found, path)
		}
	}
	if len(found) == 0 {
		t.Skip("no shell on this machine")
	}
	return found
}

// fakeLatus is a program that prints its arguments, each ended by a NUL.
func fakeLatus(t *testing.T, name string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte("#!/bin/sh\nprintf '%s\\0' \"$0\" \"$@\"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
}

func TestServeCommandKeepsTreesInEveryShell(t *testing.T) {
	bin := filepath.Join(t.TempDir(), "latus")
	fakeLatus(t, bin)
	for _, shell := range shells(t) {
		for tree, want := range map[string]string{
			"":                           ".",
			"plain/path":                 "plain/path",
			"-x":                         "./-x",
			"/abs/with space":            "/abs/with space",
			"it's":                       "it's",
			`back\slash\\`:               `back\slash\\`,
			"bang!x!":                    "bang!x!",
			"$HOME `id` $(id) ;|&<>(){}": "$HOME `id` $(id) ;|&<>(){}",
			"~x *?[a] #":                 "~x *?[a] #",
			"new\nline\n\n":              "new\nline\n\n",
			"100%s %d":                   "100%s %d",
			`"double"`:                   `"double"`,
			"é\xff\x01\t":                "é\xff\x01\t",
			`\0101 \n`:                   `\0101 \n`,
		} {
			for _, latusPath := range []string{"", bin} {
				cmd := exec.Command(shell, "-c", ServeCommand(latusPath, tree))
				cmd.Env = []string{"HOME=" + t.TempDir(), "PATH=" + filepath.Dir(bin) + ":" + os.Getenv("PATH")}
				out, err := cmd.Output()
				_, args, _ := strings.Cut(string(out), "\x00")
				if args != "serve\x00--stdio\x00"+want+"\x00" {
					t.Errorf("%s: tree %q: arguments %q, %v; want %q", filepath.Base(shell), tree, args, err, want)
				}
			}
		}
	}
}

func TestServeCommandFindsLatus(t *testing.T) {
	home := t.TempDir()
	fakeLatus(t, filepath.Join(home, ".local/bin/latus"))
	tools := t.TempDir()
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("no sh on this machine")
	}
	if err := os.Symlink(sh, filepath.Join(tools, "sh")); err != nil {
		t.Fatal(err)
	}
	for _, shell := range shells(t) {
		run := func(home, latusPath string) (string, error) {
			cmd := exec.Command(shell, "-c", ServeCommand(latusPath, "x"))
			cmd.Env = []string{"HOME=" + home, "PATH=" + tools}
			out, err := cmd.Output()
			program, _, _ := strings.Cut(string(out), "\x00")
			return program, err
		}
		if got, err := run(home, ""); err != nil || got != home+"/.local/bin/latus" {
			t.Errorf("%s: ran %q, %v", shell, got, err)
		}
		if got, err := run(home, "A='!' ~/.local/bin/latus"); err != nil || got != home+"/.local/bin/latus" {
			t.Errorf("%s: with a piece of sh: ran %q, %v", shell, got, err)
		}
		for _, latusPath := range []string{"", "/nonexistent/latus"} {
			_, err := run(t.TempDir(), latusPath)
			if exit, ok := err.(*exec.ExitError); !ok || exit.ExitCode() != ssh.StatusNotFound {
				t.Errorf("%s: no %q anywhere: %v, want status 127", shell, latusPath, err)
			}
		}
	}
}

// What was put on a host last is what is run there, whatever else is in the PATH; of
// what was put there in other ways the newest.
func TestServeCommandPrefersWhatWasInstalledLast(t *testing.T) {
	home, bin := filepath.Join(t.TempDir(), "a home's"), t.TempDir()
	all := filepath.Join(home, ".cache/latus")
	for v, age := range map[string]time.Duration{"0.10-a": 2, "0.9-b": 1, "0.1-c": 3} { // the newest is the last by name
		fakeLatus(t, filepath.Join(all, v, "latus"))
		when := time.Now().Add(-age * time.Hour)
		if err := os.Chtimes(filepath.Join(all, v, "latus"), when, when); err != nil {
			t.Fatal(err)
		}
	}
	run := func(shell, want string) {
		t.Helper()
		cmd := exec.Command(shell, "-c", ServeCommand("", "x"))
		cmd.Env = []string{"HOME=" + home, "PATH=" + bin + ":/usr/bin:/bin"}
		out, err := cmd.Output()
		if program, args, _ := strings.Cut(string(out), "\x00"); program != want || args != "serve\x00--stdio\x00x\x00" || err != nil {
			t.Errorf("%s: ran %q %q, %v; want %s", filepath.Base(shell), program, args, err, want)
		}
	}
	if _, err := exec.LookPath("/usr/bin/latus"); err == nil {
		t.Skip("there is a latus on this machine")
	}
	for _, shell := range shells(t) {
		run(shell, filepath.Join(all, "0.9-b/latus"))
	}
	fakeLatus(t, filepath.Join(bin, "latus"))
	for _, shell := range shells(t) {
		run(shell, filepath.Join(bin, "latus"))
	}
	if err := os.Symlink("0.1-c/latus", filepath.Join(all, "latus")); err != nil {
		t.Fatal(err)
	}
	for _, shell := range shells(t) {
		run(shell, filepath.Join(all, "latus"))
	}
}
