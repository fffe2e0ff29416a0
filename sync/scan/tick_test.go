package scan

import (
	"context"
	"testing"
	"time"

	"github.com/zeebo/blake3"

	"latus/index"
	"latus/sync/tree"
)

// A file written just now is looked at again when the tick has passed.
func TestWrittenWhileScanned(t *testing.T) {
	now := time.Now()
	fresh := now.UnixNano() - 1e6
	for name, c := range map[string]struct {
		while func(p *place, n int) // what happens during the nth wait
		want  []string
		sleep time.Duration
	}{
		"nothing happens": {func(*place, int) {}, []string{"+f file"}, 9 * time.Millisecond},
		"written once more": {func(p *place, n int) {
			if n == 1 {
				p.file("f", "longer", fresh+5e6)
			}
		}, []string{"+f file"}, 14 * time.Millisecond},
		"written on and on": {func(p *place, n int) { p.file("f", "longer"[:2+n], fresh+int64(n)*5e6) },
			[]string{"!f: is being written"}, 14 * time.Millisecond},
		"gone":               {func(p *place, _ int) { p.remove("f") }, []string{"-f"}, 9 * time.Millisecond},
		"new and gone again": {func(p *place, n int) { p.remove("f"); p.remove("g") }, []string{"-f"}, 9 * time.Millisecond},
		"as it was before":   {func(p *place, _ int) { p.file("f", "1", old) }, nil, 9 * time.Millisecond},
		"now a directory":    {func(p *place, _ int) { p.remove("f"); p.dir("f") }, []string{"!f: is being written"}, 9 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			everywhere(t, func(p *place) {
				p.file("f", "1", old)
				p.known()
				p.file("f", "2", fresh)
				if name == "new and gone again" {
					p.file("g", "", fresh)
				}
				clock := &stoppedClock{now: now, while: func(n int) { c.while(p, n) }}
				r := p.scanWith(Options{}, clock)
				p.expect(r, c.want...)
				if clock.slept != c.sleep {
					p.Errorf("slept %v, not %v", clock.slept, c.sleep)
				}
				if len(c.want) == 1 && c.want[0] == "-f" && (r.Files != 0 || r.Bytes != 0 || r.Lost != 1) {
					p.Errorf("counts: %+v", r)
				}
			})
		})
	}
}

// On FAT the tick is two seconds, and the waiting does not grow with it.
func TestCoarseClock(t *testing.T) {
	everywhere(t, func(p *place) {
		p.traits.Clock = 2e9
		now := time.Unix(1_700_000_001, 5e8)
		p.file("f", "1", 1_700_000_000e9)
		p.file("g", "1", 1_699_999_990e9)
		clock := &stoppedClock{now: now}
		p.expect(p.scanWith(Options{}, clock), "+f file", "+g file")
		if clock.slept != 500*time.Millisecond {
			p.Errorf("slept %v", clock.slept)
		}
		clock = &stoppedClock{now: now, while: func(n int) {
			if n == 1 {
				p.file("f", "22", 1_700_000_002e9) // and then too late to wait for it
			}
		}}
		p.expect(p.scanWith(Options{}, clock), "+g file", "!f: is being written")
		if clock.slept > maxWait {
			p.Errorf("slept %v", clock.slept)
		}
	})
}

func TestLinkChangesWhileScanned(t *testing.T) {
	p := onDisk(t)
	p.link("l", "one")
	p.remove("l")
	var now time.Time // just after the link was made, however long that took
	p.in("l", func(d tree.Dir, name string) error {
		err := d.Symlink("one", name)
		if i, failed := d.Stat(name); failed == nil {
			now = time.Unix(0, i.Mtime).Add(time.Millisecond)
		}
		return err
	})
	clock := &stoppedClock{now: now, while: func(n int) {
		if n == 1 {
			p.remove("l")
			p.in("l", func(d tree.Dir, name string) error { return d.Symlink("two", name) })
		}
	}}
	r := p.scanWith(Options{}, clock)
	p.expect(r, "+l link")
	if r.Changed[0].Target != "two" {
		p.Errorf("the target is %q", r.Changed[0].Target)
	}
}

func TestChecksum(t *testing.T) {
	everywhere(t, func(p *place) {
		p.file("same", "same", old)
		p.file("unhashed", "unhashed", old)
		p.file("edited", "one", old)
		p.file("damaged", "good", old)
		o := Options{Checksum: true}
		r := p.scanWith(o, systemClock{})
		for _, f := range r.Changed {
			if !f.Hash.Known() {
				p.Errorf("%s has no hash", f.Path)
			}
		}
		if want := blake3.Sum256([]byte("good")); r.Changed[0].Hash != want {
			p.Errorf("hash of %s: %v", r.Changed[0].Path, r.Changed[0].Hash)
		}
		p.acknowledge(r)
		e := *p.x.Get("unhashed")
		e.Heads = []index.Head{e.Heads[0]}
		e.Heads[0].Hash = index.Hash{}
		tx := p.x.Begin()
		tx.Put(&e)
		if err := tx.Commit(false); err != nil {
			p.Fatal(err)
		}

		p.file("damaged", "evil", old)
		p.file("edited", "two", old+1)
		r = p.scanWith(o, systemClock{})
		p.expect(r, "+edited file", "!damaged: content changed but size and mtime did not (damaged?)")
		if h := r.Changed[0].Hash; !h.Known() || h == p.x.Get("edited").Heads[0].Hash {
			p.Errorf("hash of the edit: %v", h)
		}
		if len(r.Hashed) != 1 || r.Hashed[0].Path != "unhashed" || r.Hashed[0].Gen != e.Heads[0].Gen || !r.Hashed[0].Hash.Known() {
			p.Errorf("hashes learnt: %+v", r.Hashed)
		}
		p.expect(p.scan(), "+edited file")
	})
}

// A file that changes while it is hashed is hashed once more, then left.
func TestChangesWhileHashed(t *testing.T) {
	everywhere(t, func(p *place) {
		p.file("f", "0", old)
		writes, read := 1, int64(0)
		p.before = func(op string, at index.Path) error {
			if op == "Read" {
				if read++; int(read) <= writes {
					p.file("f", "012345"[:1+read], old+read)
				}
			}
			return nil
		}
		r := p.scanWith(Options{Checksum: true}, systemClock{})
		p.expect(r, "+f file")
		writes, read = 9, 1
		p.expect(p.scanWith(Options{Checksum: true}, systemClock{}), "!f: is being written")
	})
}

func TestSystemClockSleepEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	systemClock{}.Sleep(ctx, time.Hour)
}

func TestFinestTickIsWaitedForOnce(t *testing.T) {
	everywhere(t, func(p *place) {
		now := time.Now()
		p.file("fresh", "1", now.UnixNano()-1e6)
		p.file("past", "1", old)
		p.file("future", "1", now.Add(time.Hour).UnixNano())
		c := &stoppedClock{now: now}
		p.acknowledge(p.scanWith(Options{}, c))
		if c.slept != 9*time.Millisecond {
			p.Errorf("slept %v for a file written 1 ms ago", c.slept)
		}
		c = &stoppedClock{now: now}
		p.expect(p.scanWith(Options{}, c))
		if c.slept != 0 {
			p.Errorf("slept %v for nothing", c.slept)
		}
	})
}
