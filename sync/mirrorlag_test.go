package sync_test

import (
	"testing"

	latussync "latus/sync"
	"latus/sync/peer"
	"latus/sync/plan"
	"latus/sync/tree/memory"
)

// What could not be done to the first tree of a mirror is undone in the others: whatever was
// to come there, they are made like its disk. Permission bits that are still to come may
// be what a filesystem made of them: they are a problem, and left to a run in which they come.
func TestMirrorOfWhatCouldNotBeDone(t *testing.T) {
	for name, change := range map[string]func(b *site){
		"deleted":     func(b *site) { b.remove("two") },
		"edited":      func(b *site) { b.write("two", "by B, later") },
		"touched":     func(b *site) { b.touch("two", b.now()+5e9) },
		"permissions": func(b *site) { b.chmod("two", 0o600) },
	} {
		t.Run(name, func(t *testing.T) {
			broken := false
			w := newWorld(t, 5, 0)
			a := w.add("A", memory.WithHook(func(call memory.Call) error {
				looks := call.Op == "stat" || call.Op == "read" || call.Op == "open"
				if broken && (call.Name == "two" && !looks || call.Op == "rename") {
					return errIO
				}
				return nil
			}))
			b := w.add("B")
			mirror := latussync.Options{Mode: peer.Mirror, MaxDelete: off}
			a.write("two", "by A")
			w.two(a, b)
			was := a.look()["two"]
			change(b)
			broken = true
			w.two(a, b)
			broken = false
			if a.look()["two"] != was {
				t.Fatal("it was done")
			}
			if name == "permissions" {
				if r := w.sync(mirror, a, b); r.err != nil || len(r.problems) != 1 {
					t.Fatalf("%v, problems %q", r.err, r.problems)
				}
				w.two(a, b)
				was.mode = 0o600
			}
			for i := range 2 {
				r := w.sync(mirror, a, b)
				if r.err != nil || len(r.problems) > 0 || i > 0 && len(r.changes) > 0 {
					t.Fatalf("run %d: %v, changes %q, problems %q", i, r.err, r.changes, r.problems)
				}
				w.same(a, b)
			}
			if r := w.two(a, b); len(r.changes)+len(r.problems) > 0 {
				t.Fatalf("still changes %q, problems %q", r.changes, r.problems)
			}
			if got := a.look()["two"]; got != was {
				t.Fatalf("%v, not %v", got, was)
			}
		})
	}
}

// A conflict that was left alone, and a mirror of the tree that had won it: what that one
// insists on it says once, and the next mirror has nothing to say, nor to write.
func TestMirrorInsistsOnce(t *testing.T) {
	for seed := range uint64(4) {
		w, s := three(t, "ABC")
		w.two(s...)
		s[0].write("two", "by A")
		s[2].write("two", "by C, later")
		if r := w.sync(latussync.Options{Conflict: plan.Fail}, s[2], s[0]); r.err != nil {
			t.Fatal(r.err)
		}
		s[1].write("two", "by B, latest")
		if seed%2 == 1 {
			s[1].touch("two", 1)
		}
		conflicts, written := 0, 0
		for i := range 4 {
			r := w.sync(latussync.Options{Mode: peer.Mirror, MaxDelete: off, Checksum: seed > 1}, s[2], s[1])
			if r.err != nil || len(r.problems) > 0 || i > 0 && len(r.changes) > 0 {
				t.Fatalf("mirror %d: %v, changes %q, problems %q", i, r.err, r.changes, r.problems)
			}
			if conflicts += len(r.conflicts); conflicts > 1 {
				t.Fatalf("mirror %d reports a conflict again", i)
			}
			now := s[1].mem.Changes() + s[2].mem.Changes()
			if i > 1 && now != written {
				t.Fatalf("mirror %d writes", i)
			}
			written = now
		}
		if got := s[1].look()["two"].text; got != "by C, later" {
			t.Fatalf("%q", got)
		}
		for range 2 {
			w.two(s...)
		}
		w.same(s...)
	}
}
