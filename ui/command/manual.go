package command

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
)

// manualCommand prints what help prints, all of it, for man(1) or for a page.
func (s *Session) manualCommand(app *cli.App) *cli.Command {
	formats := map[string]func(io.Writer, *cli.App){"man": manPage, "markdown": markdown}
	return &cli.Command{
		Name:      "manual",
		Usage:     "print the manual",
		ArgsUsage: "man|markdown",
		Description: `Examples:
  latus manual man > /usr/local/share/man/man1/latus.1
  latus manual markdown > manual.md

Exit codes: 0 done, 2 wrong usage.`,
		Action: func(c *cli.Context) error {
			args, err := operands(c, 1, 1)
			if err != nil {
				return err
			}
			write, ok := formats[args[0]]
			if !ok {
				err := usage("there is no manual in the format %q", args[0])
				err.hint = "the formats are man, markdown"
				return err
			}
			var b strings.Builder
			write(&b, app)
			_, err = io.WriteString(s.Screen.Out, b.String())
			return err
		},
	}
}

// leaves calls f for every command that can be run, with its full name.
func leaves(cmds []*cli.Command, path []string, f func(name string, c *cli.Command)) {
	for _, c := range cmds {
		words := append(slices.Clone(path), c.Name)
		if len(c.Subcommands) > 0 {
			leaves(c.Subcommands, words, f)
			continue
		}
		f(strings.Join(words, " "), c)
	}
}

func synopsis(name string, c *cli.Command) string {
	if len(c.Flags) > 0 {
		name += " [FLAG...]"
	}
	return strings.TrimRight(name+" "+c.ArgsUsage, " ")
}

// flagLine is a flag as one types it, and what is said about it.
func flagLine(f cli.Flag) (names, text string) {
	value, text := placeholder(f.(cli.DocGenerationFlag).GetUsage())
	d := completableFlag(f)
	all := d.Names()
	slices.Reverse(all)
	names = strings.Join(all, ", ")
	if value != "" {
		names += " " + value
	}
	return names, text
}

const manualIntro = `latus makes directory trees equal, two or many, here or over SSH, in one run that
ends. Flags may stand anywhere on the line; -- ends them.`

// markdown writes the manual as a page. Text that is laid out by hand stays so.
func markdown(w io.Writer, app *cli.App) {
	fmt.Fprintf(w, "# The commands of latus\n\n%s\n", manualIntro)
	leaves(app.Commands, []string{"latus"}, func(name string, c *cli.Command) {
		fmt.Fprintf(w, "\n## %s\n\n%s\n\n    %s\n", name, c.Usage, synopsis(name, c))
		if len(c.Flags) > 0 {
			fmt.Fprint(w, "\n| flag | meaning |\n|---|---|\n")
		}
		for _, f := range c.Flags {
			names, text := flagLine(f)
			fmt.Fprintf(w, "| `%s` | %s |\n", escapeBar(names), escapeBar(text))
		}
		if c.Description != "" {
			fmt.Fprintf(w, "\n```text\n%s\n```\n", strings.TrimRight(c.Description, "\n"))
		}
	})
}

func escapeBar(s string) string { return strings.ReplaceAll(s, "|", `\|`) }

// manPage writes the manual for man(1), in the man macros.
func manPage(w io.Writer, app *cli.App) {
	fmt.Fprintf(w, ".TH LATUS 1\n.SH NAME\nlatus \\- %s\n.SH SYNOPSIS\n.nf\n", roff(app.Usage))
	leaves(app.Commands, []string{"latus"}, func(name string, c *cli.Command) {
		fmt.Fprintln(w, roff(synopsis(name, c)))
	})
	fmt.Fprintf(w, ".fi\n.SH DESCRIPTION\n%s\n", roff(manualIntro))
	leaves(app.Commands, []string{"latus"}, func(name string, c *cli.Command) {
		fmt.Fprintf(w, ".SH %s\n%s.\n", roff(strings.ToUpper(name)), roff(c.Usage))
		for _, f := range c.Flags {
			names, text := flagLine(f)
			fmt.Fprintf(w, ".TP\n.B %s\n%s\n", roff(names), roff(text))
		}
		if c.Description != "" {
			fmt.Fprintf(w, ".PP\n.nf\n%s\n.fi\n", roff(strings.TrimRight(c.Description, "\n")))
		}
	})
}

// roff escapes what would be a request or an escape.
func roff(s string) string {
	s = strings.NewReplacer(`\`, `\e`, "-", `\-`).Replace(s)
	lines := strings.Split(s, "\n")
	for i, l := range lines {
		if strings.HasPrefix(l, ".") || strings.HasPrefix(l, "'") {
			lines[i] = `\&` + l
		}
	}
	return strings.Join(lines, "\n")
}
