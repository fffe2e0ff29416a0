//go:build unix

package ssh

import (
	"errors"
	"fmt"
	"io"
	"syscall"
	"testing"
	"time"

	"latus/internal/sshtest"
)

// Whoever says how long to wait is obeyed after the connection was made, too, whatever
// runs over it, and is told what happened.
func TestATimeoutHoldsWhileACommandRuns(t *testing.T) {
	s := sshtest.Start(t, sshtest.Options{})
	const timeout = time.Second
	c, err := reach(t, s, func(o *Options) { o.Timeout = timeout })
	if err != nil {
		t.Fatal(err)
	}
	stream, err := c.Command(t.Context(), "echo $PPID; exec sleep 60")
	if err != nil {
		t.Fatal(err)
	}
	var pid int
	if _, err := fmt.Fscanln(stream, &pid); err != nil {
		t.Fatal(err)
	}
	time.Sleep(2 * timeout) // a host that answers is not silent
	if !c.Alive() {
		t.Error("a host that answers is said to be dead")
	}
	if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	defer syscall.Kill(pid, syscall.SIGKILL)
	stuck := time.AfterFunc(20*timeout, func() { c.Close() })
	defer stuck.Stop()
	start := time.Now()
	_, _ = io.Copy(io.Discard, stream)
	var late *TimeoutError
	if err := stream.Wait(); !errors.As(err, &late) || late.After != timeout {
		t.Errorf("got %v", err)
	}
	if took := time.Since(start); took < timeout/2 || took > 5*timeout {
		t.Errorf("it took %v", took)
	}
	if c.Alive() {
		t.Error("a dead host is said to live")
	}
}
