package command

import (
	"fmt"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
)

// request is a command line that was understood.
type request struct {
	path    []string // the command, and its subcommand
	flags   []string // as --name=value, in the order given
	args    []string
	help    bool
	version bool
}

// argv is the request in the only shape that cli parses: flags right behind the
// command, what is not a flag behind "--".
func (r request) argv() []string {
	out := append([]string{"latus"}, r.path...)
	out = append(out, r.flags...)
	if len(r.args) > 0 {
		out = append(append(out, "--"), r.args...)
	}
	return out
}

// events tells whether the request is for a run that tells of itself in JSON, which ends
// with a summary.
func (r request) events() bool {
	runs := []string{"sync", "diff", "apply", "watch", "undo", "verify"}
	return len(r.path) > 0 && slices.Contains(runs, r.path[0]) && slices.Contains(r.flags, "--json")
}

// flagDef is what has to be known of a flag to read a command line.
type flagDef struct {
	long  string
	value bool
	bare  *choice // a flag whose value may be left out
}

// reader reads a command line word by word.
type reader struct {
	defs map[string]flagDef // of all commands: a flag means the same in each
	own  map[string]flagDef // of the command that was named: where one does not
	rest []string
	req  request
	cmds []*cli.Command // that the next word may name
}

// arrange reads a command line in the manner of GNU: flags anywhere, -nvi for
// -n -v -i, -p22 and -p 22, --name value and --name=value, "--" before what is
// no flag whatever it looks like. Errors are *usageError; what is understood of the rest
// is in the request all the same.
func arrange(app *cli.App, words []string) (request, error) {
	r := reader{defs: map[string]flagDef{}, rest: words, cmds: app.Commands}
	define(r.defs, app.Flags)
	everyCommand(app.Commands, func(c *cli.Command) { define(r.defs, c.Flags) })
	var wrong error
	for len(r.rest) > 0 {
		if err := r.word(r.next()); err != nil && wrong == nil {
			wrong = err
		}
	}
	if wrong != nil {
		return r.req, wrong
	}
	if r.req.help || r.req.version {
		return r.req, nil
	}
	return r.req, r.check(app)
}

// define adds what is not defined yet.
func define(defs map[string]flagDef, flags []cli.Flag) {
	for _, f := range flags {
		def := flagDef{long: f.Names()[0], value: f.(cli.DocGenerationFlag).TakesValue()}
		if g, ok := f.(*cli.GenericFlag); ok {
			if c, ok := g.Value.(*choice); ok && c.bare != "" {
				def.bare = c
			}
		}
		for _, n := range f.Names() {
			if _, ok := defs[n]; !ok {
				defs[n] = def
			}
		}
	}
}

func (r *reader) lookUp(name string) (flagDef, bool) {
	if def, ok := r.own[name]; ok {
		return def, true
	}
	def, ok := r.defs[name]
	return def, ok
}

func (r *reader) next() string {
	w := r.rest[0]
	r.rest = r.rest[1:]
	return w
}

func (r *reader) word(w string) error {
	switch {
	case w == "--":
		r.req.args = append(r.req.args, r.rest...)
		r.rest = nil
		return nil
	case strings.HasPrefix(w, "--"):
		return r.long(w[2:])
	case len(w) > 1 && w[0] == '-':
		return r.cluster(w)
	}
	if len(r.req.args) == 0 {
		if c := find(r.cmds, w); c != nil {
			r.req.path, r.cmds = append(r.req.path, c.Name), c.Subcommands
			r.own = map[string]flagDef{}
			define(r.own, c.Flags)
			return nil
		}
	}
	r.req.args = append(r.req.args, w)
	return nil
}

func (r *reader) long(w string) error {
	name, value, given := strings.Cut(w, "=")
	def, known := r.lookUp(name)
	switch {
	case !known || len(name) == 1:
		return r.unknown("--" + name)
	case given:
		if !def.value {
			return usage("--%s takes no value", name)
		}
	case def.bare != nil:
		var err error
		if value, err = r.bare("--"+name, def.bare); err != nil {
			return err
		}
	case def.value:
		if len(r.rest) == 0 {
			return usage("--%s needs a value", name)
		}
		value = r.next()
	}
	r.flag(def, value)
	return nil
}

// cluster reads short flags written together.
func (r *reader) cluster(w string) error {
	for s := w[1:]; s != ""; {
		n := s[:1]
		s = s[1:]
		def, known := r.lookUp(n)
		value := ""
		switch {
		case !known:
			return r.unknown("-" + n)
		case !def.value:
			if strings.HasPrefix(s, "=") {
				return usage("-%s takes no value", n)
			}
		case def.bare != nil:
			if v := strings.TrimPrefix(s, "="); slices.Contains(def.bare.of, v) {
				value, s = v, ""
			} else if s == "" {
				var err error
				if value, err = r.bare("-"+n, def.bare); err != nil {
					return err
				}
			} else {
				value = def.bare.bare
			}
		case s != "":
			value, s = strings.TrimPrefix(s, "="), ""
		default:
			if len(r.rest) == 0 {
				return usage("-%s needs a value", n)
			}
			value = r.next()
		}
		r.flag(def, value)
	}
	return nil
}

func (r *reader) flag(def flagDef, value string) {
	switch {
	case def.long == "help":
		r.req.help = true
	case def.long == "version" && !def.value:
		r.req.version = true
	case def.value:
		r.req.flags = append(r.req.flags, "--"+def.long+"="+value)
	default:
		r.req.flags = append(r.req.flags, "--"+def.long)
	}
}

// check refuses flags of other commands, and words that are no command.
func (r *reader) check(app *cli.App) error {
	cmd := &cli.Command{Name: "latus", Subcommands: app.Commands}
	for _, name := range r.req.path {
		cmd = find(cmd.Subcommands, name)
	}
	for _, f := range r.req.flags {
		name, value, given := strings.Cut(f[2:], "=")
		if !has(cmd.Flags, name) {
			if len(r.req.path) == 0 {
				return usage("--%s belongs behind a command", name)
			}
			return usage("latus %s has no flag --%s", strings.Join(r.req.path, " "), name)
		}
		if given && value == "" {
			return unset(usage("--%s: the value is empty", name))
		}
	}
	if len(cmd.Subcommands) > 0 && len(r.req.args) > 0 {
		return r.noCommand(cmd)
	}
	return nil
}

func (r *reader) noCommand(parent *cli.Command) error {
	word := r.req.args[0]
	var names []string
	for _, c := range parent.Subcommands {
		names = append(names, c.Name)
	}
	err := usage("there is no command %q", strings.Join(append(r.req.path, word), " "))
	if near := nearest(word, names); near != "" {
		err.hint = "did you mean " + shownWords(append(slices.Clip(r.req.path), near)...) + "?"
	} else if len(r.req.path) == 0 && len(r.req.args) > 1 {
		err.hint = "to make two trees equal: `latus sync TREE TREE`"
	} else { // the command on the line may be help itself
		err.hint = "see " + shownWords(append([]string{"help"}, r.req.path...)...)
	}
	return err
}

const always = "latus always does that: leave it out"

// fromRsync is what people who know rsync type, and latus has no flag for.
var fromRsync = map[string]string{
	"-a": always, "--archive": always,
	"-r": always, "--recursive": always,
	"-t": always, "--times": always,
	"-l": always, "--links": always,
	"-u":       "the newest version always wins; see --conflict",
	"--update": "the newest version always wins; see --conflict",
	"-P":       "use --progress", "--partial": always,
	"--delete": "deletions always travel. To put back whatever differs in the other trees: --mirror",
}

func (r *reader) unknown(flag string) error {
	err := usage("there is no flag %s", flag)
	if hint, ok := fromRsync[flag]; ok {
		err.hint = hint
		return err
	}
	var names []string
	for n := range r.defs {
		if len(n) > 1 {
			names = append(names, "--"+n)
		}
	}
	if near := nearest(flag, names); near != "" {
		err.hint = fmt.Sprintf("did you mean %s?", near)
	}
	return err
}

func find(cmds []*cli.Command, name string) *cli.Command {
	for _, c := range cmds {
		if c.HasName(name) {
			return c
		}
	}
	return nil
}

func has(flags []cli.Flag, name string) bool {
	return slices.ContainsFunc(flags, func(f cli.Flag) bool { return slices.Contains(f.Names(), name) })
}
