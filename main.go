// Latus makes directory trees equal, two or many, over SSH or on one machine.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"

	"latus/ui"
	"latus/ui/command"
)

// version is set by the linker.
var version string

func main() {
	pace()
	ctx, cancel := context.WithCancel(context.Background())
	go obey(signals(), cancel)
	code := command.Main(ctx, os.Args[1:], command.NewSession(version))
	cancel()
	os.Exit(code)
}

// signals are those that end a run. One that was ignored when the program
// started (nohup) stays so.
func signals() <-chan os.Signal {
	ending := make(chan os.Signal, 2)
	for _, s := range []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP} {
		if !signal.Ignored(s) {
			signal.Notify(ending, s)
		}
	}
	// A reader of our output that goes away must not end a run half-way: writing
	// to it becomes an error.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	return ending
}

// obey ends the run in good order at the first signal, at once at the second.
func obey(ending <-chan os.Signal, cancel context.CancelFunc) {
	<-ending
	cancel()
	// timeout(1) signals a process and then its group: both are the first signal.
	for same := time.After(100 * time.Millisecond); same != nil; {
		select {
		case <-ending:
		case <-same:
			same = nil
		}
	}
	<-ending
	os.Exit(ui.ExitInterrupted)
}
