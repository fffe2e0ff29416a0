package replica_test

import (
	"errors"
	"io/fs"
	"os"
	"slices"
	"testing"

	latussync "latus/sync"
	"latus/sync/peer"
	"latus/sync/replica"
	"latus/sync/tree"
	"latus/sync/tree/memory"
)

// A tree that came to another filesystem, which nobody can try out, is read with caution: what
// is missing there, and the bits that it shows, are nobody's edit. What can be told of a
// filesystem without trying is enough for a dry run.
func TestCarriedToWhatCannotBeTriedOut(t *testing.T) {
	exFAT := tree.Traits{Clock: 1e7, FoldsCase: true, DOSNames: true}
	links := exFAT
	links.Links = true
	broken := errors.New("the disk is broken")
	for _, c := range []struct {
		name   string
		to     tree.Traits
		fault  error    // of whatever is written there
		link   bool     // one is there, too
		remove []string // on the stick
		dry    bool
		err    error
		want   []string
	}{
		{name: "mounted for reading only", to: exFAT, fault: tree.ErrReadOnly},
		{name: "of somebody else", to: exFAT, fault: fs.ErrPermission},
		{name: "full", to: exFAT, fault: tree.ErrNoSpace},
		{name: "with a link that is gone", to: memory.Capable(), fault: tree.ErrReadOnly, err: tree.ErrReadOnly, link: true, remove: []string{"link"}},
		{name: "with a file that is gone", to: exFAT, fault: tree.ErrReadOnly, err: tree.ErrReadOnly, remove: []string{"f"}},
		{name: "broken", to: exFAT, fault: broken, err: broken},
		{name: "in a dry run", to: exFAT, fault: broken, dry: true, remove: []string{"f"}, want: []string{"b delete f"}},
		{name: "in a dry run, where links can be", to: links, fault: broken, dry: true, link: true, remove: []string{"link"}, want: []string{"b delete link"}},
	} {
		var fault error
		stick := memory.New(memory.WithName("/stick"), memory.WithHook(func(call memory.Call) error {
			if call.Change > 0 {
				return fault
			}
			return nil
		}))
		u := newUser(t)
		u.write("a/key", "secret")
		u.must(os.Chmod(u.at("a/key"), 0o600))
		if c.link {
			u.link("key", "a/link")
		}
		u.write("a/f", "text")
		from := place{name: "stick", Options: replica.Options{Tree: stick}}
		u.must(u.run(latussync.Options{}, place{name: "a"}, from).err)
		u.sync("a", "b")
		stick.Carry(c.to)
		root, err := stick.User().Open("")
		u.must(err)
		for _, name := range c.remove {
			if err := root.Remove(name); err != nil && !tree.IsNotExist(err) {
				t.Fatal(err)
			}
		}
		u.must(root.Close())
		fault = c.fault

		r := u.run(latussync.Options{Mode: peer.OneWay, Dry: c.dry}, from, place{name: "b"})
		if !errors.Is(r.err, c.err) || !slices.Equal(r.changes, c.want) {
			t.Errorf("%s: %v, %q", c.name, r.err, r.changes)
		}
		fault = nil
	}
}
