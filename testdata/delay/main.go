// Delay is a remote shell over a slow line: what goes through it, each way, arrives
// half a round trip later. It measures what a run costs in round trips:
//
//	go build -o /tmp/delay ./testdata/delay
//	DELAY=100ms latus sync -e /tmp/delay a x:$PWD/b
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"
)

func main() {
	trip, err := time.ParseDuration(os.Getenv("DELAY"))
	if err != nil || len(os.Args) < 3 {
		fmt.Fprintln(os.Stderr, "usage: DELAY=100ms delay HOST COMMAND")
		os.Exit(2)
	}
	cmd := exec.Command("sh", "-c", strings.Join(os.Args[2:], " "))
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	check(err)
	out, err := cmd.StdoutPipe()
	check(err)
	check(cmd.Start())
	go func() {
		later(in, os.Stdin, trip/2)
		in.Close()
	}()
	later(os.Stdout, out, trip/2)
	var exit *exec.ExitError
	if err := cmd.Wait(); errors.As(err, &exit) {
		os.Exit(max(exit.ExitCode(), 1))
	}
}

// piece is some bytes and when they are to arrive.
type piece struct {
	due time.Time
	b   []byte
}

// later copies from r to w, each piece a while after it came. As much as a fast line
// holds is under way at a time.
func later(w io.Writer, r io.Reader, by time.Duration) {
	line := make(chan piece, 4096)
	go func() {
		defer close(line)
		for {
			b := make([]byte, 64<<10)
			n, err := r.Read(b)
			if n > 0 {
				line <- piece{time.Now().Add(by), b[:n]}
			}
			if err != nil {
				return
			}
		}
	}()
	for p := range line {
		time.Sleep(time.Until(p.due))
		if _, err := w.Write(p.b); err != nil {
			return
		}
	}
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "delay:", err)
		os.Exit(1)
	}
}
