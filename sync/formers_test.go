package sync_test

import (
	"testing"

	"latus/index"
	"latus/sync/tree/memory"
)

// A stick keeps no permission bits and coarse times. What is renamed on it has those that it
// had everywhere else, also where nobody has the old name.
func TestRenamedOnAStick(t *testing.T) {
	can := memory.Capable()
	can.Clock, can.ModeBits, can.StableInodes, can.BirthTimes = 2e9, 0, false, false
	w := newWorld(t, 1, 2)
	a, c := w.sites[0], w.sites[1]
	b := w.add("Stick", memory.WithTraits(can))
	for _, f := range []struct {
		path index.Path
		mode uint32
	}{{"key", 0o600}, {"script", 0o755}, {"dir", 0o700}, {"dir/a", 0o640}, {"dir/sub", 0o750}, {"dir/sub/b", 0o400}, {"same", 0o644}, {"alike", 0o600}} {
		if f.path == "dir" || f.path == "dir/sub" {
			a.mkdir(f.path)
		} else {
			a.write(f.path, "content of "+string(f.path))
			a.touch(f.path, 1_500_000_000_123_456_789+int64(len(f.path))*10e9)
		}
		a.chmod(f.path, f.mode)
	}
	a.write("alike", "content of same") // of which a look tells no difference
	a.touch("alike", 1_500_000_000_123_456_789+4*10e9)
	w.two(a, b)
	before := a.look()
	for from, to := range map[index.Path]index.Path{"key": "key2", "dir/a": "dir/away", "same": "one", "alike": "two"} {
		b.rename(from, to)
	}
	b.mkdir("in")
	b.rename("script", "in/script")
	b.rename("dir", "in/other")
	w.two(b, c)
	w.two(a, b)
	for from, to := range map[index.Path]index.Path{
		"key": "key2", "dir/a": "in/other/away", "script": "in/script", "dir": "in/other", "dir/sub": "in/other/sub", "dir/sub/b": "in/other/sub/b",
	} {
		for _, s := range []*site{a, c} {
			if was, is := before[from], s.look()[to]; was != is {
				t.Errorf("%s: %s was %v, and is as %s %v", s.name, from, was, to, is)
			}
		}
	}
	for _, p := range []index.Path{"one", "two"} {
		if mode := c.look()[p].mode; mode != 0o600 {
			t.Errorf("%s is %o, and may have been private", p, mode)
		}
	}
	w.same(a, c)
	if r := w.two(a, b); r.Changes > 0 {
		t.Errorf("again: %v", r.changes)
	}
	if r := w.two(b, c); r.Changes > 0 {
		t.Errorf("again: %v", r.changes)
	}
}
