package command

import (
	"errors"
	"slices"
	"strconv"

	"latus/ui"
)

// repeated are the flags that any other run of the same trees needs as well: those that
// say how hosts are reached, which paths count, and what of them travels.
func (o *syncOptions) repeated() []string {
	words := slices.Clone(o.patterns.given)
	for _, f := range []struct {
		given bool
		flag  string
	}{
		{o.hardLinks, "--hard-links"}, {o.owner, "--owner"}, {o.xattrs, "--xattrs"},
		{o.checksum, "--checksum"}, {o.join, "--join"}, {o.nice, "--nice"},
	} {
		if f.given {
			words = append(words, f.flag)
		}
	}
	port := ""
	if o.port.value != 0 {
		port = strconv.Itoa(o.port.value)
	}
	for _, f := range []struct{ flag, value string }{
		{"--rsh", o.rsh}, {"--latus-path", o.latusPath}, {"--port", port}, {"--identity", o.identity},
		{"--ssh-config", o.sshConfig}, {"--known-hosts", o.knownHosts}, {"--timeout", o.timeout.text}, {"--bwlimit", o.bandwidth.text},
	} {
		if f.value != "" {
			words = append(words, f.flag, f.value)
		}
	}
	if v := o.compress.value; v != "" && v != "auto" {
		words = append(words, "--compress", v)
	}
	return words
}

// shownSync is a sync of trees with some flags, and with those that were given for this
// run and matter to that one, as it stands in a sentence.
func (o *syncOptions) shownSync(trees []string, flags ...string) string {
	words := slices.Concat([]string{"sync"}, flags, o.repeated())
	for _, tree := range trees {
		words = append(words, ui.NoFlag(tree))
	}
	return shownWords(words...)
}

// adding says what to do with a flag that sync has: that it may be added, or, to a command
// that has it not, the sync of the same trees that has.
func (o *syncOptions) adding(trees []string, flag string) string {
	if slices.Contains(o.lacking, flag) {
		return o.shownSync(trees, "--"+flag)
	}
	return "--" + flag
}

// adviseFlags has a hint that would name a flag which the command has not name a sync
// instead.
func (o *syncOptions) adviseFlags(err error, trees []string) error {
	if err == nil || errors.As(err, new(*advised)) {
		return err
	}
	fault, about := cause(err)
	switch fault {
	case ui.OtherGroup, ui.NotMounted, ui.NoLatus:
		about.Join, about.Install = o.adding(trees, "join"), o.adding(trees, "install")
		return advise(err, ui.Hint(fault, about))
	}
	return err
}
