package trash

import (
	"errors"
	"fmt"

	"latus/index"
	"latus/sync/tree"
)

// Take moves dir/name into a committed slot, if it is what old says: it looks
// before and after the rename. The error is ErrChanged where something else was
// found, which then stands at dir/name again. Should its place have been taken
// meanwhile, it stays in the trash: nothing is ever unlinked.
func (t *Trash) Take(id string, dir tree.Dir, name string, old index.Witness) error {
	t.passing.RLock()
	defer t.passing.RUnlock()
	if _, err := t.expect(dir, name, old, true); err != nil {
		return err
	}
	return t.take(id, dir, name, old)
}

// Arrived waits for what is on its way by Take or Swap: for a moment it is neither where
// it stood nor among the Items. Whoever looks for it and finds it at neither place
// looks again after this.
func (t *Trash) Arrived() {
	t.passing.Lock()
	defer t.passing.Unlock()
}

func (t *Trash) take(id string, dir tree.Dir, name string, old index.Witness) error {
	run, n, err := t.slot(id)
	if err != nil {
		return err
	}
	if err := dir.Rename(name, run, n); err != nil {
		return err
	}
	i, err := run.Stat(n)
	if err == nil && t.tree.Traits().Same(i, old, false) {
		t.filled(id)
		t.shares(id, i)
		return nil
	}
	if err == nil {
		err = ErrChanged
	}
	if back := run.Rename(n, dir, name); back != nil {
		return errors.Join(err, t.filledBy(id, i))
	}
	return err
}

// Swap puts staging/staged, which is as fresh says, in the place of dir/name,
// which is as old says, and that into a committed slot. Where the filesystem can,
// no moment passes in which nothing stands at dir/name.
//
// After ErrChanged, or any other error but ErrStranded, dir/name is as it was
// found, or as somebody else made it meanwhile, and the staged version is in
// staging still. After ErrStranded one of the two lies in staging and must stay
// there until somebody sorted it out.
func (t *Trash) Swap(id string, staging tree.Dir, staged string, fresh index.Witness, dir tree.Dir, name string, old index.Witness) error {
	t.passing.RLock()
	defer t.passing.RUnlock()
	if _, err := t.expect(dir, name, old, true); err != nil {
		return err
	}
	err := staging.Exchange(staged, dir, name)
	if errors.Is(err, tree.ErrUnsupported) {
		return t.swapInSteps(id, staging, staged, dir, name, old)
	}
	if err != nil {
		return err
	}
	// From here on what came out lies at the staged name.
	i, err := t.expect(staging, staged, old, false)
	if err == nil {
		if err = t.Fill(id, staging, staged); err == nil {
			t.shares(id, i)
			return nil
		}
	}
	if back := t.swapBack(id, staging, staged, fresh, dir, name); back != nil {
		return errors.Join(err, back)
	}
	return err
}

// swapBack exchanges until the staged version is in staging again. Somebody who
// replaces dir/name faster than that ends up in the trash, whole.
func (t *Trash) swapBack(id string, staging tree.Dir, staged string, fresh index.Witness, dir tree.Dir, name string) error {
	for range 3 {
		err := staging.Exchange(staged, dir, name)
		if tree.IsNotExist(err) {
			// It was removed meanwhile; what came out goes back all the same.
			err = staging.Rename(staged, dir, name)
			if err == nil {
				return nil
			}
		}
		if err != nil {
			return fmt.Errorf("%w: %w", ErrStranded, err)
		}
		if i, err := staging.Stat(staged); err == nil && t.tree.Traits().Same(i, fresh, false) {
			return nil
		}
	}
	i, err := staging.Stat(staged)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrStranded, err)
	}
	run, n, err := t.slot(id)
	if err == nil {
		err = staging.Rename(staged, run, n)
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrStranded, err)
	}
	return t.filledBy(id, i)
}

// swapInSteps is Swap where nothing can be exchanged.
func (t *Trash) swapInSteps(id string, staging tree.Dir, staged string, dir tree.Dir, name string, old index.Witness) error {
	if err := t.take(id, dir, name, old); err != nil {
		return err
	}
	err := staging.Rename(staged, dir, name)
	if err == nil {
		return nil
	}
	if tree.IsExist(err) {
		// Somebody put something there: the old version is rightly in the trash.
		return ErrChanged
	}
	if back := t.Return(id, dir, name); back != nil && !tree.IsExist(back) {
		return errors.Join(err, fmt.Errorf("%w: %w", ErrStranded, back))
	}
	return err
}

// expect looks at dir/name: ErrChanged if it is not as w says.
func (t *Trash) expect(dir tree.Dir, name string, w index.Witness, withCtime bool) (tree.Info, error) {
	i, err := dir.Stat(name)
	if err == nil && !t.tree.Traits().Same(i, t.Stirred(w), withCtime) {
		err = ErrChanged
	}
	return i, err
}
