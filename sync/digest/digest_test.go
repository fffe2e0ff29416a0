package digest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"testing"
	"testing/iotest"

	"latus/index"
)

func content(size int) []byte {
	p := make([]byte, size)
	rng := rand.NewChaCha8([32]byte{1})
	_, _ = rng.Read(p)
	return p
}

var sizes = []int{0, 1, Block - 1, Block, Block + 1, 3 * Block, 3*Block + 17}

// However content comes, its hash is that of all of it, and all of it is handed on.
func TestCopy(t *testing.T) {
	readers := map[string]func(io.Reader) io.Reader{
		"as it is":        func(r io.Reader) io.Reader { return r },
		"in halves":       iotest.HalfReader,
		"the end at once": iotest.DataErrReader,
	}
	for name, of := range readers {
		for _, size := range sizes {
			p := content(size)
			var got []byte
			sum, err := Copy(t.Context(), of(bytes.NewReader(p)), func(b []byte) error { got = append(got, b...); return nil })
			if err != nil || sum != Of(p) || !bytes.Equal(got, p) {
				t.Errorf("%d bytes, %s: %v, %v, %d bytes handed on", size, name, sum, err, len(got))
			}
		}
	}
}

// The well-known hash of nothing.
func TestOfNothing(t *testing.T) {
	const want = "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262"
	if got := Of(nil).String(); got != want {
		t.Fatalf("%s", got)
	}
}

// A content may be taken in by different ways, and looked at between.
func TestHasher(t *testing.T) {
	p := content(4 * Block)
	h := New()
	defer h.Close()
	h.Write(p[:7])
	h.Beside(p[7:Block])
	h.Beside(p[Block : 2*Block])
	if h.Sum() != Of(p[:2*Block]) {
		t.Fatal("the first half")
	}
	if err := h.Take(t.Context(), bytes.NewReader(p[2*Block:]), nil); err != nil || h.Sum() != Of(p) {
		t.Fatal("all of it", err)
	}
	h.Reset()
	if h.Sum() != Of(nil) {
		t.Fatal("nothing")
	}
}

func TestCopyEnds(t *testing.T) {
	p := content(3 * Block)
	full := errors.New("full")
	calls := 0
	each := func([]byte) error {
		if calls++; calls == 2 {
			return full
		}
		return nil
	}
	if sum, err := Copy(t.Context(), bytes.NewReader(p), each); err != full || sum != (index.Hash{}) || calls != 2 {
		t.Error("who takes it in cannot:", sum, err, calls)
	}
	broken := io.MultiReader(bytes.NewReader(p), iotest.ErrReader(full))
	if _, err := Copy(t.Context(), broken, nil); err != full {
		t.Error("it cannot be read:", err)
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, err := Copy(ctx, bytes.NewReader(p), nil); err != context.Canceled {
		t.Error("stopped:", err)
	}
}

func BenchmarkCopy(b *testing.B) {
	p := content(64 << 20)
	b.SetBytes(int64(len(p)))
	b.ReportAllocs()
	for b.Loop() {
		_, _ = Copy(b.Context(), bytes.NewReader(p), nil)
	}
}
