package ui

import (
	"bytes"
	"testing"
	"time"

	"latus/index"
	"latus/index/mergelog"
	"latus/sync/plan"
	"latus/sync/reason"
)

func aRun() *mergelog.Run {
	at := day.UnixNano()
	return &mergelog.Run{
		Start: mergelog.Start{Run: "20261122-131405-1a2b", Time: at, Command: "sync", With: []string{"laptop:b"}, Host: "desk", Version: "1.0.0"},
		Records: []mergelog.Record{
			{Time: at, Op: "create", Path: "a\n.txt", Kind: index.File, Size: 1500, Author: "laptop:b", Hash: index.Hash{1}},
			{Time: at, Op: "move", Path: "to\xff", From: "from", Kind: index.File},
			{Time: at, Op: "delete", Path: "gone", Trash: "20261122-131405-1a2b.1", Why: "deleted"},
		},
		End: &mergelog.End{Time: at + 2e9, Changes: 3, Conflicts: 1, Problems: 2, Bytes: 1500, Exit: 3, Saved: map[string]int64{"move": 9}},
	}
}

func TestStatusText(t *testing.T) {
	s := TreeStatus{
		Path: "/home/a", Group: "00000000000000aa", Peer: "00000000000000bb", Name: "desk:a",
		Files: 12345, Dirs: 1, Links: 2, Bytes: 1 << 30, TrashItems: 3, TrashBytes: 4096, Unsynced: 5,
		Peers:     []PeerStatus{{Name: "laptop:b", Host: "laptop", Path: "/home/b", LastSync: "2026-11-22T13:14:05Z"}},
		Conflicts: []plan.Conflict{{Path: "x\x1b", Losers: make([]index.Head, 1)}},
		Pending:   []plan.Held{{Path: "README", Reason: reason.Twin.Why()}},
		LastRun:   aRun(), Damage: "line 7: cut",
	}
	golden(t, "status.golden", []byte(StatusText(s, time.UTC)+"\n"+StatusText(TreeStatus{Path: "/new", Name: "desk:new"}, time.UTC)))
}

func TestPrintRun(t *testing.T) {
	var out bytes.Buffer
	PrintRun(&out, aRun(), time.UTC, 0)
	PrintRunJSON(&out, aRun())
	killed := aRun()
	killed.End = nil
	PrintRun(&out, killed, time.UTC, 0)
	golden(t, "run.golden", out.Bytes())
}
