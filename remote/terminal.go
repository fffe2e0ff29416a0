package remote

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

// newAsker returns nil where there is no terminal.
func newAsker() Asker {
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
	return ask(ctx, prompt, func(t *terminal) (string, error) {
		var line []byte
		for b := make([]byte, 1); ; {
			n, err := t.in.Read(b)
			switch {
			case n == 1 && b[0] == '\n':
				return strings.TrimSuffix(string(line), "\r"), nil
			case n == 1 && len(line) < 1024:
				line = append(line, b[0])
			case err != nil:
				return "", err
			}
		}
	})
}

func (terminalAsker) Secret(ctx context.Context, prompt string) (string, error) {
	return ask(ctx, prompt, func(t *terminal) (string, error) {
		secret, err := term.ReadPassword(int(t.in.Fd()))
		_, _ = io.WriteString(t.out, "\n")
		return string(secret), err
	})
}

// ask returns as soon as ctx ends, with the terminal as it was. A read of a
// terminal can't be interrupted everywhere, so the reader may be left behind
// then; the process is about to end.
func ask(ctx context.Context, prompt string, read func(*terminal) (string, error)) (string, error) {
	t, err := openTerminal()
	if err != nil {
		return "", err
	}
	state, err := term.GetState(int(t.in.Fd()))
	if err != nil {
		t.close()
		return "", err
	}
	if _, err := io.WriteString(t.out, prompt); err != nil {
		t.close()
		return "", err
	}
	type answer struct {
		text string
		err  error
	}
	answers := make(chan answer, 1)
	go func() {
		defer t.close()
		text, err := read(t)
		answers <- answer{text, err}
	}()
	select {
	case a := <-answers:
		if errors.Is(a.err, io.EOF) {
			a.err = errors.New("no answer")
		}
		return a.text, a.err
	case <-ctx.Done():
		_ = term.Restore(int(t.in.Fd()), state)
		_, _ = io.WriteString(t.out, "\n")
		return "", context.Cause(ctx)
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
