package chunk

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/cespare/xxhash/v2"
)

func noise(seed uint64, n int) []byte {
	b := make([]byte, n)
	r := rand.NewChaCha8([32]byte{byte(seed), byte(seed >> 8)})
	_, _ = r.Read(b)
	return b
}

// split cuts b, given to the cutter in pieces of the given lengths, over and over.
func split(c Cut, b []byte, pieces ...int) []Chunk {
	k := NewCutter(c)
	var cs []Chunk
	for i := 0; len(b) > 0; i++ {
		p := b
		if len(pieces) > 0 {
			p = b[:min(pieces[i%len(pieces)], len(b))]
		}
		b = b[len(p):]
		for len(p) > 0 {
			n, ends := k.Next(p)
			p = p[n:]
			if ends {
				cs = append(cs, k.Chunk())
			}
		}
	}
	if k.Len() > 0 {
		cs = append(cs, k.Chunk())
	}
	return cs
}

// cuts is the rule of the protocol, word by word.
func cuts(c Cut, b []byte) (cs []Chunk) {
	for len(b) > 0 {
		n := len(b)
		for at := 1; at <= len(b); at++ {
			if c.Blocks {
				if at == int(c.Size) {
					n = at
					break
				}
				continue
			}
			slack := int(c.Size) / 2
			if c.Size >= 64<<10 {
				slack = int(c.Size) / 8
			}
			least := int(c.Size) - slack
			if at < least {
				continue
			}
			var h uint64
			for i := at - window; i < at; i++ {
				h = 2*h + table[b[i]]
			}
			if h < (1<<63)/uint64(slack/2) || at == least+7*slack {
				n = at
				break
			}
		}
		cs = append(cs, Chunk{Size: int64(n), Sum: xxhash.Sum64(b[:n])})
		b = b[n:]
	}
	return cs
}

func TestTheRule(t *testing.T) {
	for _, c := range []Cut{{Size: Smallest}, {Size: usual}, {Size: long}, {Size: Smallest, Blocks: true}} {
		for _, n := range []int{0, 1, 63, 2048, 4095, 4096, 4097, 300_000} {
			b := noise(uint64(n), n)
			want := cuts(c, b)
			for _, pieces := range [][]int{nil, {1}, {7, 64, 1}, {2048}, {4096, 3}, {70_000}} {
				if got := split(c, b, pieces...); !slices.Equal(got, want) {
					t.Fatalf("%+v, %d bytes in pieces of %v: %d chunks, want %d", c, n, pieces, len(got), len(want))
				}
			}
		}
	}
	if got := split(Cut{Size: usual}, make([]byte, 100_000)); got[0].Size != 4*usual {
		t.Errorf("zeros are cut at %d", got[0].Size)
	}
}

// The protocol fixes the table and the cuts: these numbers must never change.
func TestGolden(t *testing.T) {
	all := xxhash.New()
	for _, v := range table {
		fmt.Fprintf(all, "%016x\n", v)
	}
	if got := fmt.Sprintf("%016x %016x %016x", table[0], table[255], all.Sum64()); got != goldenTable {
		t.Errorf("the table became %s", got)
	}
	text := make([]byte, 0, 1<<20)
	for i := 0; len(text) < 1<<20; i++ {
		text = fmt.Appendf(text, "%d,%x\n", i, i*i)
	}
	sum := xxhash.New()
	cs := split(Coarse(1<<20, false), text)
	for _, c := range cs {
		fmt.Fprintf(sum, "%d %016x\n", c.Size, c.Sum)
	}
	if got := fmt.Sprintf("%d chunks %016x", len(cs), sum.Sum64()); got != goldenCuts {
		t.Errorf("the cuts became %s", got)
	}
}

func TestAverage(t *testing.T) {
	b := noise(1, 32<<20)
	for _, size := range []int64{4 << 10, 16 << 10, 128 << 10} {
		cs := split(Cut{Size: size}, b)
		if mean := int64(len(b) / len(cs)); mean < size*9/10 || mean > size*11/10 {
			t.Errorf("chunks of %d bytes are %d bytes long", size, mean)
		}
	}
}

func TestNumberIsBounded(t *testing.T) {
	for _, size := range []int64{1, 1 << 10, 64 << 20, 64<<20 + 1, 1 << 30, 200_000_000, 1 << 40, 1<<62 + 1} {
		for _, blocks := range []bool{false, true} {
			c := Coarse(size, blocks)
			least := c.Size
			if !blocks {
				least = c.least()
			}
			if n := size/least + 1; n > MaxChunks {
				t.Errorf("%d bytes may have %d chunks", size, n)
			}
			if c.Size&(c.Size-1) != 0 {
				t.Errorf("chunks of %d bytes", c.Size)
			}
		}
		if f := Fine(size, false); f.Size < Smallest || f.Size > Greatest || f.Size&(f.Size-1) != 0 {
			t.Errorf("a fine cut of %d", f.Size)
		}
	}
}

// What an insertion changes are the chunks around it.
func TestResynchronization(t *testing.T) {
	old := noise(3, 8<<20)
	for _, at := range []int{0, 1, 1 << 20, len(old) - 10} {
		b := slices.Concat(old[:at], []byte("something new"), old[at:])
		have := map[Chunk]bool{}
		for _, size := range []int64{usual, long} {
			for _, c := range split(Cut{Size: size}, old) {
				have[c] = true
			}
			var fresh int64
			for _, c := range split(Cut{Size: size}, b) {
				if !have[c] {
					fresh += c.Size
				}
			}
			if fresh > 12*size {
				t.Errorf("an insertion at %d changes %d bytes of chunks of %d", at, fresh, size)
			}
		}
	}
}

func TestBlocks(t *testing.T) {
	head := func(at int, text string) []byte { return append(bytes.Repeat([]byte{1}, at), text...) }
	for _, c := range []struct {
		head      []byte
		size, was int64
		want      bool
	}{
		{head(0, "SQLite format 3\x00"), 5000, 4000, true},
		{head(0, "QFI\xfb\x00\x00\x00\x03"), 5000, 0, true},
		{head(64, "\x7f\x10\xda\xbe"), 5000, 0, true},
		{head(0, "SQLite"), 5000, 4000, false},
		{nil, 5000, 5000, false},
		{nil, 5 << 20, 5 << 20, true},
		{nil, 5<<20 + 1, 5 << 20, false},
	} {
		if got := Blocks(c.head, c.size, c.was); got != c.want {
			t.Errorf("%q of %d bytes instead of %d: %v", c.head, c.size, c.was, got)
		}
	}
}

// FuzzCutter: whatever comes in whatever pieces is cut by the rule.
func FuzzCutter(f *testing.F) {
	f.Add([]byte("text"), uint16(3), false, uint8(20))
	f.Add(bytes.Repeat([]byte{0}, 5000), uint16(100), true, uint8(3))
	f.Fuzz(func(t *testing.T, b []byte, piece uint16, blocks bool, times uint8) {
		c := Cut{Size: Smallest, Blocks: blocks}
		b = bytes.Repeat(b, int(times)+1)
		b = b[:min(len(b), 100_000)]
		if got, want := split(c, b, int(piece)+1), cuts(c, b); !slices.Equal(got, want) {
			t.Fatalf("%d chunks, want %d", len(got), len(want))
		}
	})
}

func BenchmarkCutter(b *testing.B) {
	data := noise(1, 16<<20)
	for _, c := range []Cut{{Size: Smallest}, {Size: usual}, {Size: 256 << 10}, {Size: 64 << 10, Blocks: true}} {
		b.Run(fmt.Sprintf("%d-%v", c.Size, c.Blocks), func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				split(c, data, 256<<10)
			}
		})
	}
}

const (
	goldenTable = "b94f773c06732502 86bf2ed5ff52aa6c d9da3ccc97e0c847"
	goldenCuts  = "65 chunks a94ed4336d7dd03b"
)
