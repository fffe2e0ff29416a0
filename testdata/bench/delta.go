package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// change is a workload on large content: what was there, and what is done to it
// on one side only. The targets are those of the project: bytes on the wire, and
// time as a multiple of rsync's; 0 is none.
type change struct {
	name   string
	size   int64                         // of the content at -scale 1
	old    func(w io.Writer, size int64) // the file that was there; nil: none
	many   func(dir string, size int64)  // or the directory, instead
	edit   func(dir string, size int64)
	wire   func(size int64) int64
	time   float64
	killAt float64 // the first run is killed when so much of the file has come
}

const theFile = "data/file.bin"

// changes are the workloads of -only delta.
var changes = []change{
	{
		name: "renamed", size: 1 << 30, old: random, time: 0.2,
		wire: func(int64) int64 { return 20_000 },
		edit: func(dir string, size int64) {
			check(os.MkdirAll(filepath.Join(dir, "elsewhere"), 0o755))
			check(os.Rename(filepath.Join(dir, theFile), filepath.Join(dir, "elsewhere/renamed.bin")))
		},
	},
	{
		name: "folder", size: 1 << 30, time: 0.2,
		wire: func(int64) int64 { return 200_000 },
		many: func(dir string, size int64) { generate(filepath.Join(dir, "data"), 10_000, int(size/10_000)) },
		edit: func(dir string, size int64) {
			check(os.Rename(filepath.Join(dir, "data"), filepath.Join(dir, "renamed")))
		},
	},
	{
		name: "moved", size: 200 << 20, old: random, time: 0.5,
		wire: func(int64) int64 { return 1 << 20 },
		edit: func(dir string, size int64) {
			check(os.MkdirAll(filepath.Join(dir, "elsewhere"), 0o755))
			rewrite(filepath.Join(dir, theFile), filepath.Join(dir, "elsewhere/renamed.bin"), func(w io.Writer, r io.Reader) {
				random(w, 100)
				_, err := io.Copy(w, r)
				check(err)
			})
			check(os.Remove(filepath.Join(dir, theFile)))
		},
	},
	{
		name: "inserted", size: 1 << 30, old: random, time: 0.8,
		wire: func(int64) int64 { return 16 << 20 / 10 },
		edit: func(dir string, size int64) {
			p := filepath.Join(dir, theFile)
			rewrite(p, p, func(w io.Writer, r io.Reader) {
				_, err := io.CopyN(w, r, size/2)
				check(err)
				random(w, 1<<20)
				_, err = io.Copy(w, r)
				check(err)
			})
		},
	},
	{
		name: "sqlite", size: 200 << 20, time: 0.8,
		wire: func(int64) int64 { return 300 * 4096 * 16 / 10 },
		old: func(w io.Writer, size int64) {
			_, err := io.WriteString(w, "SQLite format 3\x00")
			check(err)
			random(w, size-16)
		},
		edit: func(dir string, size int64) {
			edit(filepath.Join(dir, theFile), func(f *os.File) {
				rng := rand.New(rand.NewPCG(3, 4))
				page := make([]byte, 4096)
				for range 300 {
					fill(rng, page)
					_, err := f.WriteAt(page, 4096*(1+rng.Int64N(size/4096-1)))
					check(err)
				}
			})
		},
	},
	{
		name: "copied", size: 1 << 30, old: random, time: 0.2,
		wire: func(int64) int64 { return 20_000 },
		edit: func(dir string, size int64) {
			rewrite(filepath.Join(dir, theFile), filepath.Join(dir, "copy.bin"), func(w io.Writer, r io.Reader) {
				_, err := io.Copy(w, r)
				check(err)
			})
		},
	},
	{
		name: "appended", size: 1 << 30, old: random, time: 0.6,
		wire: func(int64) int64 { return 400_000 },
		edit: func(dir string, size int64) {
			edit(filepath.Join(dir, theFile), func(f *os.File) {
				_, err := f.Seek(0, io.SeekEnd)
				check(err)
				random(f, 200_000)
			})
		},
	},
	{
		name: "touched", size: 1 << 30, old: random, time: 0.2,
		wire: func(int64) int64 { return 10_000 },
		edit: func(dir string, size int64) {
			now := time.Now()
			check(os.Chtimes(filepath.Join(dir, theFile), now, now))
		},
	},
	{
		name: "new", size: 2 << 30, time: 0.6,
		wire: func(size int64) int64 { return size * 101 / 100 },
		edit: func(dir string, size int64) {
			create(filepath.Join(dir, theFile), size/2, random)
			create(filepath.Join(dir, "data/second.bin"), size/2, func(w io.Writer, n int64) { random(w, n-1); random(w, 1) })
		},
	},
	{
		name: "twins", size: 2 << 30, time: 0.6, // the same content at two new names
		wire: func(size int64) int64 { return size / 2 * 101 / 100 },
		edit: func(dir string, size int64) {
			create(filepath.Join(dir, theFile), size/2, random)
			create(filepath.Join(dir, "data/second.bin"), size/2, random)
		},
	},
	{
		name: "killed", size: 1 << 30, killAt: 0.6,
		wire: func(size int64) int64 { return size * 45 / 100 },
		edit: func(dir string, size int64) { create(filepath.Join(dir, theFile), size, random) },
	},
	{
		name: "log", size: 1e9, time: 0.8,
		wire: func(size int64) int64 { return size * 4 / 10 },
		edit: func(dir string, size int64) { create(filepath.Join(dir, theFile), size, logText) },
	},
}

// measureChange lets the contenders bring the same change over, in turn, and
// holds what it took against the targets.
func measureChange(c change, way way) {
	size := int64(float64(c.size) * *scale)
	cs := asked(way)
	samples := make([][]sample, len(cs))
	for range *rounds {
		for i, con := range cs {
			if c.killAt > 0 && con.name != "latus" {
				continue // they keep nothing of the kind unless asked to
			}
			samples[i] = append(samples[i], oneChange(c, con, way, size))
		}
	}
	var rsync []sample
	for i, con := range cs {
		if len(samples[i]) == 0 {
			continue
		}
		if con.name == "rsync" {
			rsync = samples[i]
		}
		wall := median(samples[i], func(s sample) time.Duration { return s.wall })
		settled := median(samples[i], func(s sample) time.Duration { return s.settled })
		cpu := median(samples[i], func(s sample) time.Duration { return s.cpu })
		wire := samples[i][0].wire
		for _, s := range samples[i] {
			wire = max(wire, s.wire)
		}
		fmt.Printf("%-9s %-6s %-6s wire %10d  wall %6.2fs  on disk %6.2fs  cpu %6.2fs", c.name, way, con.name, wire, wall.Seconds(), settled.Seconds(), cpu.Seconds())
		if con.name == "latus" {
			fmt.Printf("  of wire target %.2f", float64(wire)/float64(c.wire(size)))
			if len(rsync) > 0 {
				fmt.Printf("  × rsync wall %.2f cpu %.2f", float64(wall)/float64(median(rsync, func(s sample) time.Duration { return s.wall })),
					float64(cpu)/float64(median(rsync, func(s sample) time.Duration { return s.cpu })))
				if c.time > 0 {
					fmt.Printf(" (target %.1f)", c.time)
				}
			}
		}
		fmt.Println()
	}
}

// oneChange prepares two equal trees, changes one, and lets con bring it over.
func oneChange(c change, con contender, way way, size int64) sample {
	a, b := filepath.Join(*dir, "a"), filepath.Join(*dir, "b")
	check(os.RemoveAll(a))
	anew(a, b)
	check(os.MkdirAll(a, 0o755))
	check(os.WriteFile(filepath.Join(a, "other"), []byte("something else"), 0o644))
	if c.many != nil {
		c.many(a, size)
	} else if c.old != nil {
		create(filepath.Join(a, theFile), size, c.old)
		old := time.Now().Add(-time.Hour)
		check(os.Chtimes(filepath.Join(a, theFile), old, old))
	}
	run(con, way, a, b)
	c.edit(a, size)
	if c.killAt > 0 {
		kill(con, a, b, int64(c.killAt*float64(size)))
	}
	s := run(con, way, a, b)
	verify(a, b)
	return s
}

// kill runs con and kills it when so much has come.
func kill(con contender, a, b string, size int64) {
	args := con.args(a, b)
	cmd := exec.Command(args[0], args[1:]...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	check(cmd.Start())
	for came := int64(0); came < size; time.Sleep(time.Millisecond) {
		staged, _ := filepath.Glob(filepath.Join(b, ".latus/staging/*"))
		for _, p := range staged {
			if i, err := os.Stat(p); err == nil {
				came = max(came, i.Size())
			}
		}
	}
	check(syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL))
	_ = cmd.Wait()              // it was killed
	time.Sleep(3 * time.Second) // the other end has to notice
}

var unisonBytes = regexp.MustCompile(`Transferred: sent ([0-9]+), received ([0-9]+) bytes`)

var rsyncBytes = regexp.MustCompile(`Total bytes (?:sent|received): ([0-9,]+)`)

// wireBytes reads off the output of a contender how many bytes it sent and
// received.
func wireBytes(name string, out []byte) (n int64) {
	if name == "unison" { // what its ssh says at the end
		for _, m := range unisonBytes.FindAllSubmatch(out, -1) {
			for _, b := range m[1:] {
				v, err := strconv.ParseInt(string(b), 10, 64)
				check(err)
				n += v
			}
		}
		return n
	}
	if name == "rsync" {
		for _, m := range rsyncBytes.FindAllSubmatch(out, -1) {
			v, err := strconv.ParseInt(strings.ReplaceAll(string(m[1]), ",", ""), 10, 64)
			check(err)
			n += v
		}
		return n
	}
	lines := bytes.Split(bytes.TrimSpace(out), []byte("\n"))
	var sum struct{ Sent, Received int64 }
	check(json.Unmarshal(lines[len(lines)-1], &sum))
	return sum.Sent + sum.Received
}
