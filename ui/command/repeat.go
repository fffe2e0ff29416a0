package command

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"latus/remote"
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
// instead, and one that would name a host name it as this run does.
func (o *syncOptions) adviseFlags(err error, trees []string) error {
	if err == nil || errors.As(err, new(*advised)) {
		return err
	}
	fault, about := cause(err)
	about.Login = o.login(about, trees)
	switch {
	case fault == ui.OtherGroup, fault == ui.NotMounted, fault == ui.NoLatus:
		about.Join, about.Install = o.adding(trees, "join"), o.adding(trees, "install")
		return advise(err, ui.Hint(fault, about))
	case about.Login != "":
		return advise(err, ui.Hint(fault, about))
	}
	return err
}

// login is how the host of a fault is named to ssh as this run named it, with user and port;
// "" if none of trees is there.
func (o *syncOptions) login(about ui.About, trees []string) string {
	for _, spec := range trees {
		t, err := remote.ParseTarget(spec)
		if err != nil || t.Kind == remote.Local || t.Host != about.Host {
			continue
		}
		words := ui.Word(t.Host, t.Host)
		switch {
		case t.User != "" && about.Via != "": // as rsync -e has it
			words = "-l " + ui.Word(t.User, "USER") + " " + words
		case t.User != "":
			words = ui.Word(t.User+"@"+t.Host, words)
		}
		if port := cmp.Or(t.Port, o.port.value); port != 0 {
			words = fmt.Sprintf("-p %d %s", port, words)
		}
		return words
	}
	return ""
}
