package ui

import (
	"cmp"
	"strings"

	"latus/sync/peer"
	"latus/sync/reason"
)

// About is what a hint can name.
type About struct {
	Tree    string // how the user named it, "" if the fault is about none
	Host    string // as the user named it
	Known   string // what known_hosts calls it
	Login   string // the words that name it to ssh, or to Via, with the user and the port that were tried; "": Host
	Via     string // what connects to it instead of ssh, "" if nothing does
	Join    string // the flag that joins groups, or the command that has it; "": --join
	Install string // the same for --install
	List    string // the command that lists what peers of the tree may do, "" if it is elsewhere
}

// joining says how trees are joined by a command that may not do it itself.
func (a About) joining() string {
	if strings.HasPrefix(a.Join, "`") {
		return "run " + a.Join + " first"
	}
	return "add --join"
}

// ProblemHint is what to do about a path that was left, "" if there is nothing
// to do but to run again. purge is asked, where the disk is full, for what NoSpaceHint
// takes; typed for a command about the tree, as it is to be typed.
func ProblemHint(typed func(command string, args ...string) string, purge func() string, p peer.Problem) string {
	switch p.Reason.Code {
	case reason.NoSpace:
		return NoSpaceHint(purge())
	case reason.Damaged:
		verify := "`" + typed("verify")
		return verify + "` finds all that is damaged; " + verify + " --repair TREE2` takes the good bytes from a tree that has them"
	case reason.Suspect:
		return "`" + typed("verify") + " --repair TREE2` takes the good bytes from a tree that has them; if the edit was yours, `touch` the file"
	case reason.Mount:
		return "what is there can be a tree of its own, with a sync of its own: leave it out here with --exclude"
	case reason.NoAccess:
		return "give the user that runs latus there access to it, or leave it out with --exclude; it is never deleted for that"
	case reason.NoRight:
		return "permission bits are not what forbids it: see whether it, or its directory, is immutable (`lsattr`; `chattr -i` ends that), or is another user's; or leave it out with --exclude"
	case reason.NotEmpty:
		return "what is ignored in it, or could not be read, keeps it: `ls -A` shows what is there. Remove that by hand if the directory may go"
	case reason.NoLink, reason.BadName, reason.Twin:
		return "give it another name in the tree that has it, or leave it out with --exclude; it is never deleted for that"
	case reason.InTheWay:
		return "give one of the two another name, or remove what is ignored if nobody needs it; it is never deleted for that"
	case reason.ReadOnly:
		return "the command in authorized_keys on its host allows no changes (`latus serve --read-only`): ask who set it, or leave the path out with --exclude"
	case reason.OnlyReads:
		return "the tree's own list of peers says so: `latus peers TREE`, on its host, shows it and changes it. Or leave the path out with --exclude"
	case reason.NoDelete, reason.KeepsDeleted:
		return "its host allows no deletions (`latus serve --no-delete` in authorized_keys, or the list that `latus peers TREE` shows there): delete it there by hand, or ask who set that"
	case reason.Special:
		return "such a thing is never synchronized: put a file in its place, or remove it, which counts as a deletion of what was there; or leave it out with --exclude"
	case reason.NoBytes, reason.Undecided:
		return "sync with the tree that has the missing version. If that is lost for good, settle for what is there: `" +
			typed("resolve", NoFlag(string(p.Path)), "--drop") + "`"
	}
	return ""
}

// NoSpaceHint is what to do about a full disk. purge is the command that drops old
// versions there, "" if there are none.
func NoSpaceHint(purge string) string {
	if purge != "" {
		purge = " (`" + purge + "` drops old versions)"
	}
	return "make room on that disk" + purge + " and run again"
}

// Loss is what a guard against deletions ended a run for.
type Loss struct {
	Tree   string // the one that lost its files, or would lose them
	Mirror string // the command that shows what brings the files back where they are gone, as it stands in a sentence; without -n it does that
	Into   string // the trees where they are gone
	Others string // the tree that a run loses files of if it is allowed to; "": only Tree does
	Alike  bool   // Mirror is what was asked for, the other way round
}

// LossHint is what to do about a loss: most want the files back. A mirror brings them, at
// the price of what was done since where they are gone.
func LossHint(f Fault, l Loss) string {
	tree, others, into := Safe(l.Tree), Safe(l.Others), Safe(l.Into)
	price := ", but files that are new or edited in " + into + " would go to the trash of " + into
	const allow = ", and allow it with --max-delete N, or --max-delete off"
	switch {
	case f == MassDelete && l.Alike:
		return l.Mirror + " shows what the other way round would do: without -n it keeps the files, and brings them to where they are not" + price +
			". If they are to be deleted, look at them first: -n --max-delete off shows which they are" + allow
	case f == MassDelete:
		return l.Mirror + " shows what would bring them back where they are gone: without -n it does so" + price +
			". If they are to be deleted in " + tree + ", too, look at them first: -n --max-delete off shows which they are" + allow
	}
	back := "if they are on a device, mount it. " + l.Mirror + " shows what would bring them back to " + tree + ": without -n it does so" + price
	if others == "" {
		return back + ". If " + tree + " is to do without them, add --max-delete off: nothing is deleted elsewhere"
	}
	return back + ". If they are to be deleted in " + others + ", too, add --max-delete off"
}

// hints is what to do about a fault whatever it is about.
var hints = map[Fault]string{
	Usage:        "see `latus help`",
	Interrupted:  "every file is whole; run the same command again to go on",
	NoTree:       "check the spelling. A missing tree is created by sync if its parent directory exists",
	Unreadable:   "see what the message says about the disk, its permissions or the file, and fix that; nothing was changed",
	NotDirectory: "a tree is a directory, and its .latus an ordinary folder in it: put what is there elsewhere, or name another directory. In place of a link to a .latus, put that itself",
	NoneThere:    "check the spelling. A missing tree is created as long as one of them is there",
	NotATree:     "a directory becomes a tree with its first `latus sync`",
	NewerTree:    "install the latus that wrote it, or a newer one",
	SameTree:     "name two directories of which none contains the other",
	NestedTree:   "sync the outer one, which has what is inside, too. To share that part alone, sync it with a directory that is no tree yet. If it became a tree by mistake, move its .latus away (its trash has old versions); if it is no part of the outer one, name it in .latusignore there",
	Busy:         "wait until the other latus has finished, then run again",
	Declined:     "-nv lists every change; leave out what you want to keep as it is with --exclude",
	Outdated:     "make a new plan with `latus plan` and look at it",
	MassDelete:   "look at what would go: -n --max-delete off shows it. If that is what you want, allow it with --max-delete N, or --max-delete off",
	Forbidden:    "the command in authorized_keys on the other side limits what may be done; ask who set it",
	BadRules:     "fix or delete that line in all trees: a mirror would delete what it was meant to leave out",
	WrongSpeech:  "install the same version of latus on both sides, and see that --latus-path names a latus",
	BadConfig:    "fix that line, or name another file with --ssh-config",
	TimedOut:     "check the network, or allow more time with --timeout",
	NoPermission: "check who owns the tree and its .latus folder, and as whom latus runs",
	NoWriting:    "mount it for writing, or let the SFTP server write (internal-sftp without -R), and run again. Trees that are in sync already may stay read-only, and so may one that has not changed since its last run, if others only take from it: name it first, with --one-way or --mirror",
}

// Hint is what to do about a fault, in a sentence or two.
func Hint(f Fault, a About) string {
	if said, ok := hints[f]; ok {
		return said
	}
	if said := hostHint(f, a); said != "" {
		return said
	}
	tree := Safe(cmp.Or(a.Tree, "the tree"))
	switch f {
	case LostConfig:
		return "put .latus/config.json back from a backup of " + tree + ". If there is none, move .latus out of the tree (its trash has old versions) and sync with --join: the tree begins anew, as in a first meeting; what was deleted may come back"
	case OtherGroup:
		return "check that these are the trees you mean; if they are to be one group from now on, " + a.joining()
	case NotMounted:
		return "if " + tree + " is on a device, mount it. If a new tree is to stand there, " + a.joining()
	case LostRoot:
		return "look into " + tree + ": if its files are on a device, mount it. If you want them deleted everywhere, add --max-delete off"
	case NotAllowed:
		list := "latus peers TREE`, on the host of the tree,"
		if a.List != "" {
			list = Safe(a.List) + "`"
		}
		return "the tree's own list of peers says so: `" + list + " shows it and changes it"
	case NoSpace:
		return NoSpaceHint("")
	}
	return "what was done before stays valid; fix the cause and run again"
}

// hostHint is what to do about a fault of a host, or of the way to it; "" if f is none.
func hostHint(f Fault, a About) string {
	host, ssh := Safe(cmp.Or(a.Host, "the host")), Safe(cmp.Or(a.Via, "ssh"))
	login := cmp.Or(a.Login, host)
	switch f {
	case UnknownHost:
		return "run `ssh " + login + "` once and compare the fingerprint, or add the key to the known_hosts file"
	case HostKeyChanged:
		return "somebody may be in between. If the host was set up anew, remove the old key with `ssh-keygen -R " + Word(a.Known, host) + "` and run `ssh " + login + "` once"
	case HostKeyRevoked:
		return "do not connect. Ask whoever runs " + host + " for its new key"
	case NoAccess:
		return "see that `ssh " + login + "` works without questions: load the key into the agent, or name it with --identity"
	case NoConnection:
		if a.Via != "" {
			return "see that `" + ssh + "` can be run: it is what -e (--rsh) names"
		}
		return "see that `ssh " + login + "` works: the name, the port (--port), the network"
	case NoLatus:
		return "install latus on " + host + " (" + cmp.Or(a.Install, "--install") + " does it), or say where it is with --latus-path"
	case RemoteFailed:
		return "what was done before stays valid; run again. If it stays so, try `" + ssh + " " + login + " latus version`"
	case Noise:
		return "something in the shell's start-up files on " + host + " prints text; let it do so for interactive shells only. `ssh " + login + " true` must print nothing"
	}
	return ""
}
