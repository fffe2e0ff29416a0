package scan

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"latus/index"
)

// The number of a removed file may be given to the next one.
func TestReusedInode(t *testing.T) {
	p := onDisk(t)
	p.file("f", "1", old)
	r := p.scan()
	if r.Changed[0].Witness.Btime == 0 {
		t.Skip("no birth times here")
	}
	r.Changed[0].Witness.Btime--
	p.acknowledge(r)
	p.expect(p.scan(), "+f file")
	p.traits.BirthTimes = false
	p.expect(p.scan())
	p.traits.BirthTimes, p.traits.StableInodes = true, false
	p.expect(p.scan())
}

// A file of the same size and mtime under another inode: its content decides where
// it is known, else whether the others stayed what they were.
func TestReplacedUnderTheSameLook(t *testing.T) {
	replace := func(p *place, name index.Path, content string) {
		p.file("new", content, old)
		p.remove(name)
		p.rename("new", name)
	}
	swap := func(p *place) {
		p.rename("a", "x")
		p.rename("b", "a")
		p.rename("x", "b")
	}
	for name, c := range map[string]struct {
		do     func(p *place)
		hashed string // what is replaced where the index knows hashes
		not    string // and where it does not
	}{
		"one":         {func(p *place) { replace(p, "a", "9") }, "a", "a"},
		"one, alike":  {func(p *place) { replace(p, "a", "1") }, "", "a"},
		"swapped":     {swap, "a b", "a b"},
		"mode alone":  {func(p *place) { p.chmod("a", 0o600) }, "", ""},
		"all":         {func(p *place) { replace(p, "a", "1"); replace(p, "b", "2"); replace(p, "c", "3") }, "", ""},
		"all but one": {func(p *place) { replace(p, "a", "1"); replace(p, "b", "9") }, "b", ""},
		"no inodes":   {func(p *place) { p.traits.StableInodes = false; swap(p) }, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			for _, o := range []Options{{}, {Checksum: true}} {
				for _, hashed := range []bool{true, false} {
					p := onDisk(t)
					for i, n := range []index.Path{"a", "b", "c"} {
						p.file(n, fmt.Sprint(i+1), old)
					}
					p.acknowledge(p.scanWith(Options{Checksum: hashed}, &stoppedClock{now: time.Now()}))
					if e := p.x.Get("a"); e.Witness.Btime == 0 {
						t.Skip("no birth times here")
					}
					c.do(p)
					var got []string
					for _, f := range p.scanWith(o, &stoppedClock{now: time.Now()}).Changed {
						if f.Replaced {
							got = append(got, string(f.Path))
							if !f.Hash.Known() {
								t.Errorf("%s was not read", f.Path)
							}
						}
					}
					want := c.not
					if hashed {
						want = c.hashed
					}
					if strings.Join(got, " ") != want {
						t.Errorf("with hashes %v, options %+v: replaced %q, not %q", hashed, o, got, want)
					}
				}
			}
		})
	}
}
