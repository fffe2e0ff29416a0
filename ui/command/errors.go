package command

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"syscall"

	"latus/remote"
	"latus/remote/wire"
	"latus/sync/peer"
	"latus/sync/replica"
	"latus/sync/tree"
	"latus/ui"
)

// usageError is a command line that makes no sense.
type usageError struct {
	text string
	hint string // "": the general one

	there string // the tree that is on another machine than where the command can be run; "": no such tree
}

func (e *usageError) Error() string { return e.text }

func usage(format string, args ...any) *usageError {
	return &usageError{text: fmt.Sprintf(format, args...)}
}

// unset is for an empty word: it was meant to be something.
func unset(err *usageError) *usageError {
	err.hint = "was a variable not set? Leave the word out if nothing is meant"
	return err
}

// advised is an error that knows better what to do than its kind.
type advised struct {
	error
	hint string
}

func (e *advised) Unwrap() error { return e.error }

func advise(err error, hint string) error { return &advised{err, hint} }

// exitCode ends a command whose output has said all there is to say.
type exitCode int

func (e exitCode) Error() string { return fmt.Sprintf("exit %d", int(e)) }

// outcome is how a run ended that came to err: what its summary says of that, and
// what the command returns. left: it left something undone.
func outcome(ctx context.Context, err error, left bool) (*ui.Failure, int, error) {
	switch {
	case err != nil:
		if ctx.Err() != nil {
			err = ctx.Err() // whatever broke, it broke because of that
		}
		f := diagnose(err)
		return &f, f.Exit, err
	case left:
		return nil, ui.ExitLeft, exitCode(ui.ExitLeft)
	}
	return nil, 0, nil
}

// badValue words what the flag package says about a value.
func badValue(err error) error {
	const between = `" for flag -`
	text := err.Error()
	i := strings.Index(text, between)
	if !strings.HasPrefix(text, "invalid value ") || i < 0 {
		return usage("%s", text)
	}
	return usage("--%s", text[i+len(between):])
}

// diagnose says what an error means to a person: one line, what to do about it,
// and the exit code.
func diagnose(err error) ui.Failure {
	fault, about := cause(err)
	f := ui.Failure{Text: oneLine(err), Hint: ui.Hint(fault, about), Exit: fault.Exit()}
	if u := (*usageError)(nil); errors.As(err, &u) && u.hint != "" {
		f.Hint = u.hint
	}
	if a := (*advised)(nil); errors.As(err, &a) {
		f.Hint = a.hint
	}
	if fault == ui.Interrupted {
		f.Text = "interrupted"
	}
	return f
}

// oneLine is the text of an error, which may be several that were joined.
func oneLine(err error) string {
	return strings.ReplaceAll(strings.TrimSpace(err.Error()), "\n", "; ")
}

func cause(err error) (ui.Fault, ui.About) {
	var (
		refusal *peer.Refusal
		bad     *usageError
		old     *outdated
	)
	switch {
	case errors.Is(err, context.Canceled):
		return ui.Interrupted, ui.About{}
	case errors.As(err, &refusal) && refusal.Cause == peer.NotAllowed:
		about := ui.About{Tree: refusal.Tree}
		if t, err := remote.ParseTarget(refusal.Tree); err == nil && t.Kind == remote.Local {
			about.List = typed(refusal.Tree, "peers")
		}
		return ui.NotAllowed, about
	case errors.As(err, &refusal) && refusal.Cause != peer.Fatal:
		return ui.FaultOf(refusal.Cause), ui.About{Tree: refusal.Tree}
	case errors.As(err, &bad):
		return ui.Usage, ui.About{}
	case errors.As(err, &old):
		return ui.Outdated, ui.About{}
	case errors.Is(err, errDeclined):
		return ui.Declined, ui.About{}
	case errors.Is(err, replica.ErrNoTree):
		return ui.NotATree, ui.About{}
	}
	if fault, about := remoteCause(err); fault != ui.Fatal {
		return fault, about
	}
	switch {
	case errors.Is(err, wire.ErrSilent), errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, context.DeadlineExceeded):
		return ui.TimedOut, ui.About{}
	case errors.Is(err, tree.ErrNoSpace), errors.Is(err, syscall.ENOSPC):
		return ui.NoSpace, ui.About{}
	case errors.Is(err, tree.ErrReadOnly):
		return ui.NoWriting, ui.About{}
	case errors.Is(err, fs.ErrPermission):
		return ui.NoPermission, ui.About{}
	}
	return ui.Fatal, ui.About{}
}
