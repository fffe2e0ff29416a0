package index

import (
	"cmp"
	"slices"
)

// intents are the plan lines that are not settled.
type intents struct {
	byPath map[Path][]queued
	next   uint64
}

type queued struct {
	Intent
	order uint64
}

func (q *intents) all() []Intent {
	var list []queued
	for _, of := range q.byPath {
		list = append(list, of...)
	}
	slices.SortFunc(list, func(a, b queued) int { return cmp.Compare(a.order, b.order) })
	all := make([]Intent, len(list))
	for i := range list {
		all[i] = list[i].Intent
	}
	return all
}

// set replaces the intents of p.
func (q *intents) set(p Path, of []queued) {
	if len(of) == 0 {
		delete(q.byPath, p)
		return
	}
	if q.byPath == nil {
		q.byPath = map[Path][]queued{}
	}
	q.byPath[p] = of
}

// latest returns the newest intent that installs gen, or nil.
func latest(of []queued, gen GenID) *Intent {
	for i := len(of) - 1; i >= 0; i-- {
		if of[i].Gen == gen {
			return &of[i].Intent
		}
	}
	return nil
}
