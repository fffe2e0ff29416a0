package sync_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"latus/index"
	latussync "latus/sync"
	"latus/sync/tree"
	"latus/sync/tree/memory"
)

var errDisk = errors.New("input/output error")

// spoilStaged has what lies in staging be other bytes than were written, as the disk has it
// after a failed writeback. It tells whether there was anything.
func (s *site) spoilStaged() (any bool) {
	s.in(index.Private+"/staging", func(d tree.Dir) error {
		names, err := d.List()
		for _, name := range names {
			info, err := d.Stat(name)
			if err != nil || info.Kind != index.File {
				continue
			}
			f, err := d.Write(name)
			if err != nil {
				continue
			}
			_, err = f.Write(bytes.Repeat([]byte{'?'}, int(info.Size)))
			if err = errors.Join(err, f.Chtime(info.Mtime), f.Close()); err != nil {
				return err
			}
			any = true
		}
		return err
	})
	return any
}

// A disk that cannot be synced tells so once, and of all that was written until then: none
// of that gets a name, in this run or the next, also where a later sync finds nothing wrong.
func TestContentThatWasNotSynced(t *testing.T) {
	each := memory.Capable()
	each.SyncAll = false
	for name, traits := range map[string]tree.Traits{"as a whole": memory.Capable(), "by file": each} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, 1, 1)
			a, b := w.sites[0], w.add("B", memory.WithTraits(traits))
			a.mkdir("d")
			a.write("d/q", "first")
			for _, p := range []index.Path{"d/r", "d/s", "d/t"} {
				a.write(p, "stays in "+string(p))
			}
			w.two(a, b)
			a.rename("d", "e") // which goes before what is in it
			a.write("e/q", "second")
			a.write("p", "new")
			failed := false
			b.hooked(func(c memory.Call) error {
				staged := c.Dir.Under(index.Private+"/staging") || c.Dir == index.Private+"/staging"
				if c.Op != "sync" || failed || traits.SyncAll != (c.Dir == "" && c.Name == "") || !traits.SyncAll && !(staged && c.Name != "") {
					return nil
				}
				if failed = b.spoilStaged(); failed {
					return errDisk
				}
				return nil
			})
			r := w.sync(latussync.Options{MaxDelete: off}, a, b)
			if !failed || traits.SyncAll && !errors.Is(r.err, errDisk) || !traits.SyncAll && (r.err != nil || len(r.problems) == 0) {
				t.Fatal(failed, r.err, r.problems)
			}
			if traits.SyncAll && !strings.HasPrefix(r.err.Error(), "B: ") {
				t.Error("nobody knows where:", r.err)
			}
			w.two(a, b)
			w.same(a, b)
			b.mustLook("afterwards", a.look())
		})
	}
}
