package report

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"latus/index"
	"latus/index/mergelog"
	"latus/sync/plan"
	"latus/sync/reason"
	"latus/sync/trash"
	"latus/ui"
)

var day = time.Date(2026, 11, 22, 13, 14, 5, 0, time.UTC)

const hostile = "<script>alert(1)</script>\x1b[31m\xff\" onload=\"x"

// history is a tree's, in which everything happens, with names that want out.
func history() Data {
	d := Data{Now: day, Zone: time.UTC, Tree: ui.TreeStatus{
		Path: "/home/" + hostile, Group: "0123456789abcdef", Peer: "fedcba9876543210", Name: "laptop:" + hostile,
		Files: 1234, Dirs: 56, Links: 1, Bytes: 7 << 30, TrashItems: 40, TrashBytes: 3 << 20, Unsynced: 2,
		Peers:     []ui.PeerStatus{{Name: "nas:" + hostile, Host: "nas", Path: "/srv/" + hostile, LastSync: "2026-11-21T10:00:00Z"}},
		Pending:   []plan.Held{{Path: hostile, Reason: reason.Words("busy " + hostile)}},
		Conflicts: []plan.Conflict{{Path: hostile, Winner: index.Head{Kind: index.Link, Target: hostile}, Losers: []index.Head{{Kind: index.File, Size: 5}}}},
	}}
	ops := []string{"create", "update", "touch", "move", "copy", "undelete", "delete", "mkdir", "rmdir", "link"}
	for i := range 60 {
		at := day.Add(-time.Duration(i*i) * time.Hour)
		r := mergelog.Run{Start: mergelog.Start{Run: "run-" + hostile, Time: at.UnixNano(), Command: "sync", With: []string{"nas:" + hostile}}}
		for n := range i%7 + 45*(i%11/10) + 1 {
			r.Records = append(r.Records, mergelog.Record{
				Time: at.UnixNano(), Op: ops[(i+n)%len(ops)], Path: index.Path("docs/" + hostile), From: hostile, Kind: index.File,
				Size: int64(n) << 10, Author: hostile, Trash: hostile,
			})
		}
		if i%13 != 5 {
			r.End = &mergelog.End{Time: at.Add(time.Duration(i+1) * time.Second).UnixNano(), Changes: len(r.Records), Bytes: int64(i) << 20, Conflicts: i % 3 / 2}
		}
		d.Runs = append(d.Runs, r)
	}
	for i := range 40 {
		d.Trash = append(d.Trash, trash.Item{ID: "run.1", Path: hostile, Size: int64(i) << 12, Why: hostile, At: day.Add(-time.Duration(i*7) * time.Hour).UnixNano()})
	}
	return d
}

func written(t *testing.T, d Data) string {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, d); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestPageNeedsNothingButItself: whatever is in the names, the page runs no script
// and loads nothing.
func TestPageNeedsNothingButItself(t *testing.T) {
	text := written(t, history())
	known := map[string]bool{}
	for _, n := range strings.Fields("html meta title style h1 h2 p span div b strong br table tr th td details summary ul li code svg line text rect circle path") {
		known[n] = true
	}
	// What a name brings along is escaped: every < is the template's own.
	for _, tag := range regexp.MustCompile(`<(\w*)([^>]*)`).FindAllStringSubmatch(text, -1) {
		if name := tag[1]; !known[name] && !strings.HasPrefix(tag[2], "/") && !strings.HasPrefix(tag[2], "!DOCTYPE") {
			t.Errorf("there is a <%s%s>", name, tag[2])
		}
		if attr := regexp.MustCompile(`\s(on\w+|src|href)\s*=`).FindString(tag[2]); attr != "" {
			t.Errorf("<%s> has %s", tag[1], attr)
		}
	}
	if strings.Contains(text, "\x1b") {
		t.Error("control characters come through")
	}
	if m := regexp.MustCompile(`https?://|url\(|NaN|Inf|%!`).FindString(text); m != "" {
		t.Errorf("there is %q", m)
	}
	for _, want := range []string{"1,235 files", "7.0 GiB", "was cut off", "&lt;script&gt;", "and 15 versions more"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q", want)
		}
	}
}

func TestPageOfANewTree(t *testing.T) {
	text := written(t, Data{Now: day, Zone: time.UTC})
	for _, want := range []string{"nothing was done yet", "no run has fetched enough", "the trash is empty", "no other tree yet"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q", want)
		}
	}
}

// TestPageInABrowser has a browser draw the page, where there is one.
func TestPageInABrowser(t *testing.T) {
	browser, err := exec.LookPath("chromium")
	if err != nil || testing.Short() {
		t.Skip("needs chromium")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	dir := t.TempDir()
	file, shot := filepath.Join(dir, "report.html"), filepath.Join(dir, "report.png")
	if keep := os.Getenv("LATUS_REPORT_SHOT"); keep != "" {
		shot = keep
	}
	if err := os.WriteFile(file, []byte(written(t, history())), 0o666); err != nil {
		t.Fatal(err)
	}
	args := []string{"--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
		"--disable-component-update", "--disable-sync", "--user-data-dir=" + filepath.Join(dir, "profile"), "--window-size=1000,2400"}
	out, err := exec.CommandContext(ctx, browser, append(args, "--screenshot="+shot, "file://"+file)...).CombinedOutput()
	if info, e := os.Stat(shot); err != nil || e != nil || info.Size() < 20_000 {
		t.Fatalf("no picture: %v %v\n%s", err, e, out)
	}
	dom, err := exec.CommandContext(ctx, browser, append(args, "--dump-dom", "file://"+file)...).Output()
	if err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(dom, []byte("<svg")); n != 3 {
		t.Errorf("the browser sees %d drawings, not 3", n)
	}
}
