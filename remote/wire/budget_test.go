package wire

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"runtime"
	"strings"
	"testing"

	"github.com/klauspost/compress/s2"
	"github.com/klauspost/compress/zstd"
	"pgregory.net/rapid"

	"latus/index"
	"latus/sync/fetch"
	"latus/sync/peer"
	"latus/sync/plan"
)

// packed is a frame of call 1 that goes on, compressed as well as can be.
func packed(t Type, k codec, payload []byte) []byte {
	b := newFrame(0)
	if k == codecS2 {
		b = append(b, s2.EncodeBest(nil, payload)...)
	} else {
		z, _ := zstd.NewWriter(nil, zstd.WithWindowSize(MaxFrame), zstd.WithEncoderConcurrency(1))
		b = append(b, z.EncodeAll(payload, nil)...)
	}
	putHeader(b, t, k.flag()|flagMore, 1)
	return b
}

// swallowed is what comes of frames that a client writes, and how much memory it took to take
// them in.
func swallowed(t *testing.T, typ Type, frames [][]byte, message func(*Coder)) (int64, error) {
	t.Helper()
	a, b := net.Pipe()
	got := make(chan error, 1)
	s := NewConn(context.Background(), b, Config{Accept: func(s *Stream, _ Type) {
		go func() {
			got <- s.Receive(context.Background(), typ, message)
			s.End()
		}()
	}})
	go func() { _, _ = io.Copy(io.Discard, a) }()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	go func() {
		_, err := a.Write(greeting(clientMark))
		for i := 0; i < len(frames) && err == nil; i++ {
			_, err = a.Write(frames[i])
		}
		if err == nil {
			a.Close()
		}
	}()
	err := <-got
	runtime.ReadMemStats(&after)
	s.Close()
	a.Close()
	return int64(after.TotalAlloc - before.TotalAlloc), err
}

// A few bytes are no way to fill a memory: neither by lists of nothing, nor by paths that
// are nearly the path before.
func TestASmallMessageTakesLittleMemory(t *testing.T) {
	long := strings.Repeat("d/", index.MaxPath/2-1) + "x"
	question := binary.AppendUvarint([]byte{0}, uint64(len(long)))
	question = append(append(question, long...), 1)
	question = append(append(question, make([]byte, 15)...), 1, 0)
	again := append(binary.AppendUvarint(nil, uint64(len(long))), 0, 2, 0)
	var questions []byte
	for len(questions) < MaxFrame-len(again) {
		questions = append(questions, again...)
	}
	everything := binary.AppendUvarint(nil, many)
	for _, k := range []codec{codecZstd, codecS2} {
		repeated := func(typ Type, first, then []byte, times int) [][]byte {
			frames := [][]byte{packed(typ, k, first)}
			for range times {
				frames = append(frames, packed(typ, k, then))
			}
			return frames
		}
		zeros := make([]byte, MaxFrame)
		var (
			g  Greeting
			w  Watching
			qs []plan.Question
			ws []fetch.Want
			p  peer.Proposal
		)
		for name, bomb := range map[string]struct {
			typ     Type
			frames  [][]byte
			message func(*Coder)
		}{
			"patterns": {Hello, repeated(Hello, append(make([]byte, 12), everything...), zeros, 64), func(c *Coder) { c.Greeting(&g) }},
			"watch":    {Watch, repeated(Watch, append(make([]byte, 2), everything...), zeros, 64), func(c *Coder) { c.Watching(&w) }},
			"paths":    {Hash, repeated(Hash, append(everything, question...), questions, 2), func(c *Coder) { c.Questions(&qs) }},
			"wants":    {Send, repeated(Send, append(everything, question...), questions, 2), func(c *Coder) { c.Wants(&ws) }},
			"actions":  {Proposal, repeated(Proposal, append(make([]byte, 3), everything...), zeros, 64), func(c *Coder) { c.Proposal(&p) }},
		} {
			length := 0
			for _, f := range bomb.frames {
				length += len(f)
			}
			took, err := swallowed(t, bomb.typ, bomb.frames, bomb.message)
			if !errors.Is(err, ErrProtocol) {
				t.Errorf("%s, %v: %v", name, k, err)
			}
			// Slices grow by doubling, and frames are inflated.
			if most := int64(8*(MemoryFree+MemoryFor*length) + 64*MaxFrame); took > most {
				t.Errorf("%s, %v: %d bytes took %d MiB", name, k, length, took>>20)
			}
		}
	}
}

// like is a tree of n files whose paths, times and sizes tell of each other as well as can be.
func like(n int) (es []*index.Entry) {
	deep := strings.Repeat("a-directory-with-a-long-name/", 7)
	for i := range n {
		e := entry(index.Path(fmt.Sprintf("%s%07d", deep, i)), func(h *index.Head) { h.Kind, h.Size, h.Mtime, h.Utime = index.Deleted, 0, 0, 5 })
		es = append(es, e)
	}
	return es
}

// carried sends a message over a connection and returns what the wire carried of it.
func carried(t *testing.T, mode Compression, typ Type, sent, got func(*Coder)) int64 {
	t.Helper()
	a, b := net.Pipe()
	answered := make(chan error, 1)
	s := NewConn(context.Background(), b, Config{Accept: func(s *Stream, _ Type) {
		go func() {
			answered <- s.Receive(context.Background(), typ, got)
			s.End()
		}()
	}})
	c := NewConn(context.Background(), a, Config{Compress: mode})
	st, err := c.Open(context.Background())
	if err == nil {
		err = st.Send(typ, sent)
	}
	if got := <-answered; err == nil || got != nil {
		err = got
	}
	if err != nil {
		t.Fatal(err)
	}
	st.End()
	c.Close()
	s.Close()
	return s.Received()
}

// Trees of a million files, however alike these are, come nowhere near the limits, and take
// two bytes a file all the same.
func TestHonestMessagesMayBeHuge(t *testing.T) {
	n := 1_000_000
	if testing.Short() {
		n = 100_000
	}
	es := like(n)
	for _, mode := range []Compression{Auto, Always} {
		sent, got := peer.Delta{From: 1, Entries: es}, peer.Delta{}
		bytes := carried(t, mode, Delta, func(c *Coder) { c.Delta(&sent) }, func(c *Coder) { c.Delta(&got) })
		t.Logf("delta: %.2f bytes an entry", float64(bytes)/float64(n))
		if len(got.Entries) != n || got.Entries[n-1].Path != es[n-1].Path || bytes > 2*int64(n)+MaxFrame {
			t.Errorf("%d entries came in %d bytes", len(got.Entries), bytes)
		}
		got = peer.Delta{}

		qs, asked := make([]plan.Question, n), []plan.Question(nil)
		ws, wanted := make([]fetch.Want, n), []fetch.Want(nil)
		for i, e := range es {
			qs[i] = plan.Question{Path: e.Path, Gen: e.Heads[0].Gen}
			ws[i] = fetch.Want{Path: e.Path, Gen: e.Heads[0].Gen}
		}
		bytes = carried(t, mode, Hash, func(c *Coder) { c.Questions(&qs) }, func(c *Coder) { c.Questions(&asked) })
		t.Logf("questions: %.2f bytes each", float64(bytes)/float64(n))
		if len(asked) != n || bytes > 2*int64(n)+MaxFrame {
			t.Errorf("%d questions came in %d bytes", len(asked), bytes)
		}
		asked = nil
		bytes = carried(t, mode, Send, func(c *Coder) { c.Wants(&ws) }, func(c *Coder) { c.Wants(&wanted) })
		t.Logf("wants: %.2f bytes each", float64(bytes)/float64(n))
		if len(wanted) != n || bytes > 2*int64(n)+MaxFrame {
			t.Errorf("%d wants came in %d bytes", len(wanted), bytes)
		}
	}
}

// Paths as long as paths can be, in the least of bytes that a list can have.
func TestTheLongestPathsArrive(t *testing.T) {
	deep := strings.Repeat("d/", index.MaxPath/2-8)
	var d, got peer.Delta
	for i := range 2000 {
		d.Lags = append(d.Lags, index.Path(fmt.Sprintf("%s%06d", deep, i)))
	}
	bytes := carried(t, Always, Delta, func(c *Coder) { c.Delta(&d) }, func(c *Coder) { c.Delta(&got) })
	if len(got.Lags) != len(d.Lags) || got.Lags[1999] != d.Lags[1999] {
		t.Errorf("%d paths came", len(got.Lags))
	}
	t.Logf("%d bytes a path", bytes/2000)
}

// Both sides count alike, or a sender could not keep within what its receiver allows.
func TestBothSidesCountAlike(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sent, got := drawn[peer.Proposal](t), peer.Proposal{}
		var counted, counts int64
		frames, err := encode(func(c *Coder) { c.Proposal(&sent); counted = c.taken })
		if err == nil {
			err = decode(frames, 0, func(c *Coder) { c.Proposal(&got); counts = c.taken })
		}
		if err != nil || counted != counts {
			t.Fatalf("%d and %d: %v", counted, counts, err)
		}
	})
}
