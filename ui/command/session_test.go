package command

import (
	"fmt"
	"io"
	"io/fs"
	"testing"

	"latus/remote/ssh"
	"latus/remote/wire"
	"latus/sync/peer"
)

func TestColourIsWantedUnlessSomebodySaysNo(t *testing.T) {
	for _, c := range []struct {
		noColor, term string
		want          bool
	}{{"", "xterm", true}, {"1", "xterm", false}, {"", "dumb", false}} {
		t.Setenv("NO_COLOR", c.noColor)
		t.Setenv("TERM", c.term)
		if got := colourful(); got != c.want {
			t.Errorf("NO_COLOR=%s TERM=%s: %v, want %v", c.noColor, c.term, got, c.want)
		}
	}
}

func TestPathInATree(t *testing.T) {
	for in, want := range map[string]string{"a/b": "a/b", "./a/": "a", "a\nb": "a\nb"} {
		if got, err := pathIn(in); err != nil || string(got) != want {
			t.Errorf("pathIn(%q) = %q, %v", in, got, err)
		}
	}
	for _, in := range []string{"", ".", "/a", "../a", "a//b", "a/../b", ".latus/lock"} {
		if got, err := pathIn(in); err == nil {
			t.Errorf("pathIn(%q) = %q", in, got)
		}
	}
}

func TestExplained(t *testing.T) {
	silent := &peer.Refusal{Cause: peer.WrongSpeech, Text: "no latus there"}
	other := &peer.Refusal{Cause: peer.MassDelete}
	missing := &ssh.CommandError{Host: "h", Status: ssh.StatusNotFound}
	for _, c := range []struct{ err, end, want error }{
		{silent, missing, missing},
		{io.ErrUnexpectedEOF, missing, missing},
		{other, missing, other},
		{fmt.Errorf("reading: %w", wire.ErrGone), missing, missing},
		{fs.ErrPermission, missing, fs.ErrPermission},
		{silent, nil, silent},
		{silent, io.EOF, silent},
	} {
		if got := explained(c.err, c.end); got != c.want {
			t.Errorf("explained(%v, %v) = %v, want %v", c.err, c.end, got, c.want)
		}
	}
}

func TestWhyThereIsNoLatus(t *testing.T) {
	version := &peer.Refusal{Cause: peer.OtherVersion, Text: "the latus there speaks protocol 12 to 13, this one 11"}
	for _, c := range []struct {
		why  error
		want string
	}{
		{&ssh.CommandError{Status: ssh.StatusNotFound}, "there is no latus"},
		{&ssh.CommandError{Status: 1}, "no latus there can be talked to"},
		{&peer.Refusal{Cause: peer.WrongSpeech, Text: "no latus there"}, "no latus there can be talked to"},
		{version, version.Text},
	} {
		if got := noLatus(c.why); got != c.want {
			t.Errorf("%v: %q, not %q", c.why, got, c.want)
		}
	}
}
