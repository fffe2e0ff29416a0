// Package command is the command line of latus: what can be typed, what it
// means, and the wiring of everything below it. A command is in the file of its
// name; other files have what commands share, or parts of one.
package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"
	"golang.org/x/term"

	"latus/ui"
)

// Session is what a command line runs in: one of them for each.
type Session struct {
	Screen  ui.Screen
	Stdin   io.Reader // the protocol, in latus serve; patterns and plans named "-"
	Now     func() time.Time
	Version string       // of this latus
	Log     *slog.Logger // for those who look for a mistake in latus

	summed  bool // a run has shown its summary
	outputs []*output
}

// NewSession is the session of this process.
func NewSession(version string) *Session {
	s := &Session{
		Screen:  ui.Screen{Err: os.Stderr},
		Stdin:   os.Stdin,
		Now:     time.Now,
		Version: versionOf(version),
		Log:     slog.New(slog.DiscardHandler),
	}
	s.Screen.Out = s.output("the output", os.Stdout)
	dumb := os.Getenv("TERM") == "dumb"
	s.Screen.OutTerminal = term.IsTerminal(int(os.Stdout.Fd()))
	s.Screen.ErrTerminal = term.IsTerminal(int(os.Stderr.Fd())) && !dumb
	s.Screen.OutColor = colourful() && s.Screen.OutTerminal
	s.Screen.ErrColor = colourful() && s.Screen.ErrTerminal
	if runtime.GOOS != "windows" && !ui.SpeaksUTF8(os.Getenv) {
		ui.SpeakASCII()
	}
	s.Screen.Now = func() int {
		for _, f := range []*os.File{os.Stdout, os.Stderr} {
			if w, _, err := term.GetSize(int(f.Fd())); err == nil {
				return w
			}
		}
		return 0
	}
	return s
}

// colourful tells whether colours are welcome, on a terminal.
func colourful() bool {
	return os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
}

// Main runs a command line, without the name of the program, and returns the
// exit code. What went wrong has been said by then. A cancelled ctx ends it soon.
func Main(ctx context.Context, args []string, s *Session) int {
	app := newApp(s)
	req, err := arrange(app, args)
	switch {
	case err != nil:
	case req.version && !req.help:
		err = printVersion(s)
	case req.help || len(req.path) == 0:
		err = printHelp(s, app, req.path)
	default:
		err = app.RunContext(ctx, req.argv())
	}
	if unheard(err) {
		return ui.ExitOK
	}
	left := exitCode(0)
	if err == nil || errors.As(err, &left) {
		return s.delivered(int(left))
	}
	if u := (*usageError)(nil); errors.As(err, &u) {
		switch {
		case u.there != "":
			u.hint = runThere(u.there, req)
		case u.hint == "" && len(req.path) > 0:
			u.hint = "see " + shownWords(append([]string{"help"}, req.path...)...)
		}
	}
	f := diagnose(err)
	if req.events() && !s.summed {
		// Who reads events gets a summary, whatever happens.
		ui.NewJSON(s.Screen.Out, nil, false, s.Now).End(ui.Summary{Failure: &f, Exit: f.Exit})
	}
	s.complain(f)
	return f.Exit
}

// unheard tells whether a command ended because nobody reads what it prints any more,
// as with `latus log TREE | head`. That is no failure, and nothing to be said.
func unheard(err error) bool {
	var pe *os.PathError
	return errors.As(err, &pe) && pe.Path == os.Stdout.Name() && pipeClosed(pe.Err)
}

func (s *Session) complain(f ui.Failure) {
	text := "latus: " + ui.Safe(f.Text) + "\n"
	if f.Hint != "" {
		text += "hint: " + f.Hint + "\n"
	}
	io.WriteString(s.Screen.Err, ui.Fold(text, s.Screen.ErrWidth()))
}

func newApp(s *Session) *cli.App {
	app := &cli.App{
		Name:                      "latus",
		Usage:                     "make directory trees equal",
		HideHelp:                  true,
		HideVersion:               true,
		DisableSliceFlagSeparator: true,
		Writer:                    s.Screen.Out,
		ErrWriter:                 s.Screen.Err,
		ExitErrHandler:            func(*cli.Context, error) {},
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "help", Aliases: []string{"h"}, Usage: "show help"},
			&cli.BoolFlag{Name: "version", Usage: "show the version"},
		},
	}
	app.Commands = []*cli.Command{
		s.syncCommand(), s.diffCommand(), s.planCommand(), s.applyCommand(), s.watchCommand(), s.statusCommand(), s.logCommand(), s.conflictsCommand(), s.resolveCommand(),
		s.undoCommand(), s.verifyCommand(),
		s.trashCommand(), s.restoreCommand(), s.reportCommand(), s.peersCommand(), s.forgetCommand(), s.serveCommand(), s.completionCommand(app),
		s.manualCommand(app), s.versionCommand(), s.helpCommand(app),
	}
	everyCommand(app.Commands, func(c *cli.Command) {
		c.HideHelp, c.HideHelpCommand = true, true
		c.OnUsageError = func(_ *cli.Context, err error, _ bool) error { return badValue(err) }
		if len(c.Subcommands) > 0 {
			c.Action = func(*cli.Context) error {
				return usage("latus %s: which command?", c.Name)
			}
		}
	})
	return app
}

// everyCommand calls f for all commands, at every depth.
func everyCommand(cmds []*cli.Command, f func(*cli.Command)) {
	for _, c := range cmds {
		f(c)
		everyCommand(c.Subcommands, f)
	}
}

// operands checks how many words a command got besides its flags. most < 0: any
// number.
func operands(c *cli.Context, least, most int) ([]string, error) {
	args, name := c.Args().Slice(), commandName(c)
	if len(args) >= least && (most < 0 || len(args) <= most) {
		if i := slices.Index(args, ""); i >= 0 {
			return nil, unset(usage("%s: argument %d is empty", name, i+1))
		}
		return args, nil
	}
	err := usage("%s: %s", name, tooFewOrMany(len(args), least))
	err.hint = fmt.Sprintf("usage: %s %s", name, c.Command.ArgsUsage)
	return nil, err
}

// commandName is all the words that name a command: latus trash list.
func commandName(c *cli.Context) string {
	var words []string
	for _, up := range c.Lineage() {
		if up.Command != nil && up.Command.Name != "" {
			words = append(words, up.Command.Name)
		}
	}
	slices.Reverse(words)
	return strings.Join(words, " ")
}

func tooFewOrMany(n, least int) string {
	if n < least {
		return "too few arguments"
	}
	return "too many arguments"
}
