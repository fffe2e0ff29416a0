// Package digest computes what content is known by, its BLAKE3, while the content is
// read. What is long is hashed beside the reading and the writing of the rest of it,
// where a second core is free.
package digest

import (
	"context"
	"io"
	"sync"

	"github.com/zeebo/blake3"

	"latus/index"
)

// Block is how many bytes are read, hashed and written at a time.
const Block = 256 << 10

// Hasher is a content on its way. It is for one goroutine, comes from New, and goes
// back by Close.
type Hasher struct {
	blake *blake3.Hasher
	busy  sync.WaitGroup // a block is taken in
}

var (
	hashers = sync.Pool{New: func() any { return &Hasher{blake: blake3.New()} }}
	buffers = sync.Pool{New: func() any { b := make([]byte, Block); return &b }}
)

// New begins an empty content.
func New() *Hasher {
	h := hashers.Get().(*Hasher)
	h.Reset()
	return h
}

// Reset begins anew.
func (h *Hasher) Reset() {
	h.busy.Wait()
	h.blake.Reset()
}

// Close gives h back.
func (h *Hasher) Close() {
	h.busy.Wait()
	hashers.Put(h)
}

// Write takes p in. There is no error.
func (h *Hasher) Write(p []byte) (int, error) {
	h.busy.Wait()
	return h.blake.Write(p)
}

// Beside begins to take p in, and returns at once. p must stay as it is until Wait,
// or the next call of another method, has returned.
func (h *Hasher) Beside(p []byte) {
	h.busy.Wait()
	h.busy.Go(func() { h.blake.Write(p) })
}

// Wait returns when nothing is being taken in.
func (h *Hasher) Wait() { h.busy.Wait() }

// Sum is the hash of what was taken in so far. More may follow.
func (h *Hasher) Sum() (sum index.Hash) {
	h.busy.Wait()
	h.blake.Sum(sum[:0])
	return sum
}

// Of is the hash of p.
func Of(p []byte) index.Hash { return blake3.Sum256(p) }

// Copy reads src to its end and returns the hash of what came. Each block goes to each
// as well, unless that is nil, whose error ends it; so does ctx.
func Copy(ctx context.Context, src io.Reader, each func(p []byte) error) (sum index.Hash, err error) {
	h := New()
	err = h.Take(ctx, src, each)
	if err == nil {
		sum = h.Sum()
	}
	h.Close()
	return sum, err
}

// Take is Copy for what follows what was taken in before.
func (h *Hasher) Take(ctx context.Context, src io.Reader, each func(p []byte) error) error {
	buf, next := buffer(), (*[]byte)(nil)
	defer func() {
		h.busy.Wait()
		buffers.Put(buf)
		if next != nil {
			buffers.Put(next)
		}
	}()
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := src.Read(*buf)
		p := (*buf)[:n]
		switch {
		case n == 0:
		case n < Block: // likely all of it, or the end
			h.Write(p)
		default:
			h.Beside(p)
			if next == nil {
				next = buffer()
			}
			buf, next = next, buf
		}
		if n > 0 && each != nil {
			if err := each(p); err != nil {
				return err
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func buffer() *[]byte { return buffers.Get().(*[]byte) }
