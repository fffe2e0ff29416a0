package mergelog

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"slices"

	"latus/index"
)

// Read calls fn with every run in the merge log, newest first, until fn
// returns false. Only as much of the file is read as that takes, where the
// Store's files can be read at any place. A missing log has no runs. A line that
// makes no sense, as a kill can leave one, is passed over.
func Read(s index.Store, fn func(Run) bool) error { return openLog(s, true, fn) }

// ReadRuns is Read without the Records.
func ReadRuns(s index.Store, fn func(Run) bool) error { return openLog(s, false, fn) }

func openLog(s index.Store, records bool, fn func(Run) bool) (err error) {
	f, err := s.Open(FileName)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = errors.Join(readLog(f, records, fn), f.Close())
	}
	if err != nil {
		return about("read", err)
	}
	return nil
}

func readLog(f io.Reader, records bool, fn func(Run) bool) error {
	lines, err := newBackwardReader(f)
	if err != nil {
		return err
	}
	var run Run
	empty := true
	emit := func() bool {
		slices.Reverse(run.Records)
		for i := range run.Records {
			r := &run.Records[i]
			if r.Run == "" {
				r.Run = run.Start.Run
			}
		}
		if run.Start.Run == "" && len(run.Records) > 0 {
			run.Start.Run = run.Records[0].Run // its start line is lost
		}
		more := fn(run)
		run, empty = Run{}, true
		return more
	}
	for {
		line, err := lines.next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		if !records && bytes.HasPrefix(line, []byte(`{"op":`)) {
			empty = false
			continue
		}
		var l logLine
		if json.Unmarshal(line, &l) != nil {
			continue
		}
		switch {
		case l.Start != nil:
			run.Start = l.start()
			if !emit() {
				return nil
			}
		case l.End != nil:
			if !empty && !emit() {
				return nil
			}
			end := l.end()
			run.End, empty = &end, false
		case l.Op != nil:
			run.Records = append(run.Records, l.record())
			empty = false
		}
	}
	if !empty {
		emit()
	}
	return nil
}
