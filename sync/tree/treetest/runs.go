package treetest

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"latus/index"
	"latus/sync/tree"
)

func testUnlock(t *testing.T, f *fixture) {
	ok(t, f.root.Mkdir("d", 0o755))
	d := f.open(t, "d")
	ok(t, f.root.Chmod("d", 0o555))
	locked, err := d.Self()
	ok(t, err)
	restore, err := tree.Unlock(d)
	ok(t, err)
	file(t, d, "x", "")
	ok(t, restore())
	again, err := d.Self()
	ok(t, err)
	if again.Mode != locked.Mode {
		t.Fatalf("mode %04o, was %04o", again.Mode, locked.Mode)
	}
	ok(t, f.root.Chmod("d", 0o755))
	before, err := d.Self()
	ok(t, err)
	restore, err = tree.Unlock(d)
	ok(t, err)
	ok(t, restore())
	after, err := d.Self()
	ok(t, err)
	if before != after {
		t.Fatalf("a directory that was open: %+v became %+v", before, after)
	}
}

// Probing leaves nothing, finds the same again, and clears up after one that was
// killed.
func testProbe(t *testing.T, f *fixture) {
	staging := f.open(t, index.Path(index.Private).Join(tree.Staging))
	lists(t, staging)
	ok(t, staging.Mkdir("probe", 0o700))
	file(t, f.open(t, ".latus/staging/probe"), "left over", "x")
	again, err := tree.Probe(f.Tree)
	ok(t, err)
	if again != f.can {
		t.Fatalf("first %+v, then %+v", f.can, again)
	}
	lists(t, staging)
	if f.can.Clock < 1 {
		t.Fatal("no clock")
	}
	if s, ok := f.Tree.(interface{ SetTraits(tree.Traits) }); ok {
		s.SetTraits(f.can)
		if f.Traits() != f.can {
			t.Fatal("traits are not kept")
		}
	}
}

// private is how everything in the private folder looks.
func private(t *testing.T, f *fixture) map[string]tree.Info {
	t.Helper()
	d := f.open(t, index.Private)
	names, err := d.List()
	ok(t, err)
	infos := map[string]tree.Info{}
	for _, name := range names {
		infos[name], err = d.Stat(name)
		ok(t, err)
	}
	infos["."], err = d.Self()
	ok(t, err)
	return infos
}

func testLock(t *testing.T, f *fixture) {
	first, err := tree.Lock(f.Tree, true)
	ok(t, err)
	if first.Last() != "" {
		t.Fatalf("a new lock has a lease %q", first.Last())
	}
	if _, kernel := f.Tree.(tree.Locker); kernel {
		_, err = tree.Lock(f.Tree, true)
		fails(t, err, tree.ErrBusy)
		_, err = tree.Lock(f.Tree, false)
		fails(t, err, tree.ErrBusy)
		ok(t, first.Lease("pid 12 on elsewhere"))
		_, err = tree.Lock(f.Tree, true)
		fails(t, err, tree.ErrBusy)
		if want := "pid 12 on elsewhere"; !strings.Contains(err.Error(), want) {
			t.Fatalf("%q does not say %q", err, want)
		}
	} else {
		ok(t, first.Lease("pid 12 on elsewhere"))
		other, err := tree.Lock(f.Tree, true)
		ok(t, err)
		if other.Last() != "pid 12 on elsewhere" {
			t.Fatalf("lease %q", other.Last())
		}
		ok(t, other.Unlock())
	}
	ok(t, first.Unlock())

	before := private(t, f)
	second, err := tree.Lock(f.Tree, true)
	ok(t, err)
	if second.Last() != "" {
		t.Fatalf("a run that ended well left a lease %q", second.Last())
	}
	ok(t, second.Unlock())
	if after := private(t, f); !same(before, after) {
		t.Fatalf("a run with nothing to do: %+v became %+v", before, after)
	}
}

func testLockDry(t *testing.T, f *fixture) {
	before := private(t, f)
	h, err := tree.Lock(f.Tree, false)
	ok(t, err)
	ok(t, h.Unlock())
	if after := private(t, f); !same(before, after) {
		t.Fatalf("a dry run: %+v became %+v", before, after)
	}
	h, err = tree.Lock(f.Tree, true)
	ok(t, err)
	ok(t, h.Unlock())
	before = private(t, f)
	h, err = tree.Lock(f.Tree, false)
	ok(t, err)
	ok(t, h.Unlock())
	if after := private(t, f); !same(before, after) {
		t.Fatalf("a second dry run: %+v became %+v", before, after)
	}
}

func same(a, b map[string]tree.Info) bool {
	if len(a) != len(b) {
		return false
	}
	for name, info := range a {
		if b[name] != info {
			return false
		}
	}
	return true
}

// One tree and one held directory, many goroutines.
func testConcurrent(t *testing.T, f *fixture) {
	ok(t, f.root.Mkdir("d", 0o755))
	d := f.open(t, "d")
	const workers, rounds = 8, 30
	var wg sync.WaitGroup
	errs := make(chan error, workers)
	for w := range workers {
		wg.Go(func() {
			for i := range rounds {
				if err := work(f.Tree, d, fmt.Sprintf("%d-%d", w, i)); err != nil {
					errs <- err
					return
				}
			}
		})
	}
	wg.Wait()
	close(errs)
	for err := range errs {
		t.Fatal(err)
	}
	names, err := d.List()
	ok(t, err)
	if len(names) != workers*rounds {
		t.Fatalf("%d names, want %d", len(names), workers*rounds)
	}
}

// work makes one file and looks at it in every way.
func work(tr tree.Tree, d tree.Dir, name string) error {
	f, err := d.Create("new "+name, 0o644)
	if err != nil {
		return err
	}
	if _, err := f.Write([]byte(name)); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	if err := d.Rename("new "+name, d, name); err != nil {
		return err
	}
	names, err := d.List()
	if err != nil {
		return err
	}
	if !slices.Contains(names, name) {
		return fmt.Errorf("%q is missing", name)
	}
	own, err := tr.Open("d")
	if err != nil {
		return err
	}
	defer own.Close()
	info, err := own.Stat(name)
	if err != nil {
		return err
	}
	if info.Size != int64(len(name)) {
		return fmt.Errorf("%q has %d bytes", name, info.Size)
	}
	return nil
}
