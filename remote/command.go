package remote

import (
	"context"
	"fmt"
	"strings"

	"latus/remote/ssh"
)

// ServeCommand is the command line that starts latus for a tree on another
// machine. Any shell that is used for logins there will do (sh, bash, zsh, fish,
// csh): it only has to start sh. latusPath is a piece of sh, as rsync's
// --rsync-path is ("sudo latus", "~/bin/latus"); if it is "", the first latus of the
// host is run, in the order of Latuses, and the status is 127 if there is none. A tree is relative to the login directory unless it begins with "/".
func ServeCommand(latusPath, tree string) string {
	switch {
	case tree == "":
		tree = "."
	case tree[0] == '-':
		tree = "./" + tree
	}
	arg := `"$1"`
	decode := ""
	if !plain(tree) {
		// No quoting brings a newline through every shell: such names are
		// spelled in octal, and the x keeps a newline at the end.
		decode = `t=$(printf %bx "$1"); `
		arg = `"${t%x}"`
		tree = octal(tree)
	}
	script := decode
	if latusPath != "" {
		script += latusPath + " serve --stdio " + arg
	} else {
		script += everyLatus(`if command -v "$l" >/dev/null 2>&1; then exec "$l" serve --stdio `+arg+`; fi`) +
			`; echo "` + nowhere + `" >&2; exit 127`
	}
	return "sh -c " + Quote(script) + " sh " + Quote(tree)
}

// nowhere is what ServeCommand's script says where there is no latus.
const nowhere = "latus: command not found"

// NoLatus tells whether it was latus that was looked for on a host, in all places where
// ServeCommand looks, and is not there.
func NoLatus(e *ssh.CommandError) bool { return e.NotFound() && strings.Contains(e.Stderr, nowhere) }

// everyLatus is a piece of sh that does what do says with each place $l where a latus
// may be: what was put there last, the PATH, where it is usually installed, and what
// was put there earlier, the newest first. It is one line, for csh.
func everyLatus(do string) string {
	return `h=$HOME/` + installDir + `; ` +
		`for l in "$h/latus" latus "$HOME/.local/bin/latus" "$HOME/go/bin/latus" /usr/local/bin/latus /opt/homebrew/bin/latus; do ` + do + `; done; ` +
		`for v in $(cd "$h" 2>/dev/null && ls -t */latus 2>/dev/null); do l=$h/$v; ` + do + `; done`
}

// Latuses asks a host which latuses it has, where ServeCommand looks for them, and in
// that order. What is named can be given to ServeCommand, quoted.
func (c *Conn) Latuses(ctx context.Context) ([]string, error) {
	said, err := c.script(ctx, `s=:; `+everyLatus(`p=$(command -v "$l" 2>/dev/null) && case $s in *":$p:"*) ;; *) s=$s$p:; esac`)+`; echo "latus<$s>"`, nil)
	if err != nil {
		return nil, err
	}
	return strings.FieldsFunc(said, func(r rune) bool { return r == ':' }), nil
}

// Quote makes one word of s for every common shell. A newline can't be had in csh.
func Quote(s string) string {
	// In single quotes fish acts on a backslash and csh on "!", so both stand
	// outside of them.
	return "'" + strings.NewReplacer(`'`, `'\''`, `\`, `'\\'`, `!`, `'\!'`).Replace(s) + "'"
}

// plain reports whether a path needs no more than quotes.
func plain(s string) bool {
	for i := range len(s) {
		switch c := s[i]; {
		case isLetter(c), '0' <= c && c <= '9', strings.IndexByte(" _-+.,/:=@%", c) >= 0:
		default:
			return false
		}
	}
	return true
}

// octal spells every byte that is not plain as printf's %b reads it.
func octal(s string) string {
	var b strings.Builder
	for i := range len(s) {
		if plain(s[i : i+1]) {
			b.WriteByte(s[i])
		} else {
			fmt.Fprintf(&b, `\0%03o`, s[i])
		}
	}
	return b.String()
}
