package remote

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"latus/internal/sshtest"
	"latus/remote/ssh"
)

// reached is the server, in the two ways to run commands on a host.
func reached(t *testing.T, s *sshtest.Server, shown io.Writer) map[string]*Conn {
	t.Helper()
	t.Setenv("LATUS_RSH", "")
	ways := map[string]string{"built-in": ""}
	if path, err := exec.LookPath("ssh"); err == nil {
		ways["rsh"] = path + " -F '" + s.ConfigFile + "'"
	}
	target, err := ParseTarget(s.Name + ":")
	if err != nil {
		t.Fatal(err)
	}
	conns := map[string]*Conn{}
	for way, rsh := range ways {
		c, err := Dial(t.Context(), target, ssh.Options{SSHConfig: s.ConfigFile, Batch: true, Rsh: rsh, Stderr: shown})
		if err != nil {
			t.Fatalf("%v\n%s", err, s.Log())
		}
		t.Cleanup(func() { _ = c.Close() })
		conns[way] = c
	}
	return conns
}

func TestDialRefusesATreeOfThisMachine(t *testing.T) {
	if _, err := Dial(t.Context(), Target{Path: "x"}, ssh.Options{}); err == nil {
		t.Error("a local tree was dialed")
	}
}

func TestStreamOfServeCommandInANoisyShell(t *testing.T) {
	bin := t.TempDir()
	fakeLatus(t, filepath.Join(bin, "latus"))
	list := shells(t)
	shell := list[len(list)-1] // the strangest there is
	s := sshtest.Start(t, sshtest.Options{Path: bin, Shell: shell, Noise: "Welcome!\nYou have mail.\n"})
	for way, c := range reached(t, s, nil) {
		stream, err := c.Command(context.Background(), ServeCommand("", "it's a\ntree!"))
		if err != nil {
			t.Fatal(err)
		}
		all, err := io.ReadAll(stream)
		if err != nil {
			t.Fatalf("%s, %s: %v", way, shell, err)
		}
		banner, rest, _ := bytes.Cut(all, []byte("serve\x00--stdio\x00"))
		if !bytes.HasPrefix(banner, []byte("Welcome!\nYou have mail.\n")) {
			t.Errorf("%s, %s: the banner is %q", way, shell, banner)
		}
		if string(rest) != "it's a\ntree!\x00" {
			t.Errorf("%s, %s: the tree is %q", way, shell, rest)
		}
		if err := stream.Close(); err != nil {
			t.Errorf("%s, %s: %v", way, shell, err)
		}
	}
}

func TestServeCommandWhereThereIsNoLatus(t *testing.T) {
	s := sshtest.Start(t, sshtest.Options{})
	var shown bytes.Buffer
	for way, c := range reached(t, s, &shown) {
		for _, latusPath := range []string{"", "/no/such/latus"} {
			shown.Reset()
			stream, err := c.Command(context.Background(), "PATH=/usr/bin:/bin "+ServeCommand(latusPath, "x"))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := io.Copy(io.Discard, stream); err != nil { // Close has little patience
				t.Fatal(err)
			}
			var failed *ssh.CommandError
			if err := stream.Close(); !errors.As(err, &failed) || !failed.NotFound() || !strings.Contains(failed.Stderr, "not found") {
				t.Fatalf("%s: latus %q: got %v", way, latusPath, err)
			}
			if NoLatus(failed) != (latusPath == "") {
				t.Errorf("%s: latus %q: everywhere: %v", way, latusPath, NoLatus(failed))
			}
			if shown.String() != failed.Stderr {
				t.Errorf("%s: shown was %q", way, shown.String())
			}
		}
	}
}
