package stage

import (
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/cespare/xxhash/v2"
	"golang.org/x/sync/errgroup"

	"latus/index"
	"latus/sync/fetch"
	"latus/sync/plan"
	"latus/sync/tree"
)

// Path is where a tree has its staging area.
const Path = index.Private + "/staging"

// Names in staging. Content that comes from elsewhere is named by its version, so
// that another run finds what a killed one had fetched of it.
const (
	contentName = len("0123456789abcdef-0123456789abcdef")
	localPrefix = "new-" // made here: copies, links, directories
)

// ContentName is the name of content that comes from elsewhere: of the version gen of p.
func ContentName(p index.Path, gen index.GenID) string {
	return fmt.Sprintf("%016x-%016x", gen.Tag, xxhash.Sum64String(string(p)))
}

// LocalName is a name for what a run makes here. mark keeps apart what is numbered by itself.
func LocalName(run, mark string, n int) string {
	return fmt.Sprintf("%s%s-%s%d", localPrefix, run, mark, n)
}

// IsContent tells whether something in staging has such a name as ContentName gives.
func IsContent(name string) bool {
	return len(name) == contentName && name[16] == '-' && strings.Trim(name, "0123456789abcdef-") == ""
}

// Resume makes wants of what a plan wants, less what a killed run has fetched
// already. t may be nil: then nothing has been fetched.
func Resume(t tree.Tree, ws []plan.Want) []fetch.Want {
	wants := make([]fetch.Want, len(ws))
	for i, w := range ws {
		wants[i] = fetch.Want{Path: w.Path, Gen: w.Gen, Hash: w.Hash, Size: w.Size, Origin: w.Origin}
	}
	if t == nil || len(ws) == 0 {
		return wants
	}
	d, err := t.Open(Path)
	if err != nil {
		return wants
	}
	defer d.Close()
	names, err := d.List()
	if err != nil || len(names) == 0 {
		return wants
	}
	there := make(map[string]bool, len(names))
	for _, name := range names {
		there[name] = true
	}
	var g errgroup.Group
	g.SetLimit(tree.Parallel(t, 1))
	for i := range wants {
		w := &wants[i]
		name := ContentName(w.Path, w.Gen)
		if !there[name] {
			continue
		}
		g.Go(func() error {
			if info, err := d.Stat(name); err == nil && info.Kind == index.File && info.Size <= w.Size {
				w.Offset = info.Size
			}
			return nil
		})
	}
	_ = g.Wait()
	return wants
}

// Clean empties staging, except for content that x waits for, which another run can go on
// with, and for what was taken out of the tree and found no way back, which is for merge.Recover.
// Call it only while no intents are unsettled.
func Clean(t tree.Tree, x *index.Index) error {
	return Sweep(t, Awaited(x))
}

// Awaited tells of a name in staging whether it is content of a version that x has heard of
// and the disk does not show yet. Nobody in a run may have it but who was killed here.
func Awaited(x *index.Index) func(name string) bool {
	names := sync.OnceValue(func() map[string]bool {
		names := map[string]bool{}
		for e := range x.Lagging() {
			for _, h := range e.Heads {
				if h.Kind == index.File {
					names[ContentName(e.Path, h.Gen)] = true
				}
			}
		}
		return names
	})
	return func(name string) bool { return IsContent(name) && names()[name] }
}

// Sweep removes from staging what only latus made: content that came from elsewhere, and what
// has a LocalName. What keep tells of stays; it is called by one goroutine.
func Sweep(t tree.Tree, keep func(name string) bool) error {
	d, err := t.Open(Path)
	if tree.IsNotExist(err) {
		return nil
	}
	if err != nil {
		return err
	}
	defer d.Close()
	names, err := d.List()
	if err != nil {
		return err
	}
	errs := make([]error, len(names))
	var g errgroup.Group
	g.SetLimit(tree.Parallel(t, 1))
	for i, name := range names {
		ours := IsContent(name) || strings.HasPrefix(name, localPrefix)
		if !ours || keep(name) {
			continue
		}
		g.Go(func() error {
			err := d.Remove(name)
			if errors.Is(err, tree.ErrIsDir) {
				err = sweepDir(d, name)
			}
			if !tree.IsNotExist(err) {
				errs[i] = err
			}
			return nil
		})
	}
	_ = g.Wait()
	return errors.Join(errs...)
}

// sweepDir removes a directory of staging with the files in it.
func sweepDir(d tree.Dir, name string) error {
	err := d.Rmdir(name)
	if !errors.Is(err, tree.ErrNotEmpty) {
		return err
	}
	in, err := d.OpenDir(name)
	if err != nil {
		return err
	}
	files, err := in.List()
	for _, file := range files {
		err = errors.Join(err, in.Remove(file))
	}
	if err = errors.Join(err, in.Close()); err != nil {
		return err
	}
	return d.Rmdir(name)
}
