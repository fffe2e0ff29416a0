package command

import (
	"fmt"
	"io"
	"strings"

	"github.com/urfave/cli/v2"

	"latus/ui"
)

func (s *Session) helpCommand(app *cli.App) *cli.Command {
	return &cli.Command{
		Name:        "help",
		Usage:       "show help for latus, or for one command",
		ArgsUsage:   "[COMMAND [SUBCOMMAND]]",
		Description: "Example:\n  latus help sync",
		Action: func(c *cli.Context) error {
			return printHelp(s, app, c.Args().Slice())
		},
	}
}

// printHelp shows the help of a command, or of latus as a whole.
func printHelp(s *Session, app *cli.App, path []string) error {
	cmd := &cli.Command{Subcommands: app.Commands}
	for i, name := range path {
		parent := cmd
		if cmd = find(parent.Subcommands, name); cmd == nil {
			r := reader{req: request{path: path[:i], args: path[i : i+1]}}
			return r.noCommand(parent)
		}
	}
	var b strings.Builder
	h := helpText{w: &b, width: min(s.Screen.Fit(), 100)}
	if len(path) == 0 {
		h.overview(app)
	} else {
		h.command(path, cmd)
	}
	_, err := io.WriteString(s.Screen.Out, b.String())
	return err
}

type helpText struct {
	w     io.Writer
	width int
}

func (h helpText) overview(app *cli.App) {
	fmt.Fprintln(h.w, strings.Join(ui.Wrap("latus makes directory trees equal, two or many, here or over SSH, in one run that ends.", h.width), "\n"))
	fmt.Fprintln(h.w)
	fmt.Fprint(h.w, "Usage:\n  latus COMMAND [FLAG...] [ARGUMENT...]\n\nCommands:\n")
	h.commands(app.Commands)
	fmt.Fprint(h.w, "\nExample:\n  latus sync ~/documents laptop:documents\n")
	fmt.Fprint(h.w, "\n"+ui.Fold("Flags may stand anywhere on the line. `latus help COMMAND` tells more.\n", h.width))
}

func (h helpText) command(path []string, cmd *cli.Command) {
	fmt.Fprintf(h.w, "%s\n\nUsage:\n", cmd.Usage)
	if len(cmd.Subcommands) > 0 {
		for _, sub := range cmd.Subcommands {
			fmt.Fprintf(h.w, "  latus %s %s %s\n", strings.Join(path, " "), sub.Name, sub.ArgsUsage)
		}
		fmt.Fprint(h.w, "\nCommands:\n")
		h.commands(cmd.Subcommands)
	} else {
		line := "latus " + strings.Join(path, " ")
		if len(cmd.Flags) > 0 {
			line += " [FLAG...]"
		}
		fmt.Fprintln(h.w, strings.TrimRight("  "+line+" "+cmd.ArgsUsage, " "))
	}
	if len(cmd.Flags) > 0 {
		fmt.Fprint(h.w, "\nFlags:\n")
		h.flags(cmd.Flags)
	}
	if cmd.Description != "" {
		fmt.Fprintf(h.w, "\n%s\n", strings.TrimRight(cmd.Description, "\n"))
	}
}

func (h helpText) commands(cmds []*cli.Command) {
	rows := make([][2]string, len(cmds))
	for i, c := range cmds {
		rows[i] = [2]string{c.Name, c.Usage}
	}
	h.rows(rows)
}

func (h helpText) flags(flags []cli.Flag) {
	rows := make([][2]string, len(flags))
	for i, f := range flags {
		short, long := "    ", ""
		for _, n := range f.Names() {
			if len(n) == 1 {
				short = "-" + n + ", "
			} else {
				long = "--" + n
			}
		}
		value, usage := placeholder(f.(cli.DocGenerationFlag).GetUsage())
		if value != "" {
			long += " " + value
		}
		rows[i] = [2]string{short + long, usage}
	}
	h.rows(rows)
}

// rows lines up names and what is said about them, wrapped to the width. A long
// name gets a line of its own.
func (h helpText) rows(rows [][2]string) {
	const widest = 28
	left := 0
	for _, r := range rows {
		if w := ui.Cells(r[0]); w <= widest {
			left = max(left, w)
		}
	}
	for _, r := range rows {
		name := r[0]
		if ui.Cells(name) > left {
			fmt.Fprintf(h.w, "  %s\n", name)
			name = ""
		}
		for _, line := range ui.Wrap(r[1], max(h.width-left-4, 20)) {
			fmt.Fprintf(h.w, "  %s  %s\n", ui.Pad(name, left), line)
			name = ""
		}
	}
}
