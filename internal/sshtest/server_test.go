package sshtest

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestServerRunsCommandsOfOpenSSH(t *testing.T) {
	bin := t.TempDir()
	tool := filepath.Join(bin, "sshtest-tool")
	if err := os.WriteFile(tool, []byte("#!/bin/sh\necho tool in $PWD with $WORD\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	s := Start(t, Options{Path: bin, Env: []string{"WORD=it's"}})
	ssh, err := exec.LookPath("ssh")
	if err != nil {
		t.Skip("no ssh on this machine")
	}
	out, err := exec.Command(ssh, "-F", s.ConfigFile, s.Name, "sshtest-tool").CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s\n%s", err, out, s.Log())
	}
	home, err := filepath.EvalSymlinks(s.Home)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := strings.TrimSpace(string(out)), "tool in "+home+" with it's"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestServerOffersSFTP(t *testing.T) {
	s := Start(t, Options{})
	sftp, err := exec.LookPath("sftp")
	if err != nil {
		t.Skip("no sftp on this machine")
	}
	cmd := exec.Command(sftp, "-F", s.ConfigFile, "-b", "-", s.Name)
	cmd.Stdin = strings.NewReader("mkdir made\n")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s\n%s", err, out, s.Log())
	}
	if _, err := os.Stat(filepath.Join(s.Home, "made")); err != nil {
		t.Error(err)
	}
}
