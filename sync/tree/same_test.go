package tree

import (
	"math"
	"testing"

	"latus/index"
)

// What a filesystem cannot tell must not make two looks differ, and what it can tell must.
func TestSame(t *testing.T) {
	w := index.Witness{Kind: index.File, Mode: 0o640, Size: 5, Mtime: 1_700_000_000_123_456_789, Ctime: 9, Btime: 7, Inode: 4}
	disk := Traits{Clock: 1, ModeBits: 0o7777, StableInodes: true, BirthTimes: true}
	fat := Traits{Clock: 2e9, ModeBits: 0o200}
	sftp := Traits{Clock: 1e9, ModeBits: 0o7777, Whole: true}
	for _, c := range []struct {
		what      string
		change    func(*index.Witness)
		disk      bool
		fat, sftp bool
	}{
		{"nothing", func(*index.Witness) {}, true, true, true},
		{"kind", func(w *index.Witness) { w.Kind = index.Link }, false, false, false},
		{"size", func(w *index.Witness) { w.Size++ }, false, false, false},
		{"a nanosecond", func(w *index.Witness) { w.Mtime++ }, false, true, true},
		{"a second and a half", func(w *index.Witness) { w.Mtime += 15e8 }, false, true, false},
		{"two seconds", func(w *index.Witness) { w.Mtime -= 2e9 }, false, false, false},
		{"the end of time", func(w *index.Witness) { w.Mtime = math.MinInt64 }, false, false, false},
		{"whole seconds", func(w *index.Witness) { w.Mtime -= w.Mtime % 1e9; w.Inode = 0 }, true, true, true},
		{"a bit", func(w *index.Witness) { w.Mode ^= 0o004 }, false, true, false},
		{"the bit that FAT has", func(w *index.Witness) { w.Mode ^= 0o200 }, false, false, false},
		{"inode", func(w *index.Witness) { w.Inode++ }, false, true, true},
		{"no inode", func(w *index.Witness) { w.Inode = 0 }, true, true, true},
		{"birth", func(w *index.Witness) { w.Btime++ }, false, true, true},
		{"no birth", func(w *index.Witness) { w.Btime = 0 }, true, true, true},
		{"ctime", func(w *index.Witness) { w.Ctime++ }, true, true, true},
	} {
		now := w
		c.change(&now)
		for name, x := range map[string]struct {
			tr   Traits
			want bool
		}{"disk": {disk, c.disk}, "FAT": {fat, c.fat}, "SFTP": {sftp, c.sftp}} {
			if got := x.tr.Same(Info{Witness: now}, w, false); got != x.want {
				t.Errorf("%s on %s: same is %v", c.what, name, got)
			}
		}
	}
	later := w
	later.Ctime++
	if disk.Same(Info{Witness: later}, w, true) {
		t.Error("a change time that is asked for counts")
	}
	later.Ctime = 0
	if !disk.Same(Info{Witness: later}, w, true) {
		t.Error("a change time that is not known counts")
	}
}

// A file that is being given a mtime may be caught with either.
func TestUnwritten(t *testing.T) {
	tr := Traits{Clock: 1, StableInodes: true}
	w := index.Witness{Kind: index.File, Size: 5, Mtime: 100, Inode: 4}
	for _, c := range []struct {
		now  index.Witness
		want bool
	}{
		{w, true},
		{index.Witness{Kind: index.File, Size: 5, Mtime: 200, Inode: 4}, true},
		{index.Witness{Kind: index.File, Size: 5, Mtime: 150, Inode: 4}, false},
		{index.Witness{Kind: index.File, Size: 6, Mtime: 100, Inode: 4}, false},
		{index.Witness{Kind: index.File, Size: 5, Mtime: 100, Inode: 5}, false},
	} {
		if got := tr.Unwritten(Info{Witness: c.now}, w, 200); got != c.want {
			t.Errorf("%+v: %v", c.now, got)
		}
	}
}
