package peer

import (
	"errors"
	"reflect"
	"testing"

	"latus/index"
)

var (
	then = index.GenID{Author: 1, Tag: 10}
	now  = index.GenID{Author: 2, Tag: 20}
)

// told is a receiver's knowledge: it has seen then.
func told(t *testing.T) *index.Knowledge {
	t.Helper()
	k := index.NewKnowledge()
	k.Add(index.Generation{GenID: then, Seq: 1, Time: 1})
	return k
}

func moved(p, from index.Path, was index.Head) *index.Entry {
	was.Gen, was.Origin = now, &index.Origin{Path: from, Gen: then}
	return &index.Entry{Path: p, Heads: []index.Head{was}}
}

func TestShortened(t *testing.T) {
	was := index.Head{Gen: then, Kind: index.File, Size: 5, Mtime: -7, Utime: 30, Hash: index.Hash{1, 2}}
	linked := moved("linked", "old", was)
	linked.Heads[0].Origin.Linked = true
	edited := moved("edited", "old", was)
	edited.Heads[0].Lineage = []index.Ancestor{{Hash: 3}}
	dir := moved("dir", "olddir", index.Head{Kind: index.Dir})
	fresh := &index.Entry{Path: "new", Heads: []index.Head{{Gen: now, Kind: index.File, Size: 5}}}
	unheard := moved("unheard", "old", was)
	unheard.Heads[0].Origin.Gen = index.GenID{Author: 3, Tag: 3}
	known := moved("zknown", "old", was)
	known.Heads[0].Gen = then
	all := func() []*index.Entry {
		return []*index.Entry{dir, edited, linked, moved("m1", "old", was), fresh, moved("m2", "old", was), unheard, known}
	}
	version := func(p index.Path, g index.GenID) (index.Head, bool) { return was, p == "old" && g == then }

	d := &Delta{Entries: all()}
	mine := d.Entries[3]
	d.Shorten(told(t))
	if want := []int{3, 5}; !reflect.DeepEqual(d.Moved, want) {
		t.Fatalf("short are %v, not %v", d.Moved, want)
	}
	if mine.Heads[0].Size != 5 || !mine.Heads[0].Hash.Known() {
		t.Error("what others hold was changed")
	}
	for _, i := range d.Moved {
		if !Shortened(d.Entries[i]) {
			t.Errorf("%+v is not short", d.Entries[i].Heads[0])
		}
	}
	if err := d.Complete(version); err != nil {
		t.Fatal(err)
	}
	if want := (&Delta{Entries: all()}); !reflect.DeepEqual(d, want) {
		t.Errorf("%+v became %+v", want, d)
	}
}

// What is not here, or is not what the sender has, is not made up.
func TestNotFound(t *testing.T) {
	was := index.Head{Gen: then, Kind: index.File, Size: 5, Mtime: 7, Utime: 7, Hash: index.Hash{1, 2}}
	for what, change := range map[string]func(*index.Head){
		"the same":       func(h *index.Head) {},
		"nothing":        nil,
		"another size":   func(h *index.Head) { h.Size++ },
		"another mtime":  func(h *index.Head) { h.Mtime++ },
		"another hash":   func(h *index.Head) { h.Hash[31]++ },
		"no hash":        func(h *index.Head) { h.Hash = index.Hash{} },
		"a link":         func(h *index.Head) { h.Kind = index.Link },
		"an mtime ahead": func(h *index.Head) { h.Mtime = 1<<62 + 1 },
	} {
		d := &Delta{Entries: []*index.Entry{moved("m", "old", was)}}
		d.Shorten(told(t))
		err := d.Complete(func(index.Path, index.GenID) (index.Head, bool) {
			if change == nil {
				return index.Head{}, false
			}
			h := was
			change(&h)
			return h, true
		})
		if (what == "the same") != (err == nil) || err != nil && !errors.Is(err, ErrUnresolved) {
			t.Errorf("%s: %v", what, err)
		}
	}
}
