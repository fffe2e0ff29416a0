package sync

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"

	"latus/index"
	"latus/sync/fetch"
	"latus/sync/peer"
	"latus/sync/reason"
	"latus/sync/tree"
)

// blame remembers which tree said what of content that it could not give. What others
// then lack for that reason is a problem of that tree, told once.
type blame struct {
	mu   sync.Mutex
	said map[said]bool // true: it was told as a problem
}

type said struct {
	path   index.Path
	tree   int
	reason reason.Reason
	damage bool
}

// watch is src, the source that tree i is, with an ear on what it cannot give.
func (b *blame) watch(src fetch.Source, i int) fetch.Source {
	return fetch.Watched(src, func(w fetch.Want, why error) {
		if errors.Is(why, fetch.ErrNoSource) || errors.Is(why, context.Canceled) {
			return
		}
		b.mu.Lock()
		defer b.mu.Unlock()
		s := said{w.Path, i, tree.Why(why), errors.Is(why, fetch.ErrDamaged)}
		if _, known := b.said[s]; !known {
			b.said[s] = false
		}
	})
}

// whose is the tree that a problem of tree i is about; told: it was told before.
func (b *blame) whose(i int, p peer.Problem) (tree int, told bool) {
	tree = i
	var about said
	for s := range b.said {
		if s.path == p.Path && s.reason == p.Reason && (tree == i || s.tree < tree) {
			tree, about = s.tree, s
		}
	}
	if tree == i {
		return i, false
	}
	told = b.said[about]
	b.said[about] = true
	return tree, told
}

// healed is the damage that was no problem to any tree: another one had the bytes.
func (b *blame) healed() (list []said) {
	for s, told := range b.said {
		if s.damage && !told {
			list = append(list, s)
		}
	}
	slices.SortFunc(list, func(x, y said) int {
		return cmp.Or(cmp.Compare(x.tree, y.tree), cmp.Compare(x.path, y.path))
	})
	return list
}
