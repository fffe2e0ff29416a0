package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
)

// work is what is to be done about two trees of many files.
type work struct {
	name  string
	made  func(root string)                // the first tree
	met   bool                             // the contender has made both equal before
	copy  bool                             // the second is a copy that the contender knows nothing of
	edit  func(a, b string, round int)     // before each run that counts
	start func(a, b string, settle func()) // before edit; settle lets the contender make both equal
	base  string                           // what times are a multiple of; "": rsync
}

var works = []work{
	{name: "first", made: albums},
	{name: "unchanged", made: albums, met: true},
	{name: "wide", made: wide, met: true},
	{name: "meet", made: albums, copy: true},
	{name: "one", made: albums, met: true, edit: func(a, _ string, round int) { grow(a, round) }},
	{name: "edited", made: albums, met: true, base: "unison", edit: func(a, b string, round int) {
		for i := range *files / 100 {
			grow(a, round*7919+i*50)
			grow(b, round*7919+i*50+25)
		}
	}},
	{name: "deleted", made: albums, met: true,
		start: func(a, _ string, settle func()) { generate(filepath.Join(a, "gone"), *files/10, *size); settle() },
		edit:  func(a, _ string, _ int) { check(os.RemoveAll(filepath.Join(a, "gone"))) },
	},
}

func albums(root string) { generate(root, *files, *size) }

// wide makes one directory of many empty files.
func wide(root string) {
	p := filepath.Join(root, "all")
	check(os.MkdirAll(p, 0o755))
	for i := range 2 * *files {
		check(os.WriteFile(filepath.Join(p, fmt.Sprintf("%07d - title.dat", i)), nil, 0o644))
	}
}

// nth is the path of the n-th file of an albums tree.
func nth(root string, n int) string {
	return filepath.Join(root, fmt.Sprintf("artist-%04d", n/1000), fmt.Sprintf("album %02d", n/100%10), fmt.Sprintf("%03d - track title.dat", n%100))
}

func grow(root string, n int) {
	f, err := os.OpenFile(nth(root, n%*files), os.O_APPEND|os.O_WRONLY, 0)
	check(err)
	_, err = fmt.Fprintf(f, "%x", rand.Uint64())
	check(err)
	check(f.Close())
}

// pairOf is where a contender has its trees.
func pairOf(c contender) (a, b string) {
	return filepath.Join(*dir, "a-"+c.name), filepath.Join(*dir, "b-"+c.name)
}

// anew removes b and what anybody remembers of it, which would have them delete a.
func anew(a, b string) {
	for _, p := range []string{b, filepath.Join(a, ".latus"), filepath.Join(*dir, "unison"), filepath.Join(*dir, "unison-far"), filepath.Join(*dir, "rclone")} {
		check(os.RemoveAll(p))
	}
}

func measureTrees(k work, w way) {
	var cs []contender
	for _, c := range asked(w) {
		if !c.able(k) {
			continue
		}
		cs = append(cs, c)
		a, b := pairOf(c)
		check(os.RemoveAll(a))
		anew(a, b)
		k.made(a)
		if k.met {
			run(c, w, a, b)
			run(c, w, a, b)
		}
	}
	samples := make([][]sample, len(cs))
	for round := range *rounds {
		for i, c := range cs {
			a, b := pairOf(c)
			if !k.met {
				anew(a, b)
			}
			if k.copy {
				check(exec.Command("cp", "-a", a, b).Run())
			}
			if k.start != nil {
				k.start(a, b, func() { run(c, w, a, b) })
			}
			if k.edit != nil {
				k.edit(a, b, round)
			}
			samples[i] = append(samples[i], run(c, w, a, b))
			verify(a, b)
		}
	}
	base := 0
	for i, c := range cs {
		if c.name == k.base {
			base = i
		}
	}
	for i, c := range cs {
		tell(k.name, w, c.name, cs[base].name, samples[i], samples[base])
	}
}

// tell prints the medians of the runs of one contender, and of what they are a
// multiple of, round by round.
func tell(work string, w way, name, base string, ss, bs []sample) {
	wall := func(s sample) float64 { return s.wall.Seconds() }
	settled := func(s sample) float64 { return s.settled.Seconds() }
	cpu := func(s sample) float64 { return s.cpu.Seconds() }
	peak := func(s sample) float64 { return float64(s.peak >> 20) }
	times := func(of func(sample) float64) (least, middle, most float64) {
		var rs []float64
		for i := range ss {
			rs = append(rs, of(ss[i])/of(bs[i]))
		}
		return ranked(rs)
	}
	least, middle, most := times(wall)
	_, onDisk, _ := times(settled)
	_, effort, _ := times(cpu)
	_, seconds, _ := ranked(each(ss, wall))
	_, megabytes, _ := ranked(each(ss, peak))
	_, bytes, _ := ranked(each(ss, func(s sample) float64 { return float64(s.wire) }))
	fmt.Printf("%-10s %-6s %-8s × %s: wall %.2f (%.2f–%.2f)  on disk %.2f  cpu %.2f;  %.2f s, peak %.0f MB, wire %.0f\n",
		work, w, name, base, middle, least, most, onDisk, effort, seconds, megabytes, bytes)
}

// ranked returns the least, the median and the greatest of vs.
func ranked(vs []float64) (least, middle, most float64) {
	slices.Sort(vs)
	return vs[0], vs[len(vs)/2], vs[len(vs)-1]
}

func each(ss []sample, of func(sample) float64) (vs []float64) {
	for _, s := range ss {
		vs = append(vs, of(s))
	}
	return vs
}

// peakOf is the most memory a process had, in bytes.
func peakOf(p *os.ProcessState) int64 {
	if u, ok := p.SysUsage().(*syscall.Rusage); ok {
		return int64(u.Maxrss) << 10 // KiB on Linux
	}
	return 0
}
