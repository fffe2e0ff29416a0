package remote

import (
	"fmt"
	"strings"
)

// ServeCommand is the command line that starts latus for a tree on another
// machine. Any shell that is used for logins there will do (sh, bash, zsh, fish,
// csh): it only has to start sh. latusPath is a piece of sh, as rsync's
// --rsync-path is ("sudo latus", "~/bin/latus"); if it is "", latus is looked for
// in the PATH and where it is usually installed, and the status is 127 if it is
// nowhere. A tree is relative to the login directory unless it begins with "/".
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
		script += `for l in latus "$HOME/.local/bin/latus" "$HOME/go/bin/latus" /usr/local/bin/latus /opt/homebrew/bin/latus "$HOME"/` + installDir + `/*/latus; do ` +
			`if command -v "$l" >/dev/null 2>&1; then exec "$l" serve --stdio ` + arg + `; fi; done; ` +
			`echo "latus: command not found" >&2; exit 127`
	}
	return "sh -c " + Quote(script) + " sh " + Quote(tree)
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
