package ssh

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"latus/internal/goroutines"
	"latus/internal/sshtest"
)

// ways are the two ways to run commands on a host.
func ways(t *testing.T, s *sshtest.Server) map[string]func(*Options) {
	t.Helper()
	ways := map[string]func(*Options){"built-in": nil}
	if path, err := exec.LookPath("ssh"); err == nil {
		ways["rsh"] = func(o *Options) { o.Rsh = path + " -F '" + s.ConfigFile + "'" }
	}
	return ways
}

func TestStream(t *testing.T) {
	s := sshtest.Start(t, sshtest.Options{})
	for name, test := range map[string]func(*testing.T, *sshtest.Server){
		"command not found":        testStreamOfCommandThatIsNotThere,
		"ends with its context":    testStreamEndsWithItsContext,
		"close ends a hanging one": testStreamCloseEndsACommandThatHangs,
		"signal":                   testStreamKnowsTheSignal,
		"end of stderr":            testStreamKeepsTheEndOfStderr,
		"subsystem":                testStreamOfSubsystem,
	} {
		t.Run(name, func(t *testing.T) { test(t, s) })
	}
}

func testStreamOfCommandThatIsNotThere(t *testing.T, s *sshtest.Server) {
	var shown bytes.Buffer
	for way, change := range ways(t, s) {
		for _, command := range []string{"no-such-program x", "/no/such/program x"} {
			shown.Reset()
			c := mustReach(t, s, func(o *Options) {
				if change != nil {
					change(o)
				}
				o.Stderr = &shown
			})
			_, err := output(t, c, command)
			var failed *CommandError
			if !errors.As(err, &failed) || !failed.NotFound() || !strings.Contains(failed.Stderr, "not found") {
				t.Errorf("%s: %q: got %v", way, command, err)
			}
			if shown.String() != failed.Stderr {
				t.Errorf("%s: shown was %q", way, shown.String())
			}
		}
	}
}

func testStreamEndsWithItsContext(t *testing.T, s *sshtest.Server) {
	defer goroutines.NoneLeft(t, goleak.IgnoreCurrent())
	for way, change := range ways(t, s) {
		c := mustReach(t, s, change)
		ctx, cancel := context.WithCancelCause(context.Background())
		stream, err := c.Command(ctx, "echo started; exec sleep 1000")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(stream, make([]byte, 8)); err != nil {
			t.Fatal(err)
		}
		blocked := make(chan error, 1)
		go func() { // more than any buffer holds, and nobody reads it
			_, err := stream.Write(make([]byte, 16<<20))
			blocked <- err
		}()
		why := errors.New("enough")
		cancel(why)
		if n, err := stream.Read(make([]byte, 1)); n != 0 || err == nil {
			t.Errorf("%s: read %d, %v", way, n, err)
		}
		if err := <-blocked; err == nil {
			t.Errorf("%s: all was written", way)
		}
		if err := stream.Wait(); err != why {
			t.Errorf("%s: got %v, want %v", way, err, why)
		}
		_ = c.Close()
	}
}

func testStreamCloseEndsACommandThatHangs(t *testing.T, s *sshtest.Server) {
	for way, change := range ways(t, s) {
		c := mustReach(t, s, change)
		stream, err := c.Command(context.Background(), "echo started; exec sleep 1000")
		if err != nil {
			t.Fatal(err)
		}
		var failed *CommandError
		if err := stream.Close(); !errors.As(err, &failed) || failed.Status != -1 {
			t.Errorf("%s: got %v", way, err)
		}
	}
}

func testStreamKnowsTheSignal(t *testing.T, s *sshtest.Server) {
	c := mustReach(t, s, nil)
	_, err := output(t, c, "kill -TERM $$")
	var failed *CommandError
	if !errors.As(err, &failed) || failed.Signal != "TERM" || failed.Status != -1 {
		t.Errorf("got %v", err)
	}
}

func testStreamKeepsTheEndOfStderr(t *testing.T, s *sshtest.Server) {
	for way, change := range ways(t, s) {
		c := mustReach(t, s, change)
		_, err := output(t, c, "i=0; while [ $i -lt 3000 ]; do echo line $i >&2; i=$((i+1)); done; exit 1")
		var failed *CommandError
		if !errors.As(err, &failed) || len(failed.Stderr) != 4096 || !strings.HasSuffix(failed.Stderr, "\nline 2998\nline 2999\n") {
			t.Errorf("%s: got %v", way, err)
		}
	}
}

func testStreamOfSubsystem(t *testing.T, s *sshtest.Server) {
	for way, change := range ways(t, s) {
		c := mustReach(t, s, change)
		speaksSFTP(t, way, c)
	}
	c := mustReach(t, s, nil)
	var failed *ConnectError
	if _, err := c.Subsystem(context.Background(), "none"); !errors.As(err, &failed) {
		t.Errorf("an unknown subsystem: %v", err)
	}
}

// speaksSFTP fails the test if what answers as the subsystem sftp is something else.
func speaksSFTP(t *testing.T, way string, c *Conn) {
	t.Helper()
	stream, err := c.Subsystem(context.Background(), "sftp")
	if err != nil {
		t.Fatalf("%s: %v", way, err)
	}
	if _, err := stream.Write([]byte{0, 0, 0, 5, 1, 0, 0, 0, 3}); err != nil { // INIT, version 3
		t.Fatal(err)
	}
	reply := make([]byte, 9)
	if _, err := io.ReadFull(stream, reply); err != nil || reply[4] != 2 || reply[8] != 3 {
		t.Errorf("%s: the answer is %v, %v", way, reply, err)
	}
	if err := stream.Close(); err != nil {
		t.Errorf("%s: %v", way, err)
	}
}

func TestRshIsRunAsRsyncRunsIt(t *testing.T) {
	dir := t.TempDir()
	fake := filepath.Join(dir, "my rsh")
	writeFile(t, fake, "#!/bin/sh\nfor a; do printf '%s|' \"$a\"; done\nexec cat\n")
	if err := os.Chmod(fake, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		host, rsh, environment string
		port                   int
		want                   string
	}{
		{"host", "'" + fake + "'", "", 0, "host|the command|"},
		{"u@host", `"` + fake + `" -x 'a b' "c\"d" e\ f ''`, "", 0, `-x|a b|c"d|e f||-l|u|host|the command|`},
		{"u@[::1]:2222", strings.ReplaceAll(fake, " ", `\ `), "", 9, "-p|2222|-l|u|::1|the command|"},
		{"host", "", "'" + fake + "' env", 9, "env|-p|9|host|the command|"},
	} {
		t.Setenv("LATUS_RSH", c.environment)
		host, err := ParseHost(c.host)
		if err != nil {
			t.Fatal(err)
		}
		conn, err := Dial(context.Background(), host, Options{Rsh: c.rsh, Port: c.port})
		if err != nil {
			t.Fatal(err)
		}
		stream, err := conn.Command(context.Background(), "the command")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(stream, "input"); err != nil {
			t.Fatal(err)
		}
		if err := stream.CloseWrite(); err != nil {
			t.Fatal(err)
		}
		if out, err := io.ReadAll(stream); err != nil || string(out) != c.want+"input" {
			t.Errorf("%s: got %q, %v; want %q", c.rsh, out, err, c.want)
		}
		if err := stream.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestRshThatCannotRun(t *testing.T) {
	target := Host{Name: "h"}
	for _, rsh := range []string{"'", " ", `x\`} {
		if _, err := Dial(context.Background(), target, Options{Rsh: rsh}); err == nil {
			t.Errorf("%q is taken for a command", rsh)
		}
	}
	c, err := Dial(context.Background(), target, Options{Rsh: "/no/such/rsh"})
	if err != nil {
		t.Fatal(err)
	}
	var failed *ConnectError
	if _, err := c.Command(context.Background(), "x"); !errors.As(err, &failed) || !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}

func TestRshKillsAllItStarted(t *testing.T) {
	if NewAsker() != nil {
		t.Skip("on a terminal a command stays in the process group of the test")
	}
	child := filepath.Join(t.TempDir(), "child")
	c, err := Dial(context.Background(), Host{Name: "h"}, Options{
		Rsh: "sh -c 'sleep 1000 & echo $! >" + child + "; echo started; wait'",
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	stream, err := c.Command(ctx, "x")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(stream, make([]byte, 8)); err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := stream.Wait(); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	pid, err := os.ReadFile(child)
	if err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(ample); time.Now().Before(end); {
		if err := exec.Command("sh", "-c", "kill -0 "+string(pid)+" 2>/dev/null && ! grep -q 'State:.Z' /proc/"+strings.TrimSpace(string(pid))+"/status").Run(); err != nil {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Error("the child lives on")
}
