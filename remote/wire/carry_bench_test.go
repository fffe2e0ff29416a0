package wire

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"sync"
	"testing"

	"latus/index"
	"latus/sync/fetch"
)

// piped is one end of two pipes of the system.
type piped struct {
	*os.File
	out *os.File
}

func (p piped) Write(b []byte) (int, error) { return p.out.Write(b) }

func (p piped) Close() error {
	p.out.Close()
	return p.File.Close()
}

// pipes are the two ends of two pipes of the system, one each way.
func pipes(t testing.TB) (a, b io.ReadWriteCloser) {
	t.Helper()
	r1, w1, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	r2, w2, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	return piped{r1, w2}, piped{r2, w1}
}

// BenchmarkCarry is content that goes from a client to a server, in one call or in some at
// the same time.
func BenchmarkCarry(b *testing.B) {
	const size = 16 << 20
	noise, words := make([]byte, size), make([]byte, 0, size)
	random := rand.NewChaCha8([32]byte{1})
	_, _ = random.Read(noise)
	for i := 0; len(words) < size-64; i++ {
		words = fmt.Appendf(words, "%x line %d says %d\n", noise[i%1000:i%1000+5], i, i*i)
	}
	for _, kind := range []struct {
		name string
		data []byte
		mode Compression
	}{{"noise", noise, Auto}, {"never", words, Never}, {"auto", words, Auto}, {"zstd", words, Always}} {
		for _, calls := range []int{1, 4} {
			b.Run(fmt.Sprintf("%s/%d", kind.name, calls), func(b *testing.B) {
				b.SetBytes(int64(len(kind.data) * calls))
				b.ReportAllocs()
				for b.Loop() {
					carry(b, kind.data, kind.mode, calls)
				}
			})
		}
	}
}

func carry(b *testing.B, data []byte, mode Compression, calls int) {
	here, there := pipes(b)
	wants := []fetch.Want{{Path: "f", Gen: index.GenID{Author: 1, Tag: 1}, Size: int64(len(data))}}
	var taken sync.WaitGroup
	taken.Add(calls)
	server := NewConn(context.Background(), there, Config{Accept: func(s *Stream, _ Type) {
		go func() {
			defer taken.Done()
			defer s.End()
			if err := Intake(context.Background(), s, wants, &nowhere{}); err != nil {
				b.Error(err)
			}
		}()
	}})
	client := NewConn(context.Background(), here, Config{Compress: mode})
	if err := client.Ready(context.Background()); err != nil {
		b.Fatal(err)
	}
	for range calls {
		go func() {
			s, err := client.Open(context.Background())
			if err != nil {
				b.Error(err)
				return
			}
			defer s.End()
			out := NewOutlet(s)
			for p := data; len(p) > 0; p = p[min(len(p), 64<<10):] {
				_ = out.Data(0, p[:min(len(p), 64<<10)])
			}
			_ = out.Done(0, index.Hash{})
			if err := out.Close(nil); err != nil {
				b.Error(err)
			}
		}()
	}
	taken.Wait()
	client.Close()
	server.Close()
}
