// Package sftpline is a long line to an SFTP server, in the place of a remote shell
// (latus sync -e). The server is OpenSSH's own; the line counts what goes through it.
//
// A line that counts waves keeps what the server answers until the client asks no
// more, and lets it all go at once. So the number of waves is what a run costs in
// round trips on a line so long that nothing else takes time.
package sftpline

import (
	"cmp"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"sync"
	"testing"
	"time"
)

// Environment of Main.
const (
	Delay  = "SFTPLINE_DELAY"  // a round trip, as "100ms"; "": none
	Report = "SFTPLINE_REPORT" // a file that gets the Counts at the end; then the line counts waves, unless it has a delay
)

// Counts is what went through a line.
type Counts struct {
	Requests int            // of the client
	Waves    int            // of answers
	Most     int            // requests under way at a time
	By       map[string]int // requests by kind
	In, Out  int64          // bytes to the client, and from it
}

// Read reads what Main has written to file.
func Read(file string) (c Counts, err error) {
	b, err := os.ReadFile(file)
	if err == nil {
		err = json.Unmarshal(b, &c)
	}
	return c, err
}

// Main is the program: its last arguments are -s HOST sftp.
func Main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "sftpline:", err)
		os.Exit(1)
	}
}

func run() error {
	if n := len(os.Args); n < 4 || os.Args[n-3] != "-s" || os.Args[n-1] != "sftp" {
		return errors.New("usage: sftpline -s HOST sftp")
	}
	trip, _ := time.ParseDuration(os.Getenv(Delay))
	report := os.Getenv(Report)
	cmd := exec.Command(cmp.Or(server(), "sftp-server"))
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	l := &line{in: in, trip: trip, waves: report != "" && trip == 0, changed: make(chan struct{}, 1)}
	l.counts.By = map[string]int{}
	go l.ask()
	l.answer(out)
	err = cmd.Wait()
	if report != "" {
		l.mu.Lock()
		defer l.mu.Unlock()
		b, _ := json.Marshal(l.counts)
		err = errors.Join(err, os.WriteFile(report, b, 0o644))
	}
	return err
}

// Find skips the test where there is no server.
func Find(t testing.TB) {
	t.Helper()
	if server() == "" {
		t.Skip("no sftp-server on this machine: install an OpenSSH server to run this test")
	}
}

func server() string {
	for _, p := range []string{"/usr/lib/openssh/sftp-server", "/usr/libexec/openssh/sftp-server", "/usr/libexec/sftp-server", "/usr/lib/ssh/sftp-server"} {
		if _, err := os.Stat(p); err == nil {
			return p
		}
	}
	return ""
}

// calm is how long a client that asks nothing, and has nothing else to do, waits for answers.
const calm = 12 * time.Millisecond

type line struct {
	in    io.WriteCloser // to the server
	trip  time.Duration
	waves bool

	mu      sync.Mutex
	counts  Counts
	away    int // requests that the server has not answered
	asked   time.Time
	held    [][]byte
	ended   bool // the server has
	changed chan struct{}
}

// kinds are the requests of the protocol.
var kinds = map[byte]string{
	1: "init", 3: "open", 4: "close", 5: "read", 6: "write", 7: "lstat", 8: "fstat", 9: "setstat", 10: "fsetstat", 11: "opendir",
	12: "readdir", 13: "remove", 14: "mkdir", 15: "rmdir", 16: "realpath", 17: "stat", 18: "rename", 19: "readlink", 20: "symlink",
}

// ask passes on what the client asks.
func (l *line) ask() {
	defer l.in.Close()
	l.later(os.Stdin, func(p []byte) error {
		_, err := l.in.Write(p)
		return err
	}, func(p []byte) {
		l.mu.Lock()
		defer l.mu.Unlock()
		kind := kinds[p[4]]
		if p[4] == 200 && len(p) > 13 {
			name := p[13:]
			kind = string(name[:min(int(binary.BigEndian.Uint32(p[9:])), len(name))])
		}
		l.counts.Requests++
		l.counts.By[kind]++
		l.counts.Out += int64(len(p))
		l.away++
		l.counts.Most = max(l.counts.Most, l.away+len(l.held))
		l.asked = time.Now()
	})
}

// answer passes on what the server says.
func (l *line) answer(from io.Reader) {
	var done sync.WaitGroup
	write := func(p []byte) error {
		_, err := os.Stdout.Write(p)
		return err
	}
	count := func(p []byte) {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.counts.In += int64(len(p))
		l.away--
	}
	if l.waves {
		done.Go(l.release)
		write = func(p []byte) error {
			l.mu.Lock()
			l.held = append(l.held, p)
			l.mu.Unlock()
			l.tell()
			return nil
		}
	}
	l.later(from, write, count)
	l.mu.Lock()
	l.ended = true
	l.mu.Unlock()
	l.tell()
	done.Wait()
}

func (l *line) tell() {
	select {
	case l.changed <- struct{}{}:
	default:
	}
}

// release lets answers go once the client waits for them, and for nothing else.
func (l *line) release() {
	for {
		l.mu.Lock()
		wait := calm - time.Since(l.asked)
		some, all, ended := len(l.held) > 0, l.away == 0, l.ended
		if some && all && wait <= 0 && !waiting() {
			wait = time.Millisecond
		}
		var wave [][]byte
		if some && (all && wait <= 0 || ended) {
			wave, l.held = l.held, nil
			l.counts.Waves++
		}
		l.mu.Unlock()
		switch {
		case wave != nil:
			_, _ = os.Stdout.Write(slices.Concat(wave...))
		case ended:
			return
		case some && all:
			time.Sleep(wait)
		default:
			<-l.changed
		}
	}
}

// packet is one that arrives later.
type packet struct {
	due time.Time
	b   []byte
}

// later passes packets on, each half a round trip after it came. seen is told first.
func (l *line) later(from io.Reader, pass func([]byte) error, seen func([]byte)) {
	way := make(chan packet, 1<<14)
	go func() {
		defer close(way)
		for {
			p, err := next(from)
			if err != nil {
				return
			}
			seen(p)
			way <- packet{time.Now().Add(l.trip / 2), p}
		}
	}()
	for p := range way {
		time.Sleep(time.Until(p.due))
		if pass(p.b) != nil {
			return
		}
	}
}

// next reads a packet.
func next(r io.Reader) ([]byte, error) {
	const most = 1 << 24
	var head [4]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return nil, err
	}
	size := binary.BigEndian.Uint32(head[:])
	if size == 0 || size > most {
		return nil, fmt.Errorf("a packet of %d bytes", size)
	}
	p := make([]byte, 4+size)
	copy(p, head[:])
	_, err := io.ReadFull(r, p[4:])
	return p, err
}
