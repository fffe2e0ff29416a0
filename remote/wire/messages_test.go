package wire

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"latus/index"
	"latus/sync/fetch"
	"latus/sync/peer"
	"latus/sync/tree"
)

// encode returns the payloads of a message.
func encode(message func(*Coder)) ([][]byte, error) {
	var frames [][]byte
	c := NewEncoder(func(b []byte, more bool) error {
		if len(b)-headerLen > full+small {
			return fmt.Errorf("a frame of %d bytes", len(b))
		}
		frames = append(frames, bytes.Clone(b[headerLen:]))
		return nil
	})
	message(c)
	return frames, c.Finish()
}

// decode reads payloads; cut says how they are cut anew, 0: not at all.
func decode(frames [][]byte, cut int, message func(*Coder)) error {
	if cut > 0 {
		all := bytes.Join(frames, nil)
		frames = nil
		for len(all) > 0 {
			n := min(cut, len(all))
			frames, all = append(frames, all[:n]), all[n:]
		}
		frames = append(frames, nil)
	}
	c := NewDecoder(func() ([]byte, bool, error) {
		b := frames[0]
		frames = frames[1:]
		return b, len(frames) > 0, nil
	})
	message(c)
	return c.Finish()
}

// across is what arrives of a value.
func across[T any](t *testing.T, x T, message func(*Coder, *T)) (y T) {
	t.Helper()
	frames, err := encode(func(c *Coder) { message(c, &x) })
	if err == nil {
		err = decode(frames, 0, func(c *Coder) { message(c, &y) })
	}
	if err != nil {
		t.Fatalf("%v: %+v", err, x)
	}
	return y
}

func roundTrip[T any](message func(*Coder, *T)) func(*rapid.T) {
	return func(t *rapid.T) {
		x := drawn[T](t)
		frames, err := encode(func(c *Coder) { message(c, &x) })
		if err != nil {
			t.Fatal(err)
		}
		for _, cut := range []int{0, 1, 7} {
			var y T
			if err := decode(frames, cut, func(c *Coder) { message(c, &y) }); err != nil {
				t.Fatalf("cut to %d: %v", cut, err)
			}
			if !reflect.DeepEqual(x, y) {
				t.Fatalf("cut to %d:\nsent     %+v\nreceived %+v", cut, x, y)
			}
		}
	}
}

func TestEveryMessageArrivesAsItWasSent(t *testing.T) {
	for name, property := range map[string]func(*rapid.T){
		"hello":       roundTrip((*Coder).Greeting),
		"welcome":     roundTrip((*Coder).Welcome),
		"look":        roundTrip((*Coder).LookQuery),
		"view":        roundTrip((*Coder).View),
		"delta query": roundTrip((*Coder).DeltaQuery),
		"delta":       roundTrip((*Coder).Delta),
		"merge":       roundTrip((*Coder).MergeQuery),
		"proposal":    roundTrip((*Coder).Proposal),
		"questions":   roundTrip((*Coder).Questions),
		"answers":     roundTrip((*Coder).Answers),
		"wants":       roundTrip((*Coder).Wants),
		"outcome":     roundTrip(func(c *Coder, o *peer.Outcome) { r := Result{Outcome: *o}; c.Result(&r); *o = r.Outcome }),
	} {
		t.Run(name, func(t *testing.T) { rapid.Check(t, property) })
	}
}

// A peer may lie about sizes, and what they come to may be more than there are numbers:
// others are told the greatest one, and do not take it for a broken protocol.
func TestSumsThatRanOverAreStillTold(t *testing.T) {
	sum := int64(math.MaxInt64 - 5)
	sum += 100
	frames, failed := encode(func(c *Coder) { total(c, &sum) })
	if failed != nil {
		t.Fatal(failed)
	}
	var got int64
	if failed := decode(frames, 0, func(c *Coder) { total(c, &got) }); failed != nil || got != math.MaxInt64 {
		t.Fatalf("%d, %v", got, failed)
	}
}

// two is two errors that read like the first.
type two [2]error

func (t two) Error() string   { return t[0].Error() }
func (t two) Unwrap() []error { return t[:] }

func TestErrorsKeepWhatTheyAre(t *testing.T) {
	cross := func(err error) error {
		frames, failed := encode(func(c *Coder) { c.Error(&err) })
		if failed != nil {
			t.Fatal(failed)
		}
		var got error
		if failed := decode(frames, 0, func(c *Coder) { c.Error(&got) }); failed != nil {
			t.Fatal(failed)
		}
		return got
	}
	for _, err := range []error{fetch.ErrNoSource, fetch.ErrChanged, fetch.ErrDamaged, context.Canceled,
		context.DeadlineExceeded, fs.ErrNotExist, fs.ErrPermission, tree.ErrNoSpace, tree.ErrReadOnly} {
		if got := cross(err); got != err {
			t.Errorf("%v arrives as %v", err, got)
		}
		wrapped := fmt.Errorf("open a/b: %w", err)
		if got := cross(wrapped); !errors.Is(got, err) || got.Error() != wrapped.Error() {
			t.Errorf("%v arrives as %v", wrapped, got)
		}
	}
	both := cross(two{fetch.ErrDamaged, fetch.ErrElsewhere})
	if !errors.Is(both, fetch.ErrDamaged) || !errors.Is(both, fetch.ErrElsewhere) {
		t.Errorf("%v lost one of the things that it is", both)
	}
	if got := cross(errors.New("no such luck")); errors.Is(got, fs.ErrNotExist) || got.Error() != "no such luck" {
		t.Errorf("got %v", got)
	}
	no := &peer.Refusal{Cause: peer.OtherGroup, Tree: "host:x", Text: "belongs to another group"}
	got, ok := errors.AsType[*peer.Refusal](cross(fmt.Errorf("hello: %w", no)))
	if !ok || *got != *no {
		t.Errorf("got %+v", got)
	}
	for c := peer.Fatal; c <= peer.LastCause; c++ {
		want := peer.Refusal{Cause: c, Tree: "host:x", Text: "no"}
		if got, _ := errors.AsType[*peer.Refusal](cross(&want)); got == nil || *got != want {
			t.Errorf("cause %d arrives as %+v", c, got)
		}
	}
	if got, _ := errors.AsType[*peer.Refusal](cross(&peer.Refusal{Cause: peer.LastCause + 1, Text: "no"})); got == nil || got.Cause != peer.Fatal {
		t.Errorf("a cause of a later version arrives as %+v", got)
	}
	evil := "\x1b[2J\u202egone\r\n" + strings.Repeat("x", 2*MaxText)
	text := cross(errors.New(evil)).Error()
	if len(text) > MaxText || strings.ContainsAny(text, "\x1b\r\n\u202e") || !strings.HasPrefix(text, `\x1b[2J\u202egone\x0d\x0axx`) {
		t.Errorf("got %.80q", text)
	}
	if Clean(text) != text {
		t.Error("a clean text must stay as it is")
	}
}

func TestAnOutcomeCarriesWhatEndedIt(t *testing.T) {
	sent := Result{Outcome: peer.Outcome{Changes: 7}, Failed: context.Canceled}
	frames, err := encode(func(c *Coder) { c.Result(&sent) })
	if err != nil {
		t.Fatal(err)
	}
	var got Result
	if err := decode(frames, 0, func(c *Coder) { c.Result(&got) }); err != nil || !reflect.DeepEqual(got, sent) {
		t.Fatalf("got %+v, %v", got, err)
	}
}

func TestNewerGreetingsAreUnderstood(t *testing.T) {
	frames, err := encode(func(c *Coder) {
		c.Greeting(&Greeting{Path: "p", Timeout: time.Second})
		c.bytes([]byte("a field of a later version"))
	})
	if err != nil {
		t.Fatal(err)
	}
	var g Greeting
	if err := decode(frames, 0, func(c *Coder) { c.Greeting(&g) }); err != nil || g.Path != "p" || g.Timeout != time.Second {
		t.Fatalf("got %+v, %v", g, err)
	}
}

func TestAnEntryIsSmall(t *testing.T) {
	var es []*index.Entry
	for i := range 1000 {
		e := entry(index.Path(fmt.Sprintf("photos/2024/holiday/IMG_%04d.jpeg", i)), func(h *index.Head) {
			h.Gen.Tag = 0x123456789abcdef0
			h.Size, h.Mtime = int64(2e6+i), 1732280000000000000+int64(i)*17e9
			h.Utime = h.Mtime
			h.Hash = index.Hash{byte(i), 1, 2}
		})
		e.Mode = index.ModeReg{Value: 0o644, Stamp: e.Heads[0].Utime, Gen: e.Heads[0].Gen}
		es = append(es, e)
	}
	frames, err := encode(delta(es...))
	if err != nil {
		t.Fatal(err)
	}
	if n := len(bytes.Join(frames, nil)) / len(es); n > 80 {
		t.Errorf("%d bytes an entry", n)
	}
}

func TestLargeMessagesTakeManyFrames(t *testing.T) {
	sent := peer.Delta{From: 1}
	for i := range 20_000 {
		sent.Entries = append(sent.Entries, entry(index.Path(fmt.Sprintf("%06d/%s", i, strings.Repeat("n", 40))), func(h *index.Head) {
			h.Gen.Tag, h.Hash = uint64(i), index.Hash{1, byte(i)}
		}))
	}
	huge := &index.Entry{Path: "huge"}
	for i := range 64 {
		huge.Heads = append(huge.Heads, index.Head{
			Gen: index.GenID{Author: 1, Tag: uint64(i)}, Kind: index.Link, Clock: 1, Target: strings.Repeat("t", MaxString),
			Origin: &index.Origin{Path: index.Path(strings.Repeat("a/", index.MaxPath/2-1) + "b"), Gen: index.GenID{Author: 1, Tag: 5}, Linked: true},
		})
	}
	sent.Entries = append(sent.Entries, huge)
	frames, err := encode(func(c *Coder) { c.Delta(&sent) })
	if err != nil {
		t.Fatal(err)
	}
	if len(frames) < 20 {
		t.Fatalf("%d frames", len(frames))
	}
	var got peer.Delta
	if err := decode(frames, 0, func(c *Coder) { c.Delta(&got) }); err != nil || !reflect.DeepEqual(got, sent) {
		t.Fatalf("%d entries arrived: %v", len(got.Entries), err)
	}
}
