// Bench runs latus and its peers in turn on the same work, checks every result,
// and prints medians, spread and ratios to rsync, round by round.
//
//	go run ./testdata/bench -dir /somewhere/on/ext4 [-files 100000] [-rounds 5] [-over local,pipe,sshd] [-only first,unchanged]
//
// Workloads on many files are first, unchanged, wide (one directory of twice as
// many), meet (two filled trees), one (changed of all), edited (one in a hundred on
// each side, as a multiple of Unison's) and deleted (a tenth).
//
// -only delta runs the workloads on large content (renamed, folder, moved, inserted,
// sqlite, copied, appended, touched, new, twins, killed, log), which can be named one
// by one as well; -scale 0.1 makes it a tenth as large. They go over a wire: a pipe,
// an sshd of the bench's own, or a host that is set up (-ssh HOST -ssh-config FILE).
//
// Two more are of latus alone: delayed tells what a run that finds nothing to do among
// -files costs at a round trip of 100 ms, in round trips, and spokes fetches from two
// of three trees at once, of which one is killed when half has come.
//
// Work on a journaled filesystem with room for three trees. Each run starts after
// a sync, the programs alternate, and the time of a sync after the run is told
// apart, because rsync does not wait for the disk and latus does.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

var (
	dir     = flag.String("dir", "", "where to work, in a directory of its own that is removed at the end")
	files   = flag.Int("files", 100_000, "files in the tree")
	size    = flag.Int("size", 4096, "mean size of a file")
	rounds  = flag.Int("rounds", 5, "repetitions of each")
	host    = flag.String("ssh", "", "host alias of an sshd on this machine; none: local only")
	config  = flag.String("ssh-config", "", "ssh_config that knows the host")
	over    = flag.String("over", "local", "ways to the other tree: local, pipe, sshd")
	scale   = flag.Float64("scale", 1, "size of the large files, as a multiple of the usual")
	only    = flag.String("only", "first,unchanged", "workloads to run")
	with    = flag.String("with", "rsync,latus,unison", "programs to run, of rsync, latus, unison, rclone")
	program = flag.String("latus", "", "the latus to run; none: built from here")
)

// contender brings b to what a is.
type contender struct {
	name string
	args func(a, b string) []string
	both bool // changes of b reach a, too
}

// able tells whether c does the work, and is installed.
func (c contender) able(k work) bool {
	return c.installed() && (c.both || k.name != "edited")
}

func (c contender) installed() bool {
	_, err := exec.LookPath(c.args("a", "b")[0])
	return err == nil
}

// asked are the contenders that shall play, and can.
func asked(w way) (cs []contender) {
	for _, c := range contenders(w) {
		if c.installed() && strings.Contains(","+*with+",", ","+c.name+",") {
			cs = append(cs, c)
		}
	}
	return cs
}

// sample is one run of one contender: until it ended, until all was on disk, what
// both ends took, and the bytes between them.
type sample struct {
	wall, settled, cpu time.Duration
	wire, peak         int64
}

func main() {
	if len(os.Args) > 1 && os.Args[1] == "rsh" {
		rsh(os.Args[2:])
		return
	}
	flag.Parse()
	if *dir == "" {
		flag.Usage()
		os.Exit(2)
	}
	if *program == "" {
		*program = filepath.Join(os.TempDir(), "latus-bench")
		check(exec.Command("go", "build", "-o", *program, ".").Run())
	}
	check(os.MkdirAll(*dir, 0o755))
	own, err := os.MkdirTemp(*dir, "latus-bench-")
	check(err)
	defer os.RemoveAll(own)
	*dir = own
	if *host != "" {
		*over += ",ssh"
	}
	for _, name := range strings.Split(*over, ",") {
		w := local
		switch name {
		case "pipe":
			w = pipe()
		case "ssh":
			w = known(*host, *config)
		case "sshd":
			var stop func()
			w, stop = ownSSHD()
			defer stop()
		}
		for _, work := range strings.Split(*only, ",") {
			measure(work, w)
		}
	}
}

func contenders(w way) []contender {
	far := func(b string) string {
		if w.host == "" {
			return b
		}
		return w.host + ":" + b
	}
	cs := []contender{
		{name: "rsync", args: func(a, b string) []string {
			args := []string{"rsync", "-a", "--delete", "--stats", "--exclude=/.latus"}
			if w.rsync != "" {
				args = append(args, "-e", w.rsync)
			}
			return append(args, a+"/", far(b)+"/")
		}},
		{name: "latus", both: true, args: func(a, b string) []string {
			args := append([]string{*program, "sync", "--json", "--progress", "never"}, w.latus...)
			if w.host != "" {
				args = append(args, "--latus-path", *program)
			}
			return append(args, a, far(b))
		}},
	}
	if w.host == "" || w.unison != "" {
		cs = append(cs, contender{name: "unison", both: true, args: func(a, b string) []string {
			args := []string{"unison", "-batch", "-silent", "-times", "-confirmbigdel=false", "-ignore", "Path .latus"}
			if w.host != "" {
				b = "ssh://" + w.host + "/" + b
				args = append(args, "-sshargs", w.unison)
			}
			return append(args, a, b)
		}})
	}
	if w.host == "" {
		cs = append(cs, contender{name: "rclone", both: true, args: func(a, b string) []string {
			args := []string{"rclone", "bisync", "--workdir", filepath.Join(*dir, "rclone"), "--exclude", ".latus/**", "--max-delete", "100", a, b}
			if _, err := os.Stat(b); err != nil {
				check(os.MkdirAll(b, 0o755))
				args = append(args, "--resync")
			}
			return args
		}})
	}
	return cs
}

func measure(work string, w way) {
	switch work {
	case "delayed":
		measureDelayed()
		return
	case "spokes":
		measureSpokes(w)
		return
	}
	found := false
	for _, c := range changes {
		if work == c.name || work == "delta" {
			measureChange(c, w)
			found = true
		}
	}
	if found {
		return
	}
	for _, k := range works {
		if work == k.name {
			measureTrees(k, w)
			return
		}
	}
	fmt.Fprintf(os.Stderr, "bench: no workload %q\n", work)
	os.Exit(2)
}

func run(c contender, w way, a, b string) sample {
	syscall.Sync()
	args := c.args(a, b)
	cmd := exec.Command(args[0], args[1:]...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, os.Stderr
	if c.name == "unison" {
		cmd.Stderr = &errs
	}
	cmd.Env = append(os.Environ(), "UNISON="+filepath.Join(*dir, "unison"))
	before := ended(w.server)
	start := time.Now()
	if err := cmd.Run(); err != nil {
		os.Stderr.Write(errs.Bytes())
		check(err)
	}
	s := sample{wall: time.Since(start)}
	syscall.Sync()
	s.settled = time.Since(start)
	s.peak = peakOf(cmd.ProcessState)
	s.cpu = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	if w.server != 0 {
		time.Sleep(100 * time.Millisecond) // until the session has ended
		s.cpu += ended(w.server) - before
	}
	if w.host != "" {
		s.wire = wireBytes(c.name, append(out.Bytes(), errs.Bytes()...))
	}
	return s
}

// verify compares the trees with something else than either program.
func verify(a, b string) {
	if out, err := exec.Command("diff", "-r", "-q", "--exclude=.latus", "--no-dereference", a, b).CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "the trees differ: %s\n", out)
		os.Exit(1)
	}
}

func median(ss []sample, of func(sample) time.Duration) time.Duration {
	var ds []time.Duration
	for _, s := range ss {
		ds = append(ds, of(s))
	}
	slices.Sort(ds)
	return ds[len(ds)/2]
}

// generate makes a tree of small files with nested, speaking names.
func generate(root string, n, mean int) {
	rng := rand.New(rand.NewPCG(1, uint64(n)))
	buf := make([]byte, 64*mean)
	for i := range n {
		p := filepath.Join(root, fmt.Sprintf("artist-%04d", i/1000), fmt.Sprintf("album %02d", i/100%10))
		if i%100 == 0 {
			check(os.MkdirAll(p, 0o755))
		}
		b := buf[:min(int(rng.ExpFloat64()*float64(mean)), len(buf))]
		for j := 0; j+8 <= len(b); j += 8 {
			v := rng.Uint64()
			for k := range 8 {
				b[j+k] = byte(v >> (8 * k))
			}
		}
		check(os.WriteFile(filepath.Join(p, fmt.Sprintf("%03d - track title.dat", i%100)), b, 0o644))
	}
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}
