package merge

import (
	"errors"

	"latus/index"
	"latus/sync/stage"
	"latus/sync/trash"
	"latus/sync/tree"
)

// salvaged is the run in the trash that what Salvage finds belongs to.
const salvaged = "salvaged"

// Salvage moves what lies in staging into the trash, but for what plan lines of x tell
// of. Where an index has lost lines nobody knows what of it was only fetched, and what is
// an old version that had changed places with the new one and was on its way to the
// trash. Call it with the tree's lock held, and before Recover, which clears staging. now
// is in nanoseconds since 1970 UTC. It returns how many files and links it found.
func Salvage(t tree.Tree, x *index.Index, tr *trash.Trash, now int64) (found int, err error) {
	dir, err := t.Open(stage.Path)
	if tree.IsNotExist(err) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	defer dir.Close()
	told := map[string]bool{}
	for _, i := range x.Intents() {
		told[i.Staged] = true
	}
	found, err = salvage(tr, dir, now, func(name string) bool { return !told[name] })
	if found > 0 {
		err = errors.Join(err, tr.SyncDirs(), dir.Sync())
	}
	return found, err
}

func salvage(tr *trash.Trash, dir tree.Dir, now int64, wanted func(name string) bool) (found int, err error) {
	names, err := dir.List()
	if err != nil {
		return 0, err
	}
	for _, name := range names {
		if !wanted(name) {
			continue
		}
		i, err := dir.Stat(name)
		if err != nil {
			return found, err
		}
		switch i.Kind {
		case index.Dir:
			in, err := dir.OpenDir(name)
			if err != nil {
				return found, err
			}
			n, err := salvage(tr, in, now, func(string) bool { return true })
			found += n
			if err = errors.Join(err, in.Close()); err != nil {
				return found, err
			}
		case index.File, index.Link:
			if err := tr.Shelve(trash.Item{Run: salvaged, At: now, Why: "found in staging"}, dir, name); err != nil {
				return found, err
			}
			found++
		}
	}
	return found, nil
}
