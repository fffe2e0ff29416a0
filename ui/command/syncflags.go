package command

import (
	"slices"
	"time"

	"github.com/urfave/cli/v2"

	"latus/index"
	"latus/remote/ssh"
	latussync "latus/sync"
	"latus/sync/peer"
	"latus/ui"
)

// syncOptions are the flags of sync.
type syncOptions struct {
	dry, verbose, quiet, itemize, json, stats bool
	oneWay, mirror, checksum, join, install   bool
	hardLinks, owner, xattrs                  bool
	confirm, nice                             bool
	progress, color, conflict, compress       choice
	patterns                                  patterns
	maxDelete                                 parsed[peer.Limit]
	bandwidth                                 parsed[int64] // bytes a second, 0: no limit
	timeout                                   parsed[time.Duration]
	port                                      parsed[int]
	rsh, latusPath                            string
	identity, sshConfig, knownHosts           string
	logFile                                   string

	lacking []string                       // flags of sync that the command has not
	peers   []index.PeerID                 // who the trees are, as soon as that is known
	again   bool                           // many runs are shown as one
	silent  bool                           // stdout is for something else
	also    ui.Printer                     // is told the same as who shows the run; nil: nobody
	planned func(*latussync.Outlook) error // as in a run's options
}

func newSyncOptions(s *Session) *syncOptions {
	when := []string{"auto", "always", "never"}
	return &syncOptions{
		progress:  choice{of: when, value: "auto", bare: "always"},
		color:     choice{of: when, value: "auto", bare: "always"},
		compress:  choice{of: when, value: "auto", bare: "always"},
		conflict:  choice{of: []string{"newest", "keep-both", "fail"}, value: "newest"},
		patterns:  patterns{stdin: s.Stdin},
		maxDelete: parsed[peer.Limit]{parse: parseLimit},
		bandwidth: parsed[int64]{parse: parseRate},
		timeout:   parsed[time.Duration]{parse: parseSeconds},
		port:      parsed[int]{parse: parsePort},
	}
}

func (o *syncOptions) flags() []cli.Flag {
	flag := func(to *bool, usage string, names ...string) cli.Flag {
		return &cli.BoolFlag{Name: names[0], Aliases: names[1:], Usage: usage, Destination: to}
	}
	text := func(to *string, usage string, names ...string) cli.Flag {
		return &cli.StringFlag{Name: names[0], Aliases: names[1:], Usage: usage, Destination: to}
	}
	value := func(to cli.Generic, usage string, names ...string) cli.Flag {
		return &cli.GenericFlag{Name: names[0], Aliases: names[1:], Usage: usage, Value: to}
	}
	pattern := func(add func(*patterns, string) error, usage, name string) cli.Flag {
		return value(&patternFlag{&o.patterns, add}, usage, name)
	}
	return []cli.Flag{
		flag(&o.dry, "show the changes that would be made, write nothing", "dry-run", "n"),
		flag(&o.verbose, "print one line for each change", "verbose", "v"),
		flag(&o.quiet, "print errors and problems only", "quiet", "q"),
		flag(&o.itemize, "print one line for each change as rsync -i: > toward the first tree, < toward the others", "itemize", "i"),
		flag(&o.json, "print one JSON object a line on stdout, the summary last", "json"),
		value(&o.progress, "`auto|always|never` show progress; auto: on a terminal", "progress"),
		value(&o.color, "`auto|always|never` use colours; auto: on a terminal, unless NO_COLOR is set", "color"),
		flag(&o.stats, "print the totals of the run at its end: files, changes, bytes, time", "stats"),
		flag(&o.confirm, "show the plan and ask before carrying it out", "confirm"),
		flag(&o.oneWay, "changes flow from the first tree to the others only", "one-way"),
		flag(&o.mirror, "as --one-way, and every difference in the others is put back as the first tree has it", "mirror"),
		value(&o.conflict, "`newest|keep-both|fail` the fate of the loser of a conflict. newest: it goes to the trash; keep-both: it gets a name of its own beside the winner; fail: both versions are left alone (default newest)", "conflict"),
		pattern((*patterns).exclude, "`PATTERN` ignore matching paths, gitignore syntax; a leading / is the root of the tree", "exclude"),
		pattern((*patterns).include, "`PATTERN` do not ignore matching paths; of the patterns that match, the last one decides", "include"),
		pattern((*patterns).excludeFrom, "`FILE` read patterns to ignore from it, one a line; - is stdin", "exclude-from"),
		flag(&o.checksum, "hash every file instead of trusting size, mtime and inode", "checksum", "c"),
		flag(&o.hardLinks, "names of one file (hard links) become names of one file on the other trees, when they come there or are edited", "hard-links", "H"),
		flag(&o.owner, "owner and group travel, too, with the setuid and setgid bits: by name, else by number, where the latus there may set them (as root)", "owner"),
		flag(&o.xattrs, "extended attributes of files and directories travel, too, but only those of users (user.* on Linux)", "xattrs", "X"),
		value(&o.maxDelete, "`N|P%|off` refuse the run if a tree would lose more than N files, or P percent of them; off: no limit (default: more than 50%, if these are at least 25 files)", "max-delete"),
		value(&o.bandwidth, "`RATE` at most so many bytes a second each way, with K, M or G; a bare number is KiB", "bwlimit"),
		flag(&o.nice, "give way to other programs, on the processor and on the disk, here and on the other hosts", "nice"),
		value(&o.compress, "`auto|always|never` compress the bytes on the wire (default auto: not those that do not shrink). -z alone is always", "compress", "z"),
		text(&o.rsh, "`COMMAND` connect with it instead of the built-in SSH client (default: $LATUS_RSH, if set)", "rsh", "e"),
		text(&o.latusPath, "`COMMAND` the latus to run on the other host", "latus-path"),
		value(&o.port, "`N` port of the SSH server", "port", "p"),
		text(&o.identity, "`FILE` private key to use", "identity"),
		text(&o.sshConfig, "`FILE` read it instead of ~/.ssh/config", "ssh-config"),
		text(&o.knownHosts, "`FILE` read it instead of ~/.ssh/known_hosts", "known-hosts"),
		value(&o.timeout, "`SECONDS` give up if a host is silent for so long (default 30 while connecting, 60 in a run)", "timeout"),
		flag(&o.join, "join trees of different groups; accept a new tree where another stood", "join"),
		flag(&o.install, "put a latus on a host that has none: this one, one for its system beside this one, or the file that --latus-path names", "install"),
		text(&o.logFile, "`FILE` append a readable log to it; it must lie outside of the trees", "log-file"),
	}
}

// flagsBut are the flags without those of these names.
func (o *syncOptions) flagsBut(names ...string) []cli.Flag {
	return o.offer(func(name string) bool { return !slices.Contains(names, name) })
}

// flagsOnly are the flags of these names.
func (o *syncOptions) flagsOnly(names ...string) []cli.Flag {
	return o.offer(func(name string) bool { return slices.Contains(names, name) })
}

// offer picks the flags of a command, and remembers which of sync's it has not.
func (o *syncOptions) offer(wanted func(name string) bool) (flags []cli.Flag) {
	for _, f := range o.flags() {
		if name := f.Names()[0]; wanted(name) {
			flags = append(flags, f)
		} else {
			o.lacking = append(o.lacking, name)
		}
	}
	return flags
}

// check refuses flags that contradict each other, or ask for what is not there.
func (o *syncOptions) check() error {
	if err := o.contradiction(); err != nil {
		return err
	}
	if o.confirm && ssh.NewAsker() == nil {
		err := usage("--confirm needs a terminal to ask on")
		err.hint = "leave it out in scripts; -n shows what would be done"
		return err
	}
	return nil
}

func (o *syncOptions) contradiction() error {
	for _, pair := range []struct {
		both bool
		a, b string
	}{
		{o.quiet && o.verbose, "--quiet", "--verbose"},
		{o.quiet && o.itemize, "--quiet", "--itemize"},
		{o.quiet && o.stats, "--quiet", "--stats"},
		{o.quiet && o.progress.value == "always", "--quiet", "--progress always"},
		{o.quiet && o.confirm, "--quiet", "--confirm"},
		{o.json && o.confirm, "--json", "--confirm"},
		{o.json && o.itemize, "--json", "--itemize"},
		{o.json && o.stats, "--json", "--stats"},
		{o.mirror && o.conflict.value != "newest", "--mirror", "--conflict " + o.conflict.value},
		{o.rsh != "" && o.identity != "", "--rsh", "--identity"},
		{o.rsh != "" && o.sshConfig != "", "--rsh", "--ssh-config"},
		{o.rsh != "" && o.knownHosts != "", "--rsh", "--known-hosts"},
	} {
		if pair.both {
			err := usage("%s and %s contradict each other", pair.a, pair.b)
			err.hint = "leave one of them out"
			if pair.a == "--rsh" {
				err.hint = "put it into the command, as in --rsh 'ssh -i FILE'"
			}
			return err
		}
	}
	if o.mirror && o.patterns.wrong != "" {
		err := &peer.Refusal{Cause: peer.BadRules, Text: o.patterns.wrong}
		return advise(err, "fix or delete that line: a mirror would delete what it was meant to leave out")
	}
	return nil
}
