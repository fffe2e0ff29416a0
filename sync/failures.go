package sync

import (
	"cmp"
	"fmt"
	"strings"
)

// Failures are what went wrong in several trees of a run, in their order. Each says in which.
type Failures []error

func (f Failures) Error() string {
	texts := make([]string, len(f))
	for i, err := range f {
		texts[i] = err.Error()
	}
	return strings.Join(texts, "; ")
}

func (f Failures) Unwrap() []error { return f }

// failed is what to tell of errs, one for each tree: nil, the one that there is, or all.
func (r *run) failed(errs []error) error {
	var all Failures
	for i, err := range errs {
		if err != nil {
			all = append(all, r.named(i, err))
		}
	}
	if len(all) < 2 {
		return cmp.Or(errs...)
	}
	return all
}

// named has an error say which tree it is about, unless it does.
func (r *run) named(i int, err error) error {
	spec := r.trees[i].Spec
	if strings.HasPrefix(err.Error(), spec+": ") {
		return err
	}
	return fmt.Errorf("%s: %w", spec, err)
}
