// Package process runs latus as a process: the signals it obeys, its exit code, and
// how much memory its garbage collector leaves it.
package process

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"

	"latus/ui"
	"latus/ui/command"
)

// Main runs the command that os.Args name, as the version of latus that the linker
// set, or "". It does not return: it ends the process.
func Main(version string) {
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
