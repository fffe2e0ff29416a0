package ssh

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// onTerminal, in the environment, makes TestMain a program that asks.
const onTerminal = "LATUS_TEST_ON_TERMINAL"

func TestMain(m *testing.M) {
	if os.Getenv(onTerminal) == "" {
		os.Exit(m.Run())
	}
	asker := NewAsker()
	if asker == nil {
		fmt.Println("there is no terminal")
		os.Exit(1)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	name, err := asker.Line(ctx, "Name? ")
	if err == nil {
		var secret string
		secret, err = asker.Secret(ctx, "Secret? ")
		fmt.Printf("%s has %s\n", name, secret)
	}
	if errors.Is(err, context.Canceled) {
		fmt.Println("interrupted")
	} else if err != nil {
		fmt.Println(err)
	}
}

// terminalOf starts this program on a terminal of its own, stdin and stdout
// elsewhere.
func terminalOf(t *testing.T) (master *os.File, done func() string) {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Skip("no terminals on this machine:", err)
	}
	t.Cleanup(func() { _ = master.Close() })
	n, err := unix.IoctlGetInt(int(master.Fd()), unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(int(master.Fd()), unix.TIOCSPTLCK, 0)
	}
	if err != nil {
		t.Fatal(err)
	}
	slave, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Skip("no terminals on this machine:", err)
	}
	defer slave.Close()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe)
	cmd.Env = append(os.Environ(), onTerminal+"=1")
	cmd.ExtraFiles = []*os.File{slave}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true, Ctty: 3}
	var out strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	timer := time.AfterFunc(ample, func() { _ = cmd.Process.Kill() })
	return master, func() string {
		_ = cmd.Wait()
		timer.Stop()
		return out.String()
	}
}

// expect reads the terminal until it shows text, and returns all it showed.
func expect(t *testing.T, master *os.File, text string) string {
	t.Helper()
	var seen []byte
	for !strings.Contains(string(seen), text) {
		b := make([]byte, 256)
		n, err := master.Read(b)
		if err != nil {
			t.Fatalf("the terminal shows %q, then %v", seen, err)
		}
		seen = append(seen, b[:n]...)
	}
	return string(seen)
}

func TestTerminalAsks(t *testing.T) {
	master, done := terminalOf(t)
	expect(t, master, "Name? ")
	if _, err := master.WriteString("Ann\n"); err != nil {
		t.Fatal(err)
	}
	shown := expect(t, master, "Secret? ")
	if !strings.Contains(shown, "Ann") {
		t.Errorf("a line is not shown: %q", shown)
	}
	if _, err := master.WriteString("sesame\n"); err != nil {
		t.Fatal(err)
	}
	if out := done(); out != "Ann has sesame\n" {
		t.Errorf("got %q", out)
	}
	if shown := expect(t, master, "\n"); strings.Contains(shown, "sesame") {
		t.Errorf("the secret is shown: %q", shown)
	}
}

func TestTerminalIsRestoredWhenInterrupted(t *testing.T) {
	master, done := terminalOf(t)
	expect(t, master, "Name? ")
	if _, err := master.WriteString("Ann\n"); err != nil {
		t.Fatal(err)
	}
	expect(t, master, "Secret? ")
	if _, err := master.WriteString("\x03"); err != nil {
		t.Fatal(err)
	}
	if out := done(); out != "Ann has \ninterrupted\n" {
		t.Errorf("got %q", out)
	}
	state, err := unix.IoctlGetTermios(int(master.Fd()), unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	if state.Lflag&unix.ECHO == 0 {
		t.Error("the terminal was left without echo")
	}
}
