package ui

import (
	"strings"
	"testing"

	"latus/sync/peer"
)

func TestExitOfRefusals(t *testing.T) {
	for cause, want := range map[peer.Cause]int{
		peer.Fatal: 1, peer.NoTree: 1, peer.SameTree: 2, peer.OtherGroup: 4, peer.NotMounted: 4,
		peer.Busy: 5, peer.MassDelete: 4, peer.LostRoot: 4, peer.Forbidden: 4, peer.WrongSpeech: 1,
		peer.Unreadable: 1, peer.NotDirectory: 1, peer.NotAllowed: 4,
		peer.NoPermission: 1, peer.NoWriting: 1, peer.NoSpace: 1, peer.LostConfig: 1, peer.NewerTree: 1,
		peer.NestedTree: 2, peer.Unmounted: 4, peer.NoneThere: 1, peer.BadRules: 4, peer.OtherVersion: 1,
	} {
		if got := FaultOf(cause).Exit(); got != want {
			t.Errorf("cause %d: exit %d, want %d", cause, got, want)
		}
	}
	for c := peer.Fatal + 1; c <= peer.LastCause; c++ {
		if FaultOf(c) == Fatal {
			t.Errorf("cause %d is no fault", c)
		}
	}
	for fault, want := range map[Fault]int{Usage: 2, Interrupted: 130, UnknownHost: 1, NoLatus: 1} {
		if got := fault.Exit(); got != want {
			t.Errorf("fault %d: exit %d, want %d", fault, got, want)
		}
	}
}

func TestEveryFaultHasAHint(t *testing.T) {
	general := Hint(Fatal, About{})
	for f := Fatal + 1; f <= NoSpace; f++ {
		if h := Hint(f, About{}); h == "" || h == general {
			t.Errorf("fault %d: what is to be done about it?", f)
		}
	}
}

func TestHintsNameWhatTheyAreAbout(t *testing.T) {
	if h := Hint(UnknownHost, About{Host: "ho\x1bst"}); !strings.Contains(h, `ssh ho\x1bst`) {
		t.Error(h)
	}
	if h := Hint(NotMounted, About{Tree: "/media/stick"}); !strings.Contains(h, "/media/stick") {
		t.Error(h)
	}
}
