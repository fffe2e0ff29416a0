package fetch

import (
	"context"
	"errors"
	"sync"
	"testing"
)

func TestSinkErrorEndsSend(t *testing.T) {
	full := errors.New("no space")
	for _, op := range []string{"data", "done", "missing"} {
		t.Run(op, func(t *testing.T) {
			p := onDisk(t)
			p.mkdir("d0")
			var ws []Want
			for n := range 10 {
				ws = append(ws, p.file(numbered(n), random(n, 3*block)), Want{Path: "nowhere"})
			}
			s := newCatcher(t, len(ws))
			failed := false
			s.fail = func(did string, n int) error {
				if failed {
					t.Errorf("%s of %d after the error", did, n)
				}
				if did == op {
					failed = true
					return full
				}
				return nil
			}
			f := p.files()
			f.Readers = 1
			if err := f.Send(context.Background(), ws, s); err != full {
				t.Fatalf("%v", err)
			}
			if !failed {
				t.Fatal("never called")
			}
		})
	}
}

// Several readers: the others stop, and take nothing for missing.
func TestSinkErrorStopsReaders(t *testing.T) {
	p := onDisk(t)
	p.mkdir("d0")
	var ws []Want
	for n := range 10 {
		ws = append(ws, p.file(numbered(n), random(n, 30*block)))
	}
	full := errors.New("no space")
	var once sync.Once
	s := newCatcher(t, len(ws))
	s.fail = func(op string, n int) (err error) {
		if op == "missing" {
			t.Errorf("%d is missing", n)
		}
		once.Do(func() { err = full })
		return err
	}
	f := p.files()
	f.Readers = 4
	if err := f.Send(context.Background(), ws, s); err != full {
		t.Fatalf("%v", err)
	}
}

func TestCancel(t *testing.T) {
	p := onDisk(t)
	w := p.file("f", random(1, 5*block))
	for _, when := range []int{0, 1, 3} {
		ctx, cancel := context.WithCancel(context.Background())
		s := newCatcher(t, 2)
		calls := 0
		s.fail = func(op string, n int) error {
			if op != "data" || n != 0 {
				t.Errorf("%s of %d", op, n)
			}
			if calls++; calls == when {
				cancel()
			}
			return nil
		}
		if when == 0 {
			cancel()
		}
		f := p.files()
		f.Readers = 1
		if err := f.Send(ctx, []Want{w, {Path: "nowhere"}}, s); !errors.Is(err, context.Canceled) {
			t.Fatalf("%v", err)
		}
		if calls != when {
			t.Fatalf("%d calls, cancelled in %d", calls, when)
		}
		cancel()
	}
}
