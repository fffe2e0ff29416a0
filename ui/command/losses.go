package command

import (
	"errors"
	"slices"
	"strings"

	"latus/sync/peer"
	"latus/ui"
)

// adviseLoss names what brings files back, where a guard against deletions ended a run
// of these trees.
func adviseLoss(err error, trees []string, o *syncOptions) error {
	var no *peer.Refusal
	if !errors.As(err, &no) || no.Cause != peer.MassDelete && no.Cause != peer.LostRoot {
		return err
	}
	at := slices.Index(trees, no.Tree)
	if at < 0 || len(trees) < 2 {
		return err
	}
	others := slices.Delete(slices.Clone(trees), at, at+1)
	from, to := trees[at:at+1], others // it still has them
	if no.Cause == peer.LostRoot {
		from, to = others[:1], trees[at:at+1]
	}
	l := ui.Loss{
		Tree:   no.Tree,
		Mirror: o.shownSync(slices.Concat(from, to), "-n", "--mirror"),
		Into:   strings.Join(to, " and "),
		Others: strings.Join(others, " and "),
		Alike:  o.mirror,
	}
	if o.oneWay && at > 0 || o.mirror && at > 0 {
		l.Others = "" // what is gone from here goes nowhere else
	}
	return advise(err, ui.LossHint(ui.FaultOf(no.Cause), l))
}
