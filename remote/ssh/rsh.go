package ssh

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// pipeGrace is how long stderr of an ended process may be held open by what it
// has left behind, as ssh does with ControlPersist.
const pipeGrace = 500 * time.Millisecond

// rsh runs remote commands through a program of the user's, as rsync -e does.
type rsh struct {
	typed  string // what the words are of
	words  []string
	host   Host
	stderr io.Writer
}

func newRsh(command string, h Host, stderr io.Writer) (*rsh, error) {
	words, err := splitShell(command, runtime.GOOS == "windows")
	if err == nil && len(words) == 0 {
		err = errors.New("no command")
	}
	if err != nil {
		return nil, fmt.Errorf("remote shell %q: %w", command, err)
	}
	return &rsh{typed: strings.TrimSpace(command), words: words, host: h, stderr: stderr}, nil
}

// start runs CMD [-p PORT] [-l USER] [-s] HOST COMMAND.
func (r *rsh) start(ctx context.Context, command string, subsystem bool) (*Stream, error) {
	args := append([]string(nil), r.words[1:]...)
	if r.host.Port != 0 {
		args = append(args, "-p", strconv.Itoa(r.host.Port))
	}
	if r.host.User != "" {
		args = append(args, "-l", r.host.User)
	}
	if subsystem {
		args = append(args, "-s")
	}
	cmd := exec.Command(r.words[0], append(args, r.host.Name, command)...)
	stderr := &tail{next: r.stderr}
	pipes, err := startProcess(cmd, stderr)
	if err != nil {
		return nil, &ConnectError{Host: r.host.Name, Op: "run " + r.words[0], Via: r.via(), Err: err}
	}
	s := &Stream{stdin: pipes.in, stdout: pipes.out, stderr: stderr, end: pipes.end}
	return s.start(ctx, func() error {
		err := cmd.Wait()
		_ = pipes.in.Close()
		err = commandError(r.host.Name, err, stderr)
		if command, ok := errors.AsType[*CommandError](err); ok {
			command.Via = r.via()
		}
		return err
	}), nil
}

// via is the program with its options, as the user typed it, quotes and all.
func (r *rsh) via() string { return r.typed }

func (r *rsh) close() error { return nil }

// commandError states how a local process ended.
func commandError(host string, err error, stderr *tail) error {
	var exit *exec.ExitError
	switch {
	case err == nil || errors.Is(err, exec.ErrWaitDelay):
		return nil
	case errors.As(err, &exit) && exit.ExitCode() >= 0:
		return &CommandError{Host: host, Status: exit.ExitCode(), Stderr: stderr.String()}
	}
	return &CommandError{Host: host, Status: -1, Stderr: stderr.String(), Err: err}
}

// processPipes are our ends of a process's stdin and stdout.
type processPipes struct {
	in, out *os.File
	end     func() // kills the process and unblocks whoever reads or writes
}

// startProcess starts cmd between two pipes. The caller waits for it.
func startProcess(cmd *exec.Cmd, stderr io.Writer) (*processPipes, error) {
	theirIn, in, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer theirIn.Close()
	out, theirOut, err := os.Pipe()
	if err != nil {
		_ = in.Close()
		return nil, err
	}
	defer theirOut.Close()
	cmd.Stdin, cmd.Stdout, cmd.Stderr = theirIn, theirOut, stderr
	cmd.WaitDelay = pipeGrace
	isolate(cmd)
	if err := cmd.Start(); err != nil {
		_, _ = in.Close(), out.Close()
		return nil, err
	}
	return &processPipes{in: in, out: out, end: func() {
		kill(cmd)
		_, _ = in.Close(), out.Close()
	}}, nil
}

// splitShell cuts a command into words as a shell does, quotes and backslashes
// included; on Windows a backslash is part of a path.
func splitShell(s string, windows bool) ([]string, error) {
	var words []string
	var word strings.Builder
	inWord := false
	var quote byte
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case quote == 0 && (c == ' ' || c == '\t' || c == '\n'):
			if inWord {
				words = append(words, word.String())
				word.Reset()
			}
			inWord = false
			continue
		case quote == 0 && (c == '\'' || c == '"'):
			quote = c
		case quote != 0 && c == quote:
			quote = 0
		case c == '\\' && !windows && quote != '\'' && (quote == 0 || i+1 < len(s) && strings.IndexByte("\\\"$`", s[i+1]) >= 0):
			if i++; i == len(s) {
				return nil, errors.New("it ends in a backslash")
			}
			word.WriteByte(s[i])
		default:
			word.WriteByte(c)
		}
		inWord = true
	}
	if quote != 0 {
		return nil, errors.New("a quote is not closed")
	}
	if inWord {
		words = append(words, word.String())
	}
	return words, nil
}
