package replica

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"latus/index"
	"latus/index/mergelog"
	"latus/sync/fetch"
	"latus/sync/merge"
	"latus/sync/peer"
	"latus/sync/plan"
	"latus/sync/reason"
	"latus/sync/stage"
)

// meetHelper introduces the tree that repairs are taken from, which is only read.
func (r *Replica) meetHelper(ctx context.Context, own *peer.Welcome, from *peer.Member) error {
	w, err := from.Replica.Hello(ctx, peer.Hello{
		Dry: true, Spec: from.Spec, Others: []peer.Tree{own.Tree}, Counts: own.Counts,
		MaxDelete: peer.Limit{Off: true}, Version: r.o.Version,
	})
	if err != nil {
		return err
	}
	refuse := func(c peer.Cause, text string) error {
		return &peer.Refusal{Cause: c, Tree: from.Spec, Text: text}
	}
	remembered := slices.ContainsFunc(own.Remembers, func(t peer.Tree) bool {
		return t.Place.MayBe(w.Place)
	})
	switch {
	case own.Place.Overlaps(w.Place):
		return refuse(peer.SameTree, "is, or lies inside or around, the tree to be verified")
	case w.Fresh && remembered:
		return refuse(peer.NotMounted, "a tree stood here, and now there is no "+index.Private+": not mounted?")
	case w.Fresh:
		if local, ok := from.Replica.(*Replica); ok {
			return local.noTree()
		}
		return fmt.Errorf("%s: %w", from.Spec, ErrNoTree)
	case w.Group != own.Group:
		return refuse(peer.OtherGroup, "belongs to another group of trees than "+r.o.Spec)
	}
	r.others = []peer.Tree{w.Tree}
	return nil
}

// anywhere is a version that no tree has: what is asked for under this name is
// looked for by its hash alone, everywhere but at its own path.
var anywhere = index.GenID{Author: ^index.PeerID(0), Tag: ^uint64(0)}

// byHashOnly is a source that is asked for content by its hash, not by its path.
type byHashOnly struct{ fetch.Source }

func (s byHashOnly) Send(ctx context.Context, wants []fetch.Want, sink fetch.Sink) error {
	wants = slices.Clone(wants)
	for i := range wants {
		wants[i].Gen, wants[i].Origin = anywhere, nil
	}
	return s.Source.Send(ctx, wants, sink)
}

// repair gives damaged files their content again: from other paths of this tree
// and its trash, then from the same path of the other tree, then from wherever
// that has it. It is installed like any update; what is damaged goes to the trash.
// As mtime and mode stay as they are, nothing is authored. What is still damaged
// afterwards stays in v.damaged.
func (v *verification) repair(ctx context.Context, from *peer.Member) error {
	r := v.r
	v.ob.Phase(peer.Transferring)
	if _, err := from.Replica.Look(ctx, peer.LookQuery{Group: r.cfg.GroupID(), Others: []peer.Tree{v.own}}); err != nil {
		return err
	}
	log, run, err := r.beginLog()
	if err != nil {
		return err
	}
	defer log.Close()
	log.Start(r.runStart(run, "verify"))
	v.rep.Run = run
	end := mergelog.End{Run: run}
	sources := []struct {
		fetch.Source
		name string
	}{{byHashOnly{r}, r.o.Spec}, {from.Replica, from.Spec}, {byHashOnly{from.Replica}, from.Spec}}
	var failed error
	for _, s := range sources {
		if failed != nil || ctx.Err() != nil || !slices.ContainsFunc(v.damaged, func(d *damage) bool { return d.mend }) {
			break
		}
		var res *merge.Result
		if res, failed = v.mend(ctx, log, run, s.Source, s.name); res != nil {
			end.Changes += res.Done
			end.Bytes += res.Bytes
		}
	}
	end.Time, end.Problems = r.now(), len(v.damaged)
	end.Exit = exitOf(ctx, failed, end.Problems)
	log.End(end)
	err = cmp.Or(log.Flush(false), stage.Clean(r.home.Tree, r.x))
	return errors.Join(failed, err)
}

// mend repairs what can be repaired with content from one source.
func (v *verification) mend(ctx context.Context, log *mergelog.Log, run string, src fetch.Source, name string) (*merge.Result, error) {
	r := v.r
	bits := r.home.Tree.Traits().ModeBits
	p := &plan.Plan{}
	var todo, rest []*damage
	for _, d := range v.damaged {
		if !d.mend {
			rest = append(rest, d)
			continue
		}
		todo = append(todo, d)
		h := d.head
		h.Mtime = d.now.Mtime
		p.Actions = append(p.Actions, plan.Action{
			Op: plan.Update, Path: d.path, Head: &h, Mode: d.now.Mode & bits, Old: d.now.Witness,
			Want: len(p.Wants), Why: "damaged",
		})
		h.Size = d.now.Size
		p.Wants = append(p.Wants, plan.Want{Path: d.path, Head: &h})
	}
	res, err := merge.Apply(ctx, merge.Job{
		Tree: r.home.Tree, Index: r.x, Trash: r.trash, Log: log, Run: run, Plan: p,
		Wants: stage.Resume(nil, p.Wants), Source: src, Author: r.nameOfHead, Now: r.now, Ignored: r.rules.Ignored,
		Applied: func(n int) { v.verdict(Repaired, todo[n].path, name) },
	})
	if res == nil {
		return nil, err
	}
	why := map[index.Path]reason.Reason{}
	for _, one := range res.Problems {
		why[one.Path] = one.Reason
	}
	for n, d := range todo {
		if !res.Failed[n] {
			continue
		}
		if said, ok := why[d.path]; ok && said.Code != reason.NoBytes && said.Code != reason.Damaged {
			d.why = said.After(d.why.String() + "; not repaired: ")
		}
		rest = append(rest, d)
	}
	v.damaged = rest
	return res, err
}
