package tree

import (
	"sync"
)

// Distant is a Tree to which every call is a message: what is done to many names
// is better done at the same time, and reading costs as much as fetching from
// elsewhere.
//
// Its directories are reached by path. A Dir that is held leads to whatever
// stands at its path, and what somebody on that host swaps for a link between a
// look and a call is followed.
type Distant interface {
	// Parallel is how many calls are worth being under way at the same time.
	Parallel() int
	// Broken is why no call can succeed any more, nil while they can.
	Broken() error
}

// Parallel is how many calls to t are worth being under way at the same time, near
// if t is no Distant.
func Parallel(t Tree, near int) int {
	if d, ok := t.(Distant); ok {
		return max(near, d.Parallel())
	}
	return near
}

// Together calls what has nothing to do with each other: at the same time if t is a
// Distant, else in order.
func Together(t Tree, calls ...func()) {
	if !IsDistant(t) {
		for _, call := range calls {
			call()
		}
		return
	}
	var wg sync.WaitGroup
	slots := make(chan struct{}, Parallel(t, 1))
	for _, call := range calls {
		slots <- struct{}{}
		wg.Go(func() {
			call()
			<-slots
		})
	}
	wg.Wait()
}

// IsDistant tells whether t is a Distant.
func IsDistant(t Tree) bool {
	_, ok := t.(Distant)
	return ok
}

// Broken is what a Distant says of itself, else nil.
func Broken(t Tree) error {
	if d, ok := t.(Distant); ok {
		return d.Broken()
	}
	return nil
}

// Lister is a Dir that shows what it lists, for the price of listing.
type Lister interface {
	// Look is List, and Stat of each name as far as infos has it.
	Look() (names []string, infos map[string]Info, err error)
}
