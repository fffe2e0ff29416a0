package ssh

import (
	"context"
	"errors"
	"io"
	"os"
	"strings"

	"golang.org/x/term"
)

// Asker puts questions to a person. An answer ends without its newline.
type Asker interface {
	Line(ctx context.Context, prompt string) (string, error)
	Secret(ctx context.Context, prompt string) (string, error) // the answer is not shown
}

// terminal asks on the terminal of this process, whatever stdin and stdout are.
type terminal struct {
	in, out *os.File
}

// NewAsker returns one that asks on the terminal of this process, whatever stdin
// and stdout are; nil where there is none.
func NewAsker() Asker {
	t, err := openTerminal()
	if err != nil {
		return nil
	}
	t.close()
	return terminalAsker{}
}

// terminalAsker opens the terminal for each question: between them it belongs
// to others.
type terminalAsker struct{}

func (terminalAsker) Line(ctx context.Context, prompt string) (string, error) {
	return ask(ctx, prompt, true)
}

func (terminalAsker) Secret(ctx context.Context, prompt string) (string, error) {
	return ask(ctx, prompt, false)
}

// ask returns as soon as ctx ends, with the terminal as it was. A read of a
// terminal can't be interrupted everywhere, so the reader may be left behind
// then; the process is about to end.
func ask(ctx context.Context, prompt string, echo bool) (string, error) {
	t, err := openTerminal()
	if err != nil {
		return "", err
	}
	defer t.close()
	if !echo {
		state, err := term.GetState(int(t.in.Fd()))
		if err != nil {
			return "", err
		}
		if err := hideInput(t.in.Fd()); err != nil {
			return "", err
		}
		defer func() {
			_ = term.Restore(int(t.in.Fd()), state)
			_, _ = io.WriteString(t.out, "\n")
		}()
	}
	if _, err := io.WriteString(t.out, prompt); err != nil {
		return "", err
	}
	type answer struct {
		text string
		err  error
	}
	answers := make(chan answer, 1)
	go func() {
		text, err := readLine(t.in)
		answers <- answer{text, err}
	}()
	select {
	case a := <-answers:
		return a.text, a.err
	case <-ctx.Done():
		return "", context.Cause(ctx)
	}
}

// readLine reads byte by byte: what follows is not for us.
func readLine(r io.Reader) (string, error) {
	var line []byte
	for b := make([]byte, 1); ; {
		n, err := r.Read(b)
		switch {
		case n == 1 && b[0] == '\n':
			return strings.TrimSuffix(string(line), "\r"), nil
		case n == 1 && len(line) == 1<<10:
			return "", errors.New("the answer is too long")
		case n == 1:
			line = append(line, b[0])
		case err == io.EOF:
			return "", errors.New("no answer")
		case err != nil:
			return "", err
		}
	}
}

func (t *terminal) close() {
	_ = t.in.Close()
	if t.out != t.in {
		_ = t.out.Close()
	}
}

// printable makes a text from a host fit for a terminal.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' || r >= ' ' && r != 0x7f && !(r >= 0x80 && r < 0xa0) {
			return r
		}
		return '?'
	}, strings.ReplaceAll(s, "\r\n", "\n"))
}
