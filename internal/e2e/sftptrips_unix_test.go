//go:build unix

package e2e

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"latus/internal/sftpline"
)

var (
	farFiles = flag.Int("far-files", 600, "how many files TestRoundTripsOverSFTP synchronizes")
	farDelay = flag.Duration("far-delay", 0, "let TestRoundTripsOverSFTP measure time on a line with this round trip, instead of counting round trips")
)

// farSync runs a sync with a tree behind a line to an SFTP server, and returns what
// went through that.
func farSync(t *testing.T, delay time.Duration, args ...string) (sftpline.Counts, summary) {
	t.Helper()
	report := filepath.Join(t.TempDir(), "report")
	t.Setenv(sftpline.Report, report)
	t.Setenv(sftpline.Delay, delay.String())
	sum := mustSync(t, append([]string{"-e", "sftpline", "--max-delete", "off"}, args...)...)
	c, err := sftpline.Read(report)
	must(t, err)
	return c, sum
}

// TestRoundTripsOverSFTP holds the price of a run over SFTP in round trips. A file costs
// some requests, but so many files go at a time that hardly any is waited for.
func TestRoundTripsOverSFTP(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for a line")
	}
	sftpline.Find(t)
	dir := t.TempDir()
	a, b := filepath.Join(dir, "a"), filepath.Join(dir, "b")
	n := *farFiles
	name := func(i int) string { return filepath.Join(a, fmt.Sprint("dir ", i%20), fmt.Sprint("file ", i)) }
	moved := func(i int) string { return filepath.Join(a, fmt.Sprint("dir ", (i+1)%20), fmt.Sprint("moved ", i)) }
	was := time.Now().Add(-time.Hour)
	write := func(i int, text string) {
		put0(t, name(i), fmt.Sprint(text, i))
		must(t, os.Chtimes(name(i), was, was))
	}
	const many = 100 // at the least are under way at a time: a step of all files is n/many round trips
	for _, c := range []struct {
		what   string
		change func()
		trips  int // whatever the number of files
		steps  int // that each of them takes, one after the other
	}{
		{"first sync", func() {
			for i := range n {
				write(i, "some text in ")
			}
		}, 130, 14},
		{"nothing to do", func() {}, 40, 0},
		{"edits", func() {
			was = was.Add(time.Minute)
			for i := range n / 2 {
				write(i, "other text in file ")
			}
		}, 100, 14},
		{"renames", func() {
			for i := range n / 2 {
				must(t, os.Rename(name(i), moved(i)))
			}
		}, 100, 8},
		{"deletions", func() {
			for i := range n / 2 {
				must(t, os.Remove(moved(i)))
			}
		}, 100, 8},
		{"touches", func() {
			was = was.Add(time.Minute)
			for i := n / 2; i < n; i++ {
				must(t, os.Chtimes(name(i), was, was))
				must(t, os.Chmod(name(i), 0o600))
			}
		}, 100, 12},
		{"links", func() {
			for i := range n / 4 {
				must(t, os.Symlink(fmt.Sprint("file ", i), filepath.Join(a, fmt.Sprint("dir ", i%20), fmt.Sprint("link ", i))))
			}
		}, 100, 8},
		{"copies", func() {
			for i := range n / 4 {
				from, err := os.ReadFile(name(n/2 + i))
				must(t, err)
				put0(t, filepath.Join(a, "copies", fmt.Sprint(i)), string(from))
			}
		}, 100, 12},
		{"directories", func() {
			for i := range n / 4 {
				must(t, os.MkdirAll(filepath.Join(a, "new", fmt.Sprint(i%10), fmt.Sprint(i)), 0o755))
			}
		}, 110, 6},
		{"no directories", func() { must(t, os.RemoveAll(filepath.Join(a, "new"))) }, 110, 8},
	} {
		c.change()
		start := time.Now()
		counts, sum := farSync(t, *farDelay, a, "sftp://far"+b)
		wall := time.Since(start)
		equalOverSFTP(t, a, b)
		var by []string
		for kind, n := range counts.By {
			by = append(by, fmt.Sprint(n, " ", kind))
		}
		slices.Sort(by)
		most := c.trips + c.steps*(n+many-1)/many
		t.Logf("%-14s %5d changes %6d requests, %d at a time, %5d round trips (at most %d), %v", c.what, sum.Changes, counts.Requests, counts.Most, counts.Waves, most, wall.Round(10*time.Millisecond))
		t.Logf("    %s", strings.Join(by, ", "))
		if *farDelay == 0 && counts.Waves > most {
			t.Errorf("%s took %d round trips, want at most %d", c.what, counts.Waves, most)
		}
	}
}
