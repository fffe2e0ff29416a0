package ui

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Stats is the totals of a run, in the manner of rsync --stats.
func Stats(s Summary) string {
	var b strings.Builder
	line := func(name, format string, args ...any) {
		fmt.Fprintf(&b, "%s: %s\n", name, fmt.Sprintf(format, args...))
	}
	var fetched int64
	trashed := 0
	for _, t := range s.Trees {
		fetched += t.Bytes
		trashed += t.Trashed
	}
	line("Number of files", "%s", Thousands(s.Files))
	line("Number of changes", "%s", Thousands(int64(s.Changes)))
	for _, t := range s.Trees {
		done := Operations(t.Changes)
		if done == "" {
			done = "none"
		}
		line("  in "+Safe(t.Spec), "%s", done)
	}
	line("Number of new conflicts", "%s", Thousands(int64(s.Conflicts)))
	line("Number of problems", "%s", Thousands(int64(s.Problems)))
	line("Number of versions moved to the trash", "%s", Thousands(int64(trashed)))
	line("Total file size", "%s bytes", Thousands(s.Bytes))
	line("Total transferred file size", "%s bytes", Thousands(fetched))
	for _, how := range slices.Sorted(maps.Keys(s.Saved)) {
		line("  saved by "+how, "%s bytes", Thousands(s.Saved[how]))
	}
	line("Total bytes sent", "%s", Thousands(s.Sent))
	line("Total bytes received", "%s", Thousands(s.Received))
	line("Elapsed time", "%s", Seconds(s.Elapsed))
	if wire := s.Sent + s.Received; wire > 0 {
		rate := 0.0
		if t := s.Elapsed.Seconds(); t > 0 {
			rate = float64(wire) / t
		}
		fmt.Fprintf(&b, "\nsent %s bytes  received %s bytes  %.2f bytes/sec\n", Thousands(s.Sent), Thousands(s.Received), rate)
		fmt.Fprintf(&b, "total size is %s  speedup is %.2f\n", Thousands(s.Bytes), float64(s.Bytes)/float64(wire))
	}
	return b.String()
}
