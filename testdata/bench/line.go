package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// trip is the round trip of the line of delayed.
const trip = 100 * time.Millisecond

// measureDelayed tells what a run with nothing to do costs on a long line, in round
// trips, whatever the machine takes.
func measureDelayed() {
	delay := filepath.Join(os.TempDir(), "latus-bench-delay")
	check(exec.Command("go", "build", "-o", delay, "./testdata/delay").Run())
	a, b := filepath.Join(*dir, "a"), filepath.Join(*dir, "b")
	check(os.RemoveAll(a))
	check(os.RemoveAll(b))
	albums(a)
	c := contender{name: "latus", args: func(a, b string) []string {
		return []string{*program, "sync", "--json", "--progress", "never", "--rsh", delay, "--latus-path", *program, a, "here:" + b}
	}}
	at := func(d time.Duration) sample {
		check(os.Setenv("DELAY", d.String()))
		return run(c, way{host: "here"}, a, b)
	}
	at(0)
	at(0)
	var near, far []sample
	for range *rounds {
		near, far = append(near, at(0)), append(far, at(trip))
		verify(a, b)
	}
	wall := func(s sample) time.Duration { return s.wall }
	n, f := median(near, wall), median(far, wall)
	fmt.Printf("%-9s %d files: %.2fs, at a round trip of %v %.2fs: %.1f round trips (target 4.0)\n", "delayed", *files, n.Seconds(), trip, f.Seconds(), float64(f-n)/float64(trip))
}

// measureSpokes lets an empty tree fetch from two others that have the same files,
// and kills one of them when half has come: all has to arrive.
func measureSpokes(w way) {
	size := int64(float64(1<<30) * *scale)
	hub, spokes := filepath.Join(*dir, "hub"), []string{filepath.Join(*dir, "one"), filepath.Join(*dir, "two"), filepath.Join(*dir, "three")}
	latus := func(trees ...string) *exec.Cmd {
		args := append([]string{"sync", "--json", "--progress", "never", "--latus-path", *program}, w.latus...)
		cmd := exec.Command(*program, append(args, trees...)...)
		cmd.Stderr = os.Stderr
		return cmd
	}
	for range *rounds {
		for _, d := range append(spokes, hub) {
			check(os.RemoveAll(d))
		}
		for i := range 4 {
			create(filepath.Join(spokes[0], fmt.Sprintf("data/%d.bin", i)), size/4+int64(i), random)
		}
		check(latus(spokes[0], spokes[1]).Run())
		check(latus(spokes[0], spokes[2]).Run())
		far := func(i int) string { return w.host + ":" + spokes[i] }
		cmd := latus(hub, far(0), far(1), far(2))
		var out strings.Builder
		cmd.Stdout = &out
		start := time.Now()
		check(cmd.Start())
		for came(hub) < size/2 {
			time.Sleep(time.Millisecond)
		}
		end(spokes[1])
		err := cmd.Wait()
		wall := time.Since(start)
		lines := strings.Split(strings.TrimSpace(out.String()), "\n")
		verify(spokes[0], hub)
		fmt.Printf("%-9s %-6s one of three killed at half of %d: all has come, %.2fs, %v, %s\n", "spokes", w, size, wall.Seconds(), err, lines[len(lines)-1])
	}
}

// came is how much content there is in a tree, in staging too.
func came(tree string) (n int64) {
	for _, dir := range []string{"data", ".latus/staging"} {
		files, _ := filepath.Glob(filepath.Join(tree, dir, "*"))
		for _, p := range files {
			if i, err := os.Stat(p); err == nil && i.Mode().IsRegular() {
				n += i.Size()
			}
		}
	}
	return n
}

// end kills the latus that has a file of tree open.
func end(tree string) {
	procs, err := filepath.Glob("/proc/[0-9]*")
	check(err)
	for _, proc := range procs {
		exe, err := os.Readlink(filepath.Join(proc, "exe"))
		if err != nil || exe != *program {
			continue
		}
		open, _ := filepath.Glob(filepath.Join(proc, "fd/*"))
		for _, fd := range open {
			if p, err := os.Readlink(fd); err == nil && strings.HasPrefix(p, tree+"/") {
				check(exec.Command("kill", "-9", filepath.Base(proc)).Run())
				return
			}
		}
	}
	check(fmt.Errorf("nobody holds %s", tree))
}
