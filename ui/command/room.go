package command

import (
	"errors"
	"strings"
	"sync"
	"syscall"

	"latus/remote"
	"latus/sync/replica"
	"latus/sync/tree"
	"latus/ui"
)

// purging tells of each tree what drops old versions from its trash. A trash is looked
// into once.
func purging(specs []string) func(tree int) string {
	var mu sync.Mutex
	known := map[int]string{}
	return func(tree int) string {
		mu.Lock()
		defer mu.Unlock()
		if tree < 0 || tree >= len(specs) {
			return ""
		}
		if _, ok := known[tree]; !ok {
			known[tree] = purgeCommand(specs[tree])
		}
		return known[tree]
	}
}

// purgeCommand is what drops old versions from the trash of a tree, as it is to be
// typed; "" where there are none, or no latus to drop them. Of a tree on another host
// nobody knows whether there are.
func purgeCommand(spec string) string {
	if t, err := remote.ParseTarget(spec); err == nil && t.Kind == remote.Local {
		if old, err := replica.HasOldVersions(t.Path); err != nil || !old {
			return ""
		}
	}
	return typed(spec, "trash purge")
}

// adviseRoom names what frees room, where a command ended because a disk is full and
// says whose.
func adviseRoom(err error, specs ...string) error {
	if err == nil || !errors.Is(err, tree.ErrNoSpace) && !errors.Is(err, syscall.ENOSPC) {
		return err
	}
	for _, spec := range specs {
		if len(specs) == 1 || strings.HasPrefix(err.Error(), spec+": ") {
			return advise(err, ui.NoSpaceHint(purgeCommand(spec)))
		}
	}
	return err
}
