package command

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"latus/remote/sftp"
	"latus/remote/ssh"
	latussync "latus/sync"
	"latus/sync/peer"
	"latus/sync/replica"
	"latus/sync/tree"
	"latus/ui"
)

func TestDiagnose(t *testing.T) {
	refuse := func(c peer.Cause) error { return &peer.Refusal{Cause: c, Tree: "/media/stick", Text: "no"} }
	for _, c := range []struct {
		err        error
		exit       int
		text, hint string // the hint holds this
	}{
		{refuse(peer.NoTree), 1, "/media/stick: no", "created by sync"},
		{refuse(peer.NoPermission), 1, "/media/stick: no", "who owns"},
		{refuse(peer.NoWriting), 1, "/media/stick: no", "mount it for writing"},
		{refuse(peer.NoSpace), 1, "/media/stick: no", "make room"},
		{refuse(peer.LostConfig), 1, "/media/stick: no", "from a backup of /media/stick"},
		{refuse(peer.NewerTree), 1, "/media/stick: no", "newer one"},
		{refuse(peer.NestedTree), 2, "/media/stick: no", "sync the outer one"},
		{refuse(peer.Unmounted), 4, "/media/stick: no", "--max-delete off"},
		{refuse(peer.NoneThere), 1, "/media/stick: no", "one of them is there"},
		{refuse(peer.BadRules), 4, "/media/stick: no", "fix or delete that line"},
		{refuse(peer.OtherVersion), 1, "/media/stick: no", "same version"},
		{refuse(peer.SameTree), 2, "/media/stick: no", "two directories"},
		{refuse(peer.OtherGroup), 4, "/media/stick: no", "--join"},
		{refuse(peer.NotMounted), 4, "/media/stick: no", "mount it"},
		{refuse(peer.LostRoot), 4, "/media/stick: no", "--max-delete off"},
		{refuse(peer.MassDelete), 4, "/media/stick: no", "--max-delete N"},
		{refuse(peer.Busy), 5, "/media/stick: no", "wait"},
		{refuse(peer.Forbidden), 4, "/media/stick: no", "authorized_keys"},
		{refuse(peer.NotAllowed), 4, "/media/stick: no", "`latus peers /media/stick` shows"},
		{&peer.Refusal{Cause: peer.NotAllowed, Tree: "lap:x y", Text: "no"}, 4, "lap:x y: no", "`latus peers TREE`, on the host"},
		{refuse(peer.Unreadable), 1, "/media/stick: no", "about the disk"},
		{refuse(peer.NotDirectory), 1, "/media/stick: no", "a tree is a directory"},
		{refuse(peer.WrongSpeech), 1, "/media/stick: no", "same version"},
		{refuse(peer.Fatal), 1, "/media/stick: no", "run again"},
		{fmt.Errorf("greeting: %w", refuse(peer.Busy)), 5, "greeting: /media/stick: no", "wait"},
		{context.Canceled, 130, "interrupted", "run the same command again"},
		{fmt.Errorf("read: %w", context.Canceled), 130, "interrupted", "every file is whole"},
		{usage("bad"), 2, "bad", "latus help"},
		{fmt.Errorf("x: %w", replica.ErrNoTree), 1, "x: " + replica.ErrNoTree.Error(), "first `latus sync`"},
		{&ssh.UnknownHostError{Host: "lap", KeyType: "ssh-ed25519", Fingerprint: "SHA256:x"}, 1, "lap", "ssh lap"},
		{&ssh.UnknownHostError{Host: "[192.0.2.1]:22", Named: "lap"}, 1, "[192.0.2.1]:22", "`ssh lap`"},
		{&ssh.HostKeyChangedError{Host: "lap"}, 1, "lap", "ssh-keygen -R lap"},
		{&ssh.HostKeyChangedError{Host: "[192.0.2.1]:22", Named: "lap"}, 1, "[192.0.2.1]:22", "`ssh-keygen -R '[192.0.2.1]:22'` and run `ssh lap`"},
		{&ssh.HostKeyRevokedError{Host: "lap"}, 1, "lap", "do not connect"},
		{&ssh.AuthError{Host: "lap", User: "me"}, 1, "lap", "--identity"},
		{&ssh.ConnectError{Host: "lap", Op: "connect", Err: errors.New("refused")}, 1, "lap: connect: refused", "--port"},
		{&ssh.CommandError{Host: "lap", Status: ssh.StatusNotFound}, 1, "lap", "--latus-path"},
		{&ssh.CommandError{Host: "lap", Status: 1, Stderr: "boom"}, 1, "boom", "latus version"},
		{&sftp.NoiseError{Text: "welcome"}, 1, "welcome", "start-up files"},
		{&ssh.ConfigError{File: "config", Line: 3, Err: errors.New("no")}, 1, "config:3", "--ssh-config"},
		{&fs.PathError{Op: "open", Path: "x", Err: tree.ErrNoSpace}, 1, "x", "make room"},
		{&fs.PathError{Op: "open", Path: "x", Err: fs.ErrPermission}, 1, "x", "who owns"},
		{context.DeadlineExceeded, 1, "deadline", "--timeout"},
		{latussync.Failures{errors.New("a: broken"), refuse(peer.Busy)}, 5, "a: broken; /media/stick: no", "wait"},
		{errors.Join(errors.New("broken"), errors.New("and this")), 1, "broken; and this", "run again"},
		{errors.New("something else"), 1, "something else", "run again"},
	} {
		f := diagnose(c.err)
		if f.Exit != c.exit || !strings.Contains(f.Text, c.text) || !strings.Contains(f.Hint, c.hint) {
			t.Errorf("%v: exit %d, %q, %q; want %d, %q, %q", c.err, f.Exit, f.Text, f.Hint, c.exit, c.text, c.hint)
		}
	}
}

func TestMainSaysWhatIsWrong(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct {
		args []string
		exit int
		errs string
	}{
		{[]string{"sync", "--max-delete", "many", dir, dir}, ui.ExitUsage, "--max-delete: \"many\" is no limit"},
		{[]string{"sync", dir}, ui.ExitUsage, "too few arguments"},
		{[]string{"status", dir, dir}, ui.ExitUsage, "too many arguments"},
		{[]string{"sync", "--quiet", "--verbose", dir, dir}, ui.ExitUsage, "contradict"},
		{[]string{"sync", "--mirror", "--conflict=fail", dir, dir}, ui.ExitUsage, "contradict"},
		{[]string{"sync", dir, "gopher://host/x"}, ui.ExitUsage, "gopher"},
		{[]string{"status", "host:x"}, ui.ExitUsage, "on another machine"},
		{[]string{"resolve", dir, "x"}, ui.ExitUsage, "--keep N"},
		{[]string{"resolve", dir, "../x", "--keep=1"}, ui.ExitUsage, "not a valid path"},
		{[]string{"resolve", dir, "x", "--keep=0"}, ui.ExitUsage, "--keep: \"0\""},
		{[]string{"completion", "tcsh"}, ui.ExitUsage, "bash, zsh, fish"},
		{[]string{"trash"}, ui.ExitUsage, "latus help trash"},
		{[]string{"help", "nothing"}, ui.ExitUsage, "see `latus help`"},
		{[]string{"help", "nothing", "at", "all"}, ui.ExitUsage, "see `latus help`"},
		{[]string{"help", "trash", "nothing"}, ui.ExitUsage, "see `latus help trash`"},
	} {
		s, out, errs := session("")
		if got := Main(context.Background(), c.args, s); got != c.exit {
			t.Errorf("%q: exit %d, want %d", c.args, got, c.exit)
		}
		if out.Len() > 0 || !strings.Contains(errs.String(), c.errs) || !strings.Contains(errs.String(), "\nhint: ") {
			t.Errorf("%q: stdout %q, stderr %q; want %q and a hint", c.args, out, errs, c.errs)
		}
	}
}

func TestEventsEndWithASummaryWhateverHappens(t *testing.T) {
	dir := t.TempDir()
	for _, args := range [][]string{
		{"sync", "--json", "--no-such-flag"},
		{"sync", "--no-such-flag", "--json"},
		{"--no-such-flag", "sync", "--json"},
		{"sync", "--port", "x", "--json", dir, dir},
		{"sync", "--json", dir},
		{"sync", "--json", "--stats", dir, dir},
		{"sync", "--json", dir, dir + "/no/such/dir"},
		{"sync", "--json", "--log-file", dir, dir, dir},
	} {
		s, out, _ := session("")
		exit := Main(context.Background(), args, s)
		lines := strings.Split(strings.TrimSpace(out.String()), "\n")
		last := lines[len(lines)-1]
		if !strings.HasPrefix(last, `{"event":"summary",`) || !strings.HasSuffix(last, fmt.Sprintf(`"exit":%d}`, exit)) || exit == 0 {
			t.Errorf("%q: exit %d, but the last line is %s", args, exit, last)
		}
		if strings.Count(out.String(), `"event":"summary"`) != 1 {
			t.Errorf("%q: not one summary: %s", args, out)
		}
	}
}

// Only runs end with a summary, whatever their trees and patterns are called.
func TestOnlyRunsEndWithASummary(t *testing.T) {
	for _, args := range [][]string{
		{"status", "sync", "--json"},
		{"peers", "verify", "--json"},
		{"log", "--json", "--path", "undo", "no/such/dir"},
		{"sync", "a", "--exclude", "--json"},
		{"sync", "a", "--", "--json"},
	} {
		s, out, _ := session("")
		if exit := Main(context.Background(), args, s); exit == 0 || strings.Contains(out.String(), "summary") {
			t.Errorf("%q: exit %d, %s", args, exit, out)
		}
	}
}
