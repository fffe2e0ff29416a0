package remote

import (
	"context"
	"encoding/binary"
	"io"
	"net"
	"runtime"
	"testing"
	"time"

	"latus/index"
	"latus/remote/wire"
	"latus/sync/fetch"
	"latus/sync/peer"
	"latus/sync/plan"
)

// frameOf is a frame of a call as it is on the wire.
func frameOf(t wire.Type, more bool, call uint32, payload []byte) []byte {
	b := append(binary.BigEndian.AppendUint32(nil, uint32(len(payload))), byte(t), 0)
	if more {
		b[5] = 2
	}
	return append(binary.BigEndian.AppendUint32(b, call), payload...)
}

// firstAnswer is the type of the first frame that a server sends, but for signs of life.
func firstAnswer(r io.Reader) (wire.Type, error) {
	if _, err := io.CopyN(io.Discard, r, int64(len("latus wire<\x00\r\n")+4)); err != nil {
		return 0, err
	}
	for {
		var head [10]byte
		if _, err := io.ReadFull(r, head[:]); err != nil {
			return 0, err
		}
		if _, err := io.CopyN(io.Discard, r, int64(binary.BigEndian.Uint32(head[:]))); err != nil {
			return 0, err
		}
		if t := wire.Type(head[4]); t != wire.Alive {
			return t, nil
		}
	}
}

// Whoever may not ask for something yet is told so before it has been heard out: else a key
// that is allowed nothing could have anything decoded.
func TestWhatMayNotComeIsNotHeardOut(t *testing.T) {
	for _, typ := range []wire.Type{wire.Look, wire.DeltaQuery, wire.Hash, wire.Send, wire.Merge, wire.Answer, wire.Apply, wire.Withdraw} {
		a, b := net.Pipe()
		served := make(chan error, 1)
		go func() { served <- Serve(context.Background(), b, opening(sample()), ServeOptions{}) }()
		// The message goes on, and its end never comes.
		go func() {
			_, _ = a.Write(append([]byte("latus wire>\x00\r\n\x00\x0b\x00\x0b"), frameOf(typ, true, 1, []byte{0})...))
		}()
		if got, err := firstAnswer(a); got != wire.Error {
			t.Errorf("%v got %v: %v", typ, got, err)
		}
		a.Close()
		<-served
	}
}

// What is asked for before anything else costs no more than its frames.
func TestAStrangerTakesNoMemory(t *testing.T) {
	r := serving(t, sample())
	if err := r.conn.Ready(context.Background()); err != nil {
		t.Fatal(err)
	}
	qs := make([]plan.Question, 300_000)
	for i := range qs {
		qs[i] = plan.Question{Path: "a", Gen: index.GenID{Author: 1, Tag: 1}}
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, err := r.asks(wire.Hash, func(c *wire.Coder) { c.Questions(&qs) }); err == nil {
		t.Error("it was answered")
	}
	runtime.ReadMemStats(&after)
	if took := after.TotalAlloc - before.TotalAlloc; took > 10<<20 {
		t.Errorf("%d MiB were taken", took>>20)
	}
}

// What may come during an Apply is read before its turn, or the content that Apply waits for
// would be stuck behind it.
func TestALongQuestionDoesNotHoldUpAnApply(t *testing.T) {
	ctx := context.Background()
	started := make(chan struct{})
	double := sample()
	var c *Client
	double.applying = func(ctx context.Context, src fetch.Source, _ peer.Follower) (*peer.Outcome, error) {
		sent := c.Sent()
		close(started)
		for c.Sent() < sent+1<<20 && ctx.Err() == nil {
			time.Sleep(time.Millisecond)
		}
		return &peer.Outcome{}, src.Send(ctx, many(1, 1<<20), &checker{})
	}
	c = connect(t, double, ClientOptions{Compress: wire.Never})
	upTo(t, c)
	asked := make(chan error, 1)
	go func() {
		<-started
		qs := make([]plan.Question, 1_000_000) // many more frames than wait for a receiver
		for i := range qs {
			qs[i] = plan.Question{Path: "a", Gen: index.GenID{Author: 1, Tag: 1}}
		}
		_, err := c.Hash(ctx, qs)
		asked <- err
	}()
	if _, err := c.Apply(ctx, generator{}, nil); err != nil {
		t.Error(err)
	}
	if err := <-asked; err != nil {
		t.Error(err)
	}
}
