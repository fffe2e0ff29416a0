package command

import (
	"context"
	"errors"
	"os"
	"strings"

	"golang.org/x/term"

	"latus/remote/ssh"
)

// errDeclined ends a run whose plan was shown and not wanted.
var errDeclined = errors.New("not confirmed: nothing was changed")

// confirmation asks whether the plans that were shown shall be carried out.
func confirmation(asker ssh.Asker) func(context.Context) error {
	return func(ctx context.Context) error { return confirm(ctx, asker, "carry this out?") }
}

// confirm puts a question. Only a plain yes is one.
func confirm(ctx context.Context, asker ssh.Asker, question string) error {
	answer, err := asker.Line(ctx, question+" [y/N] ")
	if err != nil {
		return err
	}
	switch strings.ToLower(strings.TrimSpace(answer)) {
	case "y", "yes":
		return nil
	}
	return errDeclined
}

// attended tells whether a person types into what this process reads, so that there is
// somebody to ask who was not asked to be asked.
func (s *Session) attended() bool {
	f, ok := s.Stdin.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
