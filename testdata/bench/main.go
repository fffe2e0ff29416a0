// Bench runs latus and its peers in turn on the same work, checks every result,
// and prints medians, spread and ratios to rsync.
//
//	go run ./testdata/bench -dir /somewhere/on/ext4 [-files 100000] [-rounds 5] [-ssh HOST -ssh-config FILE] [-only first,unchanged]
//
// Work on a journaled filesystem with room for three trees. Each run starts after
// a sync, the programs alternate, and the time of a sync after the run is told
// apart, because rsync does not wait for the disk and latus does.
package main

import (
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
	dir     = flag.String("dir", "", "where to work; everything below it is removed")
	files   = flag.Int("files", 100_000, "files in the tree")
	size    = flag.Int("size", 4096, "mean size of a file")
	rounds  = flag.Int("rounds", 5, "repetitions of each")
	host    = flag.String("ssh", "", "host alias of an sshd on this machine; none: local only")
	config  = flag.String("ssh-config", "", "ssh_config that knows the host")
	only    = flag.String("only", "first,unchanged", "workloads to run")
	program = flag.String("latus", "", "the latus to run; none: built from here")
)

// A contender brings b to what a is.
type contender struct {
	name string
	args func(a, b string) []string
}

// sample is one run of one contender.
type sample struct{ wall, settled, cpu time.Duration }

func main() {
	flag.Parse()
	if *dir == "" {
		flag.Usage()
		os.Exit(2)
	}
	if *program == "" {
		*program = filepath.Join(os.TempDir(), "latus-bench")
		check(exec.Command("go", "build", "-o", *program, ".").Run())
	}
	a := filepath.Join(*dir, "a")
	check(os.RemoveAll(*dir))
	generate(a, *files, *size)
	for _, transport := range []string{"", *host} {
		if transport == "" || transport == *host && *host != "" {
			for _, work := range strings.Split(*only, ",") {
				measure(work, transport, a)
			}
		}
		if *host == "" {
			break
		}
	}
}

func contenders(host string) []contender {
	far := func(b string) string {
		if host == "" {
			return b
		}
		return host + ":" + b
	}
	ssh := "ssh -F " + *config
	return []contender{
		{"rsync", func(a, b string) []string {
			args := []string{"rsync", "-a"}
			if host != "" {
				args = append(args, "-e", ssh)
			}
			return append(args, a+"/", far(b)+"/")
		}},
		{"latus", func(a, b string) []string {
			args := []string{*program, "sync", "-q"}
			if host != "" {
				args = append(args, "--ssh-config", *config, "--latus-path", *program)
			}
			return append(args, a, far(b))
		}},
	}
}

func measure(work, host, a string) {
	cs := contenders(host)
	samples := make([][]sample, len(cs))
	for i, c := range cs {
		if work == "unchanged" {
			reset(a, c, i)
			run(c, a, target(i))
			run(c, a, target(i))
		}
	}
	for range *rounds {
		for i, c := range cs {
			if work == "first" {
				reset(a, c, i)
			}
			samples[i] = append(samples[i], run(c, a, target(i)))
			verify(a, target(i))
		}
	}
	where := "local"
	if host != "" {
		where = "ssh"
	}
	base := median(samples[0], func(s sample) time.Duration { return s.wall })
	for i, c := range cs {
		wall := median(samples[i], func(s sample) time.Duration { return s.wall })
		settled := median(samples[i], func(s sample) time.Duration { return s.settled })
		cpu := median(samples[i], func(s sample) time.Duration { return s.cpu })
		lo, hi := spread(samples[i])
		fmt.Printf("%-10s %-6s %-6s wall %6.2fs (%.2f–%.2f)  on disk %6.2fs  cpu %6.2fs  × rsync %.2f\n",
			work, where, c.name, wall.Seconds(), lo.Seconds(), hi.Seconds(), settled.Seconds(), cpu.Seconds(), float64(wall)/float64(base))
	}
}

func target(i int) string { return filepath.Join(*dir, fmt.Sprint("b", i)) }

// reset makes the contender's run a first one.
func reset(a string, c contender, i int) {
	check(os.RemoveAll(target(i)))
	check(os.RemoveAll(filepath.Join(a, ".latus")))
}

func run(c contender, a, b string) sample {
	if c.name == "rsync" {
		// latus's own folder is not part of the work.
		hidden := filepath.Join(*dir, "hidden")
		if os.Rename(filepath.Join(a, ".latus"), hidden) == nil {
			defer func() { check(os.Rename(hidden, filepath.Join(a, ".latus"))) }()
		}
	}
	syscall.Sync()
	args := c.args(a, b)
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	start := time.Now()
	check(cmd.Run())
	wall := time.Since(start)
	syscall.Sync()
	return sample{wall, time.Since(start), cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()}
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

func spread(ss []sample) (lo, hi time.Duration) {
	lo = ss[0].wall
	for _, s := range ss {
		lo, hi = min(lo, s.wall), max(hi, s.wall)
	}
	return lo, hi
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
