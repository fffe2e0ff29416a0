package merge

import (
	"context"
	"errors"
	"slices"
	"strings"

	"latus/index"
	"latus/sync/stage"
)

// complete sees to it that whatever was come to is in the batch and ready, or left.
func (a *applier) complete(ctx context.Context) error {
	for {
		a.ready(ctx)
		if len(a.waiting) == 0 {
			return nil
		}
		if err := a.install(ctx); err != nil {
			return err
		}
	}
}

// finish carries out what is left of a batch and what comes last, and makes all of it
// durable.
func (a *applier) finish(ctx context.Context) error {
	if err := a.flush(ctx); err != nil {
		return err
	}
	slices.SortFunc(a.late, func(s, o *step) int { return index.Compare(o.act.Path, s.act.Path) })
	a.steps, a.late = a.late, nil
	for _, s := range a.steps {
		if s.of == nil {
			continue
		}
		if err := a.prepare(ctx, s); err != nil {
			a.abandon(s, err)
		}
	}
	if err := a.flush(ctx); err != nil {
		return err
	}
	if err := a.secure(); err != nil {
		return err
	}
	a.progress()
	a.tell(true)
	return nil
}

// sweep empties staging, except for what another run can go on with.
func (a *applier) sweep() error {
	for _, f := range a.fetches {
		for _, name := range f.sink.Begun() {
			a.kept[name] = true
		}
	}
	for _, s := range a.arrived {
		a.kept[s.Name] = stage.IsContent(s.Name)
	}
	awaited := stage.Awaited(a.Index)
	return stage.Sweep(a.Tree, func(name string) bool { return a.kept[name] || awaited(name) })
}

// discard empties staging of whatever may not have come to the disk as it was written: to
// read it would show what is in memory. What plan lines tell of was durable before they were
// written, and is Recover's.
func (a *applier) discard() error {
	told := map[string]bool{}
	for _, i := range a.Index.Intents() {
		folder, _, _ := strings.Cut(i.Staged, "/")
		told[folder] = true
	}
	return stage.Sweep(a.Tree, func(name string) bool { return told[name] })
}

func (a *applier) close() error {
	for _, b := range a.bundles {
		if b != nil {
			b.staged.Close()
		}
	}
	return errors.Join(a.unlocker.relock(), a.dirs.close(), a.stage.Close())
}
