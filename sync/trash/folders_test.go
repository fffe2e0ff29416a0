package trash

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"latus/index"
	"latus/sync/tree"
)

// A run that displaces many goes on in another folder, also when it is taken up by
// another session.
func TestManyOfARun(t *testing.T) {
	both(t, func(t *testing.T, tr tree.Tree) {
		const many = 2*folderSlots + 50
		var want []Item
		b := opened(t, tr)
		for i := range many {
			if i == folderSlots+1 {
				must(t, b.Close())
				b = opened(t, tr)
			}
			want = append(want, discard(t, tr, b, index.Path(fmt.Sprint("f", i)), uint64(i+1), fmt.Sprint("text ", i)))
		}
		slices.Reverse(want)
		folders := map[string]int{}
		for _, it := range want {
			in, _, _ := strings.Cut(strings.TrimPrefix(string(it.Place()), folder+"/"), "/")
			folders[in]++
			if it.Run != "run" {
				t.Fatalf("%s is of run %s", it.ID, it.Run)
			}
		}
		if len(folders) != 3 || folders["run"] != folderSlots || folders["run.1"] != folderSlots || folders["run.2"] != 50 {
			t.Fatalf("in the folders: %v", folders)
		}
		again := opened(t, tr)
		for _, b := range []*Trash{b, again} {
			if got := b.Items(); !slices.Equal(got, want) {
				t.Fatalf("%d items, want %d", len(got), len(want))
			}
		}
		must(t, b.Close())
		res, err := again.Purge(PurgeOptions{})
		if err != nil || res.Items != many {
			t.Fatal(res, err)
		}
		root, err := tr.Open(folder)
		must(t, err)
		defer root.Close()
		if names, err := root.List(); err != nil || len(names) != 1 {
			t.Fatalf("left by a purge: %v %v", names, err)
		}
	})
}

// Without the list all is still there, under the run that it is of.
func TestFoldersWithoutAList(t *testing.T) {
	both(t, func(t *testing.T, tr tree.Tree) {
		b := opened(t, tr)
		for i := range folderSlots + 1 {
			discard(t, tr, b, index.Path(fmt.Sprint("f", i)), uint64(i+1), "text")
		}
		must(t, b.Close())
		root, err := tr.Open(folder)
		must(t, err)
		defer root.Close()
		must(t, root.Remove(listFile))
		items := opened(t, tr).Items()
		if len(items) != folderSlots+1 {
			t.Fatalf("%d items", len(items))
		}
		for _, it := range items {
			if it.Run != "run" {
				t.Fatalf("%s is of run %q", it.ID, it.Run)
			}
		}
	})
}

// An earlier latus put all of a run into one folder: it is read, and what a session of
// now adds to that run goes into the next.
func TestOneLargeFolder(t *testing.T) {
	both(t, func(t *testing.T, tr tree.Tree) {
		b := opened(t, tr)
		old := discard(t, tr, b, "old", 1, "old")
		must(t, b.Close())
		root, err := tr.Open(folder + "/run")
		must(t, err)
		must(t, root.Rename("1", root, "5000"))
		must(t, root.Close())
		list := read(t, tr, folder+"/"+listFile)
		root, err = tr.Open(folder)
		must(t, err)
		must(t, root.Remove(listFile))
		must(t, root.Close())
		write(t, tr, folder+"/"+listFile, strings.Replace(list, `"run.1"`, `"run.5000"`, 1))
		b = opened(t, tr)
		fresh := discard(t, tr, b, "new", 2, "new")
		old.ID = "run.5000"
		if got := b.Items(); fresh.ID != "run.1.1" || !slices.Equal(got, []Item{fresh, old}) {
			t.Fatalf("items %+v", got)
		}
	})
}

// However many folders a session fills, few are held open between its batches.
func TestLetGo(t *testing.T) {
	both(t, func(t *testing.T, tr tree.Tree) {
		b := opened(t, tr)
		for i := range heldMost + 1 {
			discardIn(t, tr, b, fmt.Sprint("run", i), "f", uint64(i+1), "text")
			must(t, b.LetGo())
		}
		if len(b.held) > 0 {
			t.Fatalf("%d folders are held", len(b.held))
		}
		if it := discardIn(t, tr, b, "run0", "f", 1000, "more"); it.ID != "run0.2" {
			t.Fatalf("the next of the first run is %s", it.ID)
		}
	})
}
