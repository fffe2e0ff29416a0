package command

import (
	"fmt"
	"io"
	"os"
	"slices"

	"latus/index"
	"latus/ui"
)

// printer makes what shows a run as the flags want it. done closes what was
// opened for it. There is a printer even if there is an error.
func (s *Session) printer(trees []string, o *syncOptions) (p ui.Printer, done func(), err error) {
	done = func() {}
	if o.json {
		events := ui.NewJSON(s.Screen.Out, trees, o.progress.value != "never", s.Now)
		events.Purge, events.Command = purging(trees), commanding(trees)
		p = events
	} else {
		screen := s.Screen
		if o.silent {
			screen.Out, screen.OutTerminal = io.Discard, false
		}
		if when := o.color.value; when != "auto" {
			screen.OutColor, screen.ErrColor = when == "always", when == "always"
		}
		t := ui.TextOptions{
			Trees: trees, Quiet: o.quiet, Plan: screen.OutTerminal || o.confirm, Line: o.line(trees), Maker: o.maker(trees),
			Stats: o.stats, Conflict: o.policy(), OneWay: o.oneWay, Bar: s.bar(o), Purge: purging(trees), Command: commanding(trees),
		}
		if o.again {
			t.Plan, t.Clock = false, s.Now
		}
		p = ui.NewText(screen, t)
		if o.again {
			p = ui.NewRepeated(p)
		}
	}
	if o.also != nil {
		p = ui.All{p, o.also}
	}
	if o.logFile == "" {
		return p, done, nil
	}
	if err := outside("log", o.logFile, trees); err != nil {
		return p, done, err
	}
	f, err := os.OpenFile(o.logFile, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o666)
	if err != nil {
		return p, done, advise(fmt.Errorf("log file: %w", err), "name a file that can be written, in a directory that exists")
	}
	var log ui.Printer = ui.NewLog(s.output("the log file", f), trees, s.Now)
	if o.again {
		log = ui.NewRepeated(log)
	}
	return ui.All{p, log}, func() { f.Close() }, nil
}

// maker tells which tree of the run made a version, as the user named it; "" if none
// of them did.
func (o *syncOptions) maker(trees []string) func(index.Head) string {
	return func(h index.Head) string {
		if i := slices.Index(o.peers, h.Gen.Author); i >= 0 && h.Gen.Author != 0 {
			return trees[i]
		}
		return ""
	}
}

// line is how changes are shown; nil: not at all.
func (o *syncOptions) line(trees []string) ui.ChangeLine {
	switch {
	case o.itemize:
		return ui.Itemized(trees)
	case o.verbose || o.dry:
		return ui.Verbose(trees)
	}
	return nil
}

// bar is the progress bar; nil: none.
func (s *Session) bar(o *syncOptions) *ui.Bar {
	switch {
	case o.progress.value == "never", o.quiet, o.progress.value == "auto" && !s.Screen.ErrTerminal:
		return nil
	}
	return ui.NewBar(s.Screen.Err, s.Screen.Fit)
}
