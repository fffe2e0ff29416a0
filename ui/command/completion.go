package command

import (
	"embed"
	"regexp"
	"slices"
	"strings"
	"text/template"

	"github.com/urfave/cli/v2"
)

//go:embed completion
var completionScripts embed.FS

func (s *Session) completionCommand(app *cli.App) *cli.Command {
	shells := []string{"bash", "zsh", "fish"}
	return &cli.Command{
		Name:      "completion",
		Usage:     "print a completion script for a shell",
		ArgsUsage: strings.Join(shells, "|"),
		Description: `Examples:
  bash: latus completion bash > ~/.local/share/bash-completion/completions/latus
  zsh:  latus completion zsh > ~/.zfunc/_latus    (a directory in $fpath)
  fish: latus completion fish > ~/.config/fish/completions/latus.fish

Exit codes: 0 done, 2 wrong usage.`,
		Action: func(c *cli.Context) error {
			args := c.Args().Slice()
			if len(args) == 3 && args[0] == "words" { // the scripts ask so
				return s.completionWords(args[1], args[2])
			}
			args, err := operands(c, 1, 1)
			if err != nil {
				return err
			}
			if !slices.Contains(shells, args[0]) {
				err := usage("there is no completion for %q", args[0])
				err.hint = "the shells are " + strings.Join(shells, ", ")
				return err
			}
			return s.completion(app, args[0])
		},
	}
}

func (s *Session) completion(app *cli.App, shell string) error {
	t, err := template.New(shell).Funcs(template.FuncMap{
		"quote": quote, "join": strings.Join,
		"equals": func(value bool) string {
			if value {
				return "="
			}
			return ""
		},
	}).
		ParseFS(completionScripts, "completion/"+shell)
	if err != nil {
		return err
	}
	return t.ExecuteTemplate(s.Screen.Out, shell, completable(app.Commands, nil))
}

// completed is a command as the scripts see it.
type completed struct {
	Path   []string
	Usage  string
	Flags  []completedFlag
	Either []string // takes one of these
	Trees  bool     // takes trees
	Paths  bool     // takes files
	Hosts  bool     // which may be on other hosts
	Words  bool     // takes a tree, and then something that only the tree knows
	Subs   []completed
}

// completedFlag is a flag as the scripts see it.
type completedFlag struct {
	Long, Short, Usage string
	Value              bool
	Bare               bool // the value may be left out
	Files              bool // the value is a file
	Words              []string
}

func (c completed) Name() string { return c.Path[len(c.Path)-1] }

// All are all flags, with dashes.
func (c completed) All() []string {
	var all []string
	for _, f := range c.Flags {
		all = append(all, f.Names()...)
	}
	return append(all, "--help")
}

// Names are the flag's names, with dashes.
func (f completedFlag) Names() []string {
	names := []string{"--" + f.Long}
	if f.Short != "" {
		names = append(names, "-"+f.Short)
	}
	return names
}

// words are values that can be listed: a|b|c, not N|P%|off.
var words = regexp.MustCompile(`^[a-z-]+(\|[a-z-]+)+$`)

func completable(cmds []*cli.Command, path []string) []completed {
	var out []completed
	for _, c := range cmds {
		d := completed{
			Path: append(slices.Clone(path), c.Name), Usage: c.Usage,
			Trees: strings.Contains(c.ArgsUsage, "TREE"), Paths: c.ArgsUsage == "PLAN",
			Hosts: slices.Contains([]string{"sync", "diff", "plan", "watch"}, c.Name),
		}
		if words.MatchString(c.ArgsUsage) {
			d.Either = strings.Split(c.ArgsUsage, "|")
		}
		_, d.Words = treeWords[strings.Join(d.Path, " ")]
		d.Subs = completable(c.Subcommands, d.Path)
		for _, f := range c.Flags {
			d.Flags = append(d.Flags, completableFlag(f))
		}
		out = append(out, d)
	}
	return out
}

func completableFlag(f cli.Flag) completedFlag {
	doc := f.(cli.DocGenerationFlag)
	value, usage := placeholder(doc.GetUsage())
	d := completedFlag{Usage: usage, Value: doc.TakesValue(), Files: value == "FILE" || value == "TREE2"}
	if words.MatchString(value) {
		d.Words = strings.Split(value, "|")
	}
	if g, ok := f.(*cli.GenericFlag); ok {
		if c, ok := g.Value.(*choice); ok {
			d.Bare = c.bare != ""
		}
	}
	for _, n := range f.Names() {
		if len(n) == 1 {
			d.Short = n
		} else {
			d.Long = n
		}
	}
	return d
}

// placeholder splits a usage text into what the value is called, which stands in
// backquotes, and the rest.
func placeholder(usage string) (value, rest string) {
	before, after, ok := strings.Cut(usage, "`")
	if !ok {
		return "", usage
	}
	value, after, _ = strings.Cut(after, "`")
	return value, strings.TrimSpace(before + after)
}

// quote makes one word of s for a POSIX shell, zsh and fish; s holds no quote and
// no backslash.
func quote(s string) string {
	return "'" + strings.NewReplacer("'", "", `\`, "").Replace(s) + "'"
}
