package mergelog

import (
	"bytes"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"latus/index"
)

// seekable is a store whose files can be read at any place; it counts what is read.
type seekable struct {
	*memory
	read *int
}

func (s seekable) Open(name string) (io.ReadCloser, error) {
	if _, err := s.memory.Open(name); err != nil {
		return nil, err
	}
	return seekFile{bytes.NewReader(s.files[name]), s.read}, nil
}

type seekFile struct {
	*bytes.Reader
	read *int
}

func (f seekFile) ReadAt(p []byte, off int64) (int, error) {
	*f.read += len(p)
	return f.Reader.ReadAt(p, off)
}

func (seekFile) Close() error { return nil }

func runs(t testing.TB, s index.Store) []Run {
	t.Helper()
	var all []Run
	if err := Read(s, func(r Run) bool { all = append(all, r); return true }); err != nil {
		t.Fatal(err)
	}
	return all
}

func drawFormer(t *rapid.T) Former {
	kind := rapid.SampledFrom([]index.Kind{index.Absent, index.File, index.Dir, index.Link}).Draw(t, "kind")
	if kind == index.Absent {
		return Former{}
	}
	return Former{
		Kind: kind, Gen: drawGen(t, "gen"), Size: drawNumber(t, "size"), Mtime: drawNumber(t, "mtime"),
		Mode: rapid.Uint32Range(0, 0o7777).Draw(t, "mode"), Owner: drawIDs(t), Attrs: drawAttrs(t), Target: drawText.Draw(t, "target"),
	}
}

func TestLogRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := newMemory()
		var want []Run
		for n := range rapid.IntRange(0, 3).Draw(t, "runs") {
			l := Open(s)
			run := fmt.Sprint("run ", n)
			logged := Run{Start: Start{
				Run: run, Time: drawNumber(t, "time"), Command: "sync", Of: "run", With: []string{"stick", "büro \"2\""},
				Peers: []index.PeerID{7, 1 << 63}, Host: "here", Version: "1",
			}}
			l.Start(logged.Start)
			for range rapid.IntRange(0, 3).Draw(t, "records") {
				r := Record{
					Run: run, Time: drawNumber(t, "time"), Op: "update", Path: drawPath(t), From: index.Path(drawText.Draw(t, "from")),
					Kind: index.File, Size: drawNumber(t, "size"), Mtime: drawNumber(t, "mtime"), Mode: 0o644, Hash: drawHash(t),
					Gen: drawGen(t, "gen"), OldGen: drawGen(t, "old"), Trash: drawText.Draw(t, "trash"), Author: "b", Why: "lost a conflict",
					Target: drawText.Draw(t, "target"),
					Was:    drawFormer(t), Took: drawFormer(t), Along: rapid.Bool().Draw(t, "along"),
				}
				l.Add(r)
				logged.Records = append(logged.Records, r)
				if rapid.Bool().Draw(t, "flush") {
					if err := l.Flush(rapid.Bool().Draw(t, "sync")); err != nil {
						t.Fatal(err)
					}
				}
			}
			if rapid.Bool().Draw(t, "ends") {
				logged.End = &End{Run: run, Time: 5, Changes: 1, Conflicts: 2, Problems: 3, Bytes: 4, Saved: map[string]int64{"move": 9, "copy": 1}, Files: 7, Size: 1 << 40, Exit: 3}
				l.End(*logged.End)
			}
			if err := l.Close(); err != nil {
				t.Fatal(err)
			}
			want = append([]Run{logged}, want...)
		}
		read := 0
		for _, store := range []index.Store{s, seekable{s, &read}} {
			var got []Run
			if err := Read(store, func(r Run) bool { got = append(got, r); return true }); err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, want) {
				t.Fatalf("read\n%+v, want\n%+v\n%s", got, want, s.files[FileName])
			}
		}
	})
}

func TestLogTornLineIsPassedOver(t *testing.T) {
	s := newMemory()
	write := func(run string) {
		l := Open(s)
		l.Start(Start{Run: run, Time: 1})
		l.Add(Record{Run: run, Op: "create", Path: "a", Time: 2})
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	}
	write("one")
	text := bytes.Clone(s.files[FileName])
	whole := len(text)
	for size := range whole + 1 {
		s.files[FileName] = bytes.Clone(text[:size])
		write("two")
		all := runs(t, s)
		if all[0].Start.Run != "two" || len(all[0].Records) != 1 {
			t.Fatalf("cut at %d: %+v", size, all[0])
		}
		if size >= whole-1 && (len(all) != 2 || len(all[1].Records) != 1) {
			t.Fatalf("cut at %d: %+v", size, all)
		}
	}
}

func TestLogReadsOnlyTheEnd(t *testing.T) {
	s := newMemory()
	l := Open(s)
	for run := range 50 {
		name := fmt.Sprint(run)
		l.Start(Start{Run: name})
		for i := range 300 {
			l.Add(Record{Run: name, Op: "create", Path: index.Path(fmt.Sprintf("%s/%04d", strings.Repeat("d", 40), i))})
		}
		l.End(End{Run: name})
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	read := 0
	err := Read(seekable{s, &read}, func(r Run) bool {
		if r.Start.Run != "49" || len(r.Records) != 300 || r.Records[0].Path.Base() != "0000" {
			t.Errorf("read run %q with %d records", r.Start.Run, len(r.Records))
		}
		return false
	})
	if err != nil || read == 0 || read > len(s.files[FileName])/4 {
		t.Errorf("read %d of %d bytes: %v", read, len(s.files[FileName]), err)
	}
}

func TestLogWritesNothingForNothing(t *testing.T) {
	s := newMemory()
	l := Open(s)
	if err := l.Flush(true); err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if s.calls != 0 {
		t.Errorf("%d calls changed something", s.calls)
	}
	if n := len(runs(t, s)); n != 0 {
		t.Errorf("%d runs", n)
	}
}

func TestLogGoesOnAfterAFailedWrite(t *testing.T) {
	s := newMemory()
	l := Open(s)
	l.Start(Start{Run: "one"})
	l.Add(Record{Run: "one", Op: "create", Path: "a"})
	s.short = 20
	s.fail = func(call string) error {
		if call == "write" {
			return errFault
		}
		return nil
	}
	if err := l.Flush(true); err == nil {
		t.Fatal("the failure was not told")
	}
	s.fail = nil
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if all := runs(t, s); len(all) != 1 || len(all[0].Records) != 1 {
		t.Errorf("%+v", all)
	}
}

func drawIDs(t *rapid.T) index.IDs {
	return rapid.SampledFrom([]index.IDs{{}, index.NewIDs(0, 0), index.NewIDs(1000, 4294967294)}).Draw(t, "ids")
}
