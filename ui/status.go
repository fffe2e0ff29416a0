package ui

import (
	"fmt"
	"io"
	"strings"
	"time"

	"latus/index/mergelog"
	"latus/sync/plan"
	"latus/sync/reason"
)

// TreeStatus is what there is to say about one tree at rest.
type TreeStatus struct {
	Path              string
	Group, Peer, Name string
	Files, Dirs       int
	Links             int
	Bytes             int64
	Peers             []PeerStatus
	Conflicts         []plan.Conflict
	Pending           []plan.Held
	TrashItems        int
	TrashBytes        int64
	LastRun           *mergelog.Run // that changed something; nil: none yet
	Unsynced          int           // changes that no other tree has seen yet
	Damage            string        // what was wrong with the index, "" if nothing
}

// PeerStatus is a tree that this one has met.
type PeerStatus struct {
	Peer, Name, Host, Path string
	LastSync               string // RFC 3339, of the last run that changed anything
}

// StatusText is the status of a tree as text, for a person and for status.txt.
// It says nothing that changes from one look to the next while the tree does not.
// zone is that of the times.
func StatusText(s TreeStatus, zone *time.Location) string {
	var b strings.Builder
	line := func(name, format string, args ...any) {
		fmt.Fprintf(&b, "%-11s %s\n", name+":", fmt.Sprintf(format, args...))
	}
	line("tree", "%s", Safe(s.Path))
	line("peer", "%s (%s)", Safe(s.Name), s.Peer)
	line("group", "%s", orNone(s.Group))
	files := Count(int64(s.Files+s.Links), "file") // as a run counts them
	if s.Links > 0 {
		files += " (" + Thousands(int64(s.Links)) + " of them links)"
	}
	line("holds", "%s, %s, %s", files, Count(int64(s.Dirs), "directory"), Bytes(s.Bytes))
	line("trash", "%s, %s", Count(int64(s.TrashItems), "version"), Bytes(s.TrashBytes))
	if s.Unsynced > 0 {
		line("not synced", "%s", Count(int64(s.Unsynced), "change"))
	}
	if s.LastRun != nil {
		line("last run", "%s", runLine(s.LastRun, zone))
	}
	if s.Damage != "" {
		line("damage", "%s", Safe(s.Damage))
	}
	section(&b, "synced with", len(s.Peers), func(i int) string {
		p := s.Peers[i]
		at := p.Path
		if p.Host != "" {
			at = p.Host + ":" + at
		}
		return fmt.Sprintf("%s at %s, last change %s", Safe(p.Name), Safe(at), LocalTime(p.LastSync, zone))
	})
	section(&b, "open conflicts", len(s.Conflicts), func(i int) string {
		c := s.Conflicts[i]
		return fmt.Sprintf("%s (%s)", Name(c.Path), Count(int64(1+len(c.Losers)), "version"))
	})
	section(&b, "pending", len(s.Pending), func(i int) string {
		return Name(s.Pending[i].Path) + ": " + whyPending(s.Pending[i].Reason)
	})
	return b.String()
}

// whyPending is why a path is left, and what settles a conflict, as nobody may be there to
// read the hint of the run that left it.
func whyPending(r reason.Reason) string {
	why := Safe(r.String())
	if r.Code == reason.Conflict {
		why += "; an edit settles it, and so does `latus resolve`, or a sync without --conflict fail"
	}
	return why
}

// section lists n items below a title; nothing if there are none.
func section(b *strings.Builder, title string, n int, item func(int) string) {
	if n == 0 {
		return
	}
	fmt.Fprintf(b, "\n%s:\n", title)
	for i := range n {
		fmt.Fprintf(b, "  %s\n", item(i))
	}
}

func orNone(s string) string {
	if s == "" {
		return "none yet"
	}
	return s
}

// LocalTime shows an RFC 3339 time in zone; what is none is shown as it is.
func LocalTime(s string, zone *time.Location) string {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return Safe(s)
	}
	return t.In(zone).Format("2006-01-02 15:04:05")
}

// StatusJSON writes the status of a tree as one object.
func StatusJSON(w io.Writer, s TreeStatus) error {
	type peer struct {
		Peer       string `json:"peer"`
		Name       string `json:"name"`
		Host       string `json:"host,omitempty"`
		Path       string `json:"path"`
		LastChange string `json:"last_change"`
	}
	type pending struct {
		JSONPath
		Reason string `json:"reason"`
	}
	o := struct {
		JSONTree
		Peer      string     `json:"peer"`
		Name      string     `json:"name"`
		Group     string     `json:"group"`
		Files     int        `json:"files"`
		Dirs      int        `json:"dirs"`
		Links     int        `json:"links"`
		Bytes     int64      `json:"bytes"`
		Trash     int        `json:"trash_versions"`
		TrashSize int64      `json:"trash_bytes"`
		Unsynced  int        `json:"unsynced"`
		LastRun   string     `json:"last_run,omitempty"`
		LastTime  string     `json:"last_run_time,omitempty"`
		Damage    string     `json:"damage,omitempty"`
		Peers     []peer     `json:"peers"`
		Conflicts []JSONPath `json:"conflicts"`
		Pending   []pending  `json:"pending"`
	}{
		JSONTree: NewJSONTree(s.Path), Peer: s.Peer, Name: s.Name, Group: s.Group, Files: s.Files, Dirs: s.Dirs, Links: s.Links,
		Bytes: s.Bytes, Trash: s.TrashItems, TrashSize: s.TrashBytes, Unsynced: s.Unsynced, Damage: s.Damage,
		Peers: []peer{}, Conflicts: []JSONPath{}, Pending: []pending{},
	}
	if s.LastRun != nil {
		o.LastRun, o.LastTime = s.LastRun.Start.Run, Stamp(s.LastRun.Start.Time)
	}
	for _, p := range s.Peers {
		o.Peers = append(o.Peers, peer{p.Peer, p.Name, p.Host, p.Path, p.LastSync})
	}
	for _, c := range s.Conflicts {
		o.Conflicts = append(o.Conflicts, NewJSONPath(c.Path))
	}
	for _, h := range s.Pending {
		o.Pending = append(o.Pending, pending{NewJSONPath(h.Path), h.Reason.String()})
	}
	return WriteJSON(w, o)
}
