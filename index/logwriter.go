package index

import (
	"errors"
	"io"
	"io/fs"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// MergeLog writes the merge log: every run, every action that was applied.
// Nothing reaches the file before Flush. Methods may be called by several
// goroutines.
type MergeLog struct {
	store Store

	mu   sync.Mutex
	file StoreFile // nil: nothing was flushed yet
	made bool      // the file is new and its name not durable yet
	run  string    // whose lines are being written
	buf  []byte
}

// OpenLog opens the merge log in s for writing at its end. The file is created
// by the first Flush that has something to write.
func OpenLog(s Store) *MergeLog { return &MergeLog{store: s} }

// Start opens a run.
func (l *MergeLog) Start(r RunStart) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.run = r.Run
	b := appendSaid(nil, "start", r.Run)
	b = appendTime(b, "time", r.Time)
	b = appendSaid(b, "command", r.Command)
	if r.Of != "" {
		b = appendSaid(b, "of", r.Of)
	}
	if len(r.With) > 0 {
		b = append(appendKey(b, "with"), '[')
		for i, name := range r.With {
			b = appendQuoted(comma(b, i), said(name))
		}
		b = append(b, ']')
	}
	if len(r.Peers) > 0 {
		b = append(appendKey(b, "peers"), '[')
		for i, id := range r.Peers {
			b = append(comma(b, i), '"')
			b = append(appendHex(b, uint64(id)), '"')
		}
		b = append(b, ']')
	}
	b = appendSaid(b, "host", r.Host)
	b = appendSaid(b, "version", r.Version)
	l.line(b)
}

// Add notes an action that was applied.
func (l *MergeLog) Add(r Record) {
	l.mu.Lock()
	defer l.mu.Unlock()
	start := len(l.buf)
	b := appendSaid(l.buf, "op", r.Op)
	b = appendString(b, "path", string(r.Path))
	b = appendSome(b, "from", string(r.From))
	if r.Kind != Absent {
		b = appendString(b, "kind", r.Kind.String())
	}
	if r.Size != 0 {
		b = appendInt(b, "size", r.Size)
	}
	b = appendTime(b, "mtime", r.Mtime)
	if r.Mode != 0 {
		b = appendMode(b, r.Mode)
	}
	b = appendIDs(b, r.Owner)
	b = appendSome(b, "attrs", string(r.Attrs))
	if r.Hash.Known() {
		b = appendString(b, "hash", r.Hash.String())
	}
	b = appendSome(b, "target", r.Target)
	b = appendGen(b, "gen", r.Gen)
	b = appendGen(b, "old", r.OldGen)
	b = appendFormer(b, "was", r.Was)
	b = appendFormer(b, "took", r.Took)
	b = appendSome(b, "trash", r.Trash)
	b = appendSaid(b, "author", r.Author)
	b = appendSaid(b, "why", r.Why)
	b = appendTime(b, "time", r.Time)
	if r.Along {
		b = append(appendKey(b, "along"), "true"...)
	}
	if r.Run != l.run {
		b = appendSaid(b, "run", r.Run)
	}
	l.buf = append(closeObject(b, start), '\n')
}

// End closes a run.
func (l *MergeLog) End(r RunEnd) {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := appendSaid(nil, "end", r.Run)
	b = appendTime(b, "time", r.Time)
	b = appendInt(b, "changes", int64(r.Changes))
	b = appendInt(b, "conflicts", int64(r.Conflicts))
	b = appendInt(b, "problems", int64(r.Problems))
	b = appendInt(b, "bytes", r.Bytes)
	if len(r.Saved) > 0 {
		b = appendKey(b, "saved")
		start := len(b)
		for _, how := range slices.Sorted(maps.Keys(r.Saved)) {
			b = appendQuoted(append(b, ','), said(how))
			b = strconv.AppendInt(append(b, ':'), r.Saved[how], 10)
		}
		b = closeObject(b, start)
	}
	if r.Files > 0 {
		b = appendInt(b, "files", r.Files)
		b = appendInt(b, "size", r.Size)
	}
	b = appendInt(b, "exit", int64(r.Exit))
	l.line(b)
	l.run = ""
}

func (l *MergeLog) line(fields []byte) {
	l.buf = append(closeObject(append(l.buf, fields...), len(l.buf)), '\n')
}

// Flush writes what was noted so far, with sync durably. What could not be
// written stays noted.
func (l *MergeLog) Flush(sync bool) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.flush(sync); err != nil {
		return about("write", LogName, err)
	}
	return nil
}

func (l *MergeLog) flush(sync bool) error {
	if l.file == nil && len(l.buf) == 0 {
		return nil
	}
	if l.file == nil {
		if err := l.open(); err != nil {
			return err
		}
	}
	if len(l.buf) > 0 {
		n, err := l.file.Write(l.buf)
		l.buf = slices.Delete(l.buf, 0, n)
		if err == nil && len(l.buf) > 0 {
			err = io.ErrShortWrite
		}
		if err != nil {
			return err
		}
	}
	if !sync {
		return nil
	}
	if err := l.file.Sync(); err != nil {
		return err
	}
	if l.made {
		if err := l.store.SyncDir(); err != nil {
			return err
		}
		l.made = false
	}
	return nil
}

func (l *MergeLog) open() error {
	old, err := l.store.Open(LogName)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		l.made = true
	case err != nil:
		return err
	default:
		old.Close()
		// The last line of a killed run may be torn: an empty line ends it.
		l.buf = slices.Insert(l.buf, 0, '\n')
	}
	l.file, err = l.store.Append(LogName)
	return err
}

// Close flushes and lets go of the file.
func (l *MergeLog) Close() error {
	err := l.Flush(false)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.file != nil {
		if e := l.file.Close(); err == nil {
			err = e
		}
		l.file = nil
	}
	return err
}

// appendTime appends a time in nanoseconds as RFC 3339, in UTC; 0 is left out.
func appendTime(b []byte, key string, ns int64) []byte {
	if ns == 0 {
		return b
	}
	b = append(appendKey(b, key), '"')
	b = time.Unix(0, ns).UTC().AppendFormat(b, time.RFC3339Nano)
	return append(b, '"')
}

// appendGen appends "author-tag", unless id is zero.
func appendGen(b []byte, key string, id GenID) []byte {
	if id == (GenID{}) {
		return b
	}
	b = append(appendKey(b, key), '"')
	b = append(appendHex(b, uint64(id.Author)), '-')
	return append(appendHex(b, id.Tag), '"')
}

// appendFormer appends what stood somewhere, unless nothing did.
func appendFormer(b []byte, key string, f Former) []byte {
	if f.Kind == Absent {
		return b
	}
	b = appendKey(b, key)
	start := len(b)
	b = appendString(b, "kind", f.Kind.String())
	b = appendGen(b, "gen", f.Gen)
	if f.Size != 0 {
		b = appendInt(b, "size", f.Size)
	}
	b = appendTime(b, "mtime", f.Mtime)
	if f.Mode != 0 {
		b = appendMode(b, f.Mode)
	}
	b = appendIDs(b, f.Owner)
	b = appendSome(b, "attrs", string(f.Attrs))
	b = appendSome(b, "target", f.Target)
	return closeObject(b, start)
}

// appendIDs appends ,"owner":"UID:GID", unless they are not known.
func appendIDs(b []byte, o IDs) []byte {
	if !o.Known() {
		return b
	}
	b = strconv.AppendUint(append(appendKey(b, "owner"), '"'), uint64(o.User-1), 10)
	return append(strconv.AppendUint(append(b, ':'), uint64(o.Group-1), 10), '"')
}

func appendMode(b []byte, mode uint32) []byte {
	b = strconv.AppendUint(append(appendKey(b, "mode"), '"', '0'), uint64(mode), 8)
	return append(b, '"')
}

// appendSaid appends a text that only people read.
func appendSaid(b []byte, key, s string) []byte { return appendString(b, key, said(s)) }

func said(s string) string { return strings.ToValidUTF8(s, "\ufffd") }
