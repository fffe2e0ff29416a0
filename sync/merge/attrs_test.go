package merge

import (
	"context"
	"testing"

	"latus/index"
	"latus/sync/plan"
	"latus/sync/tree/memory"
)

// Extended attributes that somebody has given since the scan stay, also where the change
// time of the file was not worth remembering.
func TestAttributesGivenMeanwhile(t *testing.T) {
	const was, shall, theirs index.Attrs = "a=AA;", "a=AQ;", "a=Ag;"
	for now, want := range map[index.Attrs]index.Attrs{was: shall, shall: shall, theirs: theirs} {
		s := &story{was: state{"f": file("content")}, shall: state{"f": file("content").aged(1)}}
		m := started(t, s, memory.WithAttrs())
		w := open(t, s, m, m.User())
		root, err := m.User().Open("")
		must(t, err)
		must(t, root.SetAttrs("f", now))
		j := w.job("run")
		act := &j.Plan.Actions[0]
		if act.Op != plan.Touch {
			t.Fatal(act)
		}
		act.Old.Ctime, act.Old.Attrs, act.Attrs = 0, was.Sum(), shall
		res, err := Apply(context.Background(), j)
		must(t, err)
		if got, err := root.Attrs("f"); err != nil || got != want || (len(res.Problems) > 0) != (now == theirs) {
			t.Errorf("it had %s and has %s, %v; %v", now, got, err, res.Problems)
		}
		w.close()
	}
}

// The same where the file is moved: they come along, and are an edit to the next scan.
func TestAttributesOfWhatIsMovedMeanwhile(t *testing.T) {
	const was, shall, theirs index.Attrs = "a=AA;", "a=AQ;", "a=Ag;"
	for now, want := range map[index.Attrs]index.Attrs{was: shall, theirs: theirs} {
		s := &story{was: state{"from": file("content")}, shall: state{"to": file("content")}}
		m := started(t, s, memory.WithAttrs())
		w := open(t, s, m, m.User())
		root, err := m.User().Open("")
		must(t, err)
		must(t, root.SetAttrs("from", now))
		e := *w.x.Get("from")
		e.Witness.Ctime, e.Witness.Attrs = 0, was.Sum()
		tx := w.x.Begin()
		tx.Put(&e)
		must(t, tx.Commit(true))
		j := w.job("run")
		act := &j.Plan.Actions[0]
		if act.Op != plan.Move {
			t.Fatal(act)
		}
		act.Attrs = shall
		_, err = Apply(context.Background(), j)
		must(t, err)
		got, err := root.Attrs("to")
		must(t, err)
		if shown := w.x.Get("to").Witness; got != want || now == theirs && (shown.Attrs == got.Sum() || shown.Ctime != 0) {
			t.Errorf("it had %s and has %s, and the index shows %+v", now, got, shown)
		}
		w.close()
	}
}
