package command

import (
	"errors"
	"strconv"
	"strings"
	"sync"
	"syscall"

	"latus/remote"
	latussync "latus/sync"
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
	t, err := remote.ParseTarget(spec)
	switch {
	case err != nil || t.Kind == remote.SFTP:
		return ""
	case t.Kind == remote.Local:
		if old, err := latussync.HasOldVersions(t.Path); err != nil || !old {
			return ""
		}
		return "latus trash purge " + ui.Word(spec, "TREE")
	}
	host, port, path := t.Host, "", t.Path
	if t.User != "" {
		host = t.User + "@" + host
	}
	if t.Port != 0 {
		port = "-p " + strconv.Itoa(t.Port) + " "
	}
	if path == "" {
		path = "."
	}
	return "ssh " + port + ui.Word(host, "HOST") + " latus trash purge " + ui.Word(path, "PATH")
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
