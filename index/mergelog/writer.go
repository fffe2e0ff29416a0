package mergelog

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

	"latus/index"
	"latus/index/jsontext"
)

// Log writes the merge log: every run, every action that was applied.
// Nothing reaches the file before Flush. Methods may be called by several
// goroutines.
type Log struct {
	store index.Store

	mu   sync.Mutex
	file index.StoreFile // nil: nothing was flushed yet
	made bool            // the file is new and its name not durable yet
	run  string          // whose lines are being written
	buf  []byte
}

// Open opens the merge log in s for writing at its end. The file is created
// by the first Flush that has something to write.
func Open(s index.Store) *Log { return &Log{store: s} }

// Start opens a run.
func (l *Log) Start(r Start) {
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
		b = append(jsontext.AppendKey(b, "with"), '[')
		for i, name := range r.With {
			b = jsontext.AppendQuoted(jsontext.Comma(b, i), said(name))
		}
		b = append(b, ']')
	}
	if len(r.Peers) > 0 {
		b = append(jsontext.AppendKey(b, "peers"), '[')
		for i, id := range r.Peers {
			b = append(jsontext.Comma(b, i), '"')
			b = append(jsontext.AppendHex(b, uint64(id)), '"')
		}
		b = append(b, ']')
	}
	b = appendSaid(b, "host", r.Host)
	b = appendSaid(b, "version", r.Version)
	l.line(b)
}

// Add notes an action that was applied.
func (l *Log) Add(r Record) {
	l.mu.Lock()
	defer l.mu.Unlock()
	start := len(l.buf)
	b := appendSaid(l.buf, "op", r.Op)
	b = jsontext.AppendString(b, "path", string(r.Path))
	b = jsontext.AppendSome(b, "from", string(r.From))
	if r.Kind != index.Absent {
		b = jsontext.AppendString(b, "kind", r.Kind.String())
	}
	if r.Size != 0 {
		b = jsontext.AppendInt(b, "size", r.Size)
	}
	b = appendTime(b, "mtime", r.Mtime)
	if r.Mode != 0 {
		b = appendMode(b, r.Mode)
	}
	b = appendIDs(b, r.Owner)
	b = jsontext.AppendSome(b, "attrs", string(r.Attrs))
	if r.Hash.Known() {
		b = jsontext.AppendString(b, "hash", r.Hash.String())
	}
	b = jsontext.AppendSome(b, "target", r.Target)
	b = appendGen(b, "gen", r.Gen)
	b = appendGen(b, "old", r.OldGen)
	b = appendFormer(b, "was", r.Was)
	b = appendFormer(b, "took", r.Took)
	b = jsontext.AppendSome(b, "trash", r.Trash)
	b = appendSaid(b, "author", r.Author)
	b = appendSaid(b, "why", r.Why)
	b = appendTime(b, "time", r.Time)
	if r.Along {
		b = append(jsontext.AppendKey(b, "along"), "true"...)
	}
	if r.Run != l.run {
		b = appendSaid(b, "run", r.Run)
	}
	l.buf = append(jsontext.CloseObject(b, start), '\n')
}

// End closes a run.
func (l *Log) End(r End) {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := appendSaid(nil, "end", r.Run)
	b = appendTime(b, "time", r.Time)
	b = jsontext.AppendInt(b, "changes", int64(r.Changes))
	b = jsontext.AppendInt(b, "conflicts", int64(r.Conflicts))
	b = jsontext.AppendInt(b, "problems", int64(r.Problems))
	b = jsontext.AppendInt(b, "bytes", r.Bytes)
	if len(r.Saved) > 0 {
		b = jsontext.AppendKey(b, "saved")
		start := len(b)
		for _, how := range slices.Sorted(maps.Keys(r.Saved)) {
			b = jsontext.AppendQuoted(append(b, ','), said(how))
			b = strconv.AppendInt(append(b, ':'), r.Saved[how], 10)
		}
		b = jsontext.CloseObject(b, start)
	}
	if r.Files > 0 {
		b = jsontext.AppendInt(b, "files", r.Files)
		b = jsontext.AppendInt(b, "size", r.Size)
	}
	b = jsontext.AppendInt(b, "exit", int64(r.Exit))
	l.line(b)
	l.run = ""
}

func (l *Log) line(fields []byte) {
	l.buf = append(jsontext.CloseObject(append(l.buf, fields...), len(l.buf)), '\n')
}

// Flush writes what was noted so far, with sync durably. What could not be
// written stays noted.
func (l *Log) Flush(sync bool) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.flush(sync); err != nil {
		return about("write", err)
	}
	return nil
}

func (l *Log) flush(sync bool) error {
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

func (l *Log) open() error {
	old, err := l.store.Open(FileName)
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
	l.file, err = l.store.Append(FileName)
	return err
}

// Close flushes and lets go of the file.
func (l *Log) Close() error {
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
	b = append(jsontext.AppendKey(b, key), '"')
	b = time.Unix(0, ns).UTC().AppendFormat(b, time.RFC3339Nano)
	return append(b, '"')
}

// appendGen appends "author-tag", unless id is zero.
func appendGen(b []byte, key string, id index.GenID) []byte {
	if id == (index.GenID{}) {
		return b
	}
	b = append(jsontext.AppendKey(b, key), '"')
	b = append(jsontext.AppendHex(b, uint64(id.Author)), '-')
	return append(jsontext.AppendHex(b, id.Tag), '"')
}

// appendFormer appends what stood somewhere, unless nothing did.
func appendFormer(b []byte, key string, f Former) []byte {
	if f.Kind == index.Absent {
		return b
	}
	b = jsontext.AppendKey(b, key)
	start := len(b)
	b = jsontext.AppendString(b, "kind", f.Kind.String())
	b = appendGen(b, "gen", f.Gen)
	if f.Size != 0 {
		b = jsontext.AppendInt(b, "size", f.Size)
	}
	b = appendTime(b, "mtime", f.Mtime)
	if f.Mode != 0 {
		b = appendMode(b, f.Mode)
	}
	b = appendIDs(b, f.Owner)
	b = jsontext.AppendSome(b, "attrs", string(f.Attrs))
	b = jsontext.AppendSome(b, "target", f.Target)
	return jsontext.CloseObject(b, start)
}

// appendIDs appends ,"owner":"UID:GID", unless they are not known.
func appendIDs(b []byte, o index.IDs) []byte {
	if !o.Known() {
		return b
	}
	b = strconv.AppendUint(append(jsontext.AppendKey(b, "owner"), '"'), uint64(o.User-1), 10)
	return append(strconv.AppendUint(append(b, ':'), uint64(o.Group-1), 10), '"')
}

func appendMode(b []byte, mode uint32) []byte {
	b = strconv.AppendUint(append(jsontext.AppendKey(b, "mode"), '"', '0'), uint64(mode), 8)
	return append(b, '"')
}

// appendSaid appends a text that only people read.
func appendSaid(b []byte, key, s string) []byte { return jsontext.AppendString(b, key, said(s)) }

func said(s string) string { return strings.ToValidUTF8(s, "\ufffd") }
