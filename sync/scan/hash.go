package scan

import (
	"context"
	"errors"

	"latus/index"
	"latus/sync/digest"
	"latus/sync/plan"
	"latus/sync/reason"
	"latus/sync/tree"
)

var errWriting = errors.New("is being written")

// stable hashes a file that looked like info, and returns how it looked all the
// while. A file that changes meanwhile is tried once more.
func stable(ctx context.Context, dir tree.Dir, name string, info tree.Info) (index.Hash, tree.Info, error) {
	for range 2 {
		sum, after, err := read(ctx, dir, name)
		if err != nil {
			return sum, after, err
		}
		if after.Witness == info.Witness {
			return sum, after, nil
		}
		info = after
	}
	return index.Hash{}, info, errWriting
}

func read(ctx context.Context, dir tree.Dir, name string) (sum index.Hash, after tree.Info, err error) {
	f, err := dir.Read(name)
	if err != nil {
		return sum, after, err
	}
	defer f.Close()
	if sum, err = digest.Copy(ctx, f, nil); err != nil {
		return sum, after, err
	}
	after, err = dir.Stat(name)
	return sum, after, err
}

// verify compares the hash of a file that looks unchanged with the recorded one.
func (w *worker) verify(p index.Path, sum index.Hash) {
	head, ok := plan.Display(w.index.Get(p).Acked())
	switch {
	case !ok || head.Kind != index.File:
	case !head.Hash.Known():
		w.saw.Hashed = append(w.saw.Hashed, Hashed{p, head.Gen, sum})
	case head.Hash != sum:
		w.problem(p, nil, reason.Suspect.Why(), false)
	}
}
