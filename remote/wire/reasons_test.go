package wire

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"testing"

	"latus/sync/fetch"
	"latus/sync/peer"
	"latus/sync/plan"
	"latus/sync/reason"
	"latus/sync/tree"
)

func TestEveryReasonArrives(t *testing.T) {
	var all []reason.Reason
	for _, c := range reason.Codes() {
		all = append(all, c.Why())
	}
	all = append(all, reason.Words("input/output error"), reason.Words("a folder of its own"), reason.Reason{},
		reason.NotEmpty.Why().Then(": a, b and 3 more"), tree.Why(tree.ErrNoSpace).After("cannot be made: "),
		reason.NoAccess.Why().After("cannot be read: "), reason.NoRight.Why().After("cannot be read: "), reason.New(reason.Unclear, "line 3 is not understood and passed over: it ends early"))
	for _, r := range all {
		p := peer.Problem{Path: "d/f", Reason: r}
		if got := across(t, p, (*Coder).problem); got != p {
			t.Errorf("%+v arrives as %+v", p, got)
		}
		h := plan.Held{Path: "d/f", Reason: r, Problem: true, News: true}
		if got := across(t, h, (*Coder).held); got != h {
			t.Errorf("%+v arrives as %+v", h, got)
		}
	}
}

// What one of the two calls an error is a reason of the other.
func TestErrorsWithACodeArriveWithIt(t *testing.T) {
	for _, err := range []error{fetch.ErrNoSource, fetch.ErrDamaged, tree.ErrNoSpace} {
		for _, sent := range []error{err, fmt.Errorf("open a/b: %w", err)} {
			got := across(t, sent, (*Coder).Error)
			if want := tree.Why(sent); want.Code == "" || tree.Why(got) != want {
				t.Errorf("%v: got %+v, want %+v", sent, tree.Why(got), want)
			}
		}
	}
	if got := tree.Why(across(t, errors.New("busy"), (*Coder).Error)); got != reason.Words("busy") {
		t.Errorf("got %+v", got)
	}
}

func TestReasonsOfALaterVersionAreKept(t *testing.T) {
	for _, r := range []reason.Reason{{Code: "of-tomorrow"}, {Code: "of-tomorrow", Text: "too warm for it"}} {
		if got := across(t, r, (*Coder).reason); got != r {
			t.Errorf("%+v arrives as %+v", r, got)
		}
	}
}

// A code takes the place of its sentence: there may be many.
func TestCodesAreShort(t *testing.T) {
	held := make([]plan.Held, 1000)
	for i := range held {
		held[i] = plan.Held{Path: "f", Reason: reason.Unlike.Why()}
	}
	frames, err := encode(func(c *Coder) { c.Proposal(&peer.Proposal{Held: held}) })
	if n := len(bytes.Join(frames, nil)); err != nil || n > 16*len(held) {
		t.Errorf("%d bytes, %v", n, err)
	}
}

func TestTheProtocolNamesEveryCode(t *testing.T) {
	page, err := os.ReadFile("../../docs/protocol.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range reason.Codes() {
		if !bytes.Contains(page, []byte("`"+string(c)+"`")) {
			t.Errorf("%q is not there", string(c))
		}
	}
}
