package wire

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/s2"
	"github.com/klauspost/compress/zstd"
)

func framed(t Type, flags byte, stream uint32, payload []byte) []byte {
	b := append(newFrame(len(payload)), payload...)
	putHeader(b, t, flags, stream)
	return b
}

func TestFramesOneAfterTheOther(t *testing.T) {
	big := make([]byte, MaxFrame)
	rand.Read(big)
	in := append(framed(Look, flagMore, 1, []byte("first")), framed(View, 0, 2, nil)...)
	in = append(in, framed(Content, 0, 3, big)...)
	r := newFrameReader(bytes.NewReader(in))
	for i, want := range []frame{{typ: Look, more: true, stream: 1, payload: []byte("first")}, {typ: View, stream: 2}, {typ: Content, stream: 3, payload: big}} {
		got, err := r.next()
		if err != nil || got.typ != want.typ || got.more != want.more || got.stream != want.stream || !bytes.Equal(got.payload, want.payload) {
			t.Fatalf("frame %d: %v", i, err)
		}
		r.release(got)
	}
	if _, err := r.next(); err != io.EOF {
		t.Errorf("got %v at the end", err)
	}
}

func TestCompressedFrames(t *testing.T) {
	noise := make([]byte, 100_000)
	rand.Read(noise)
	for _, k := range []codec{codecZstd, codecS2} {
		var d deflater
		in := newFrameReader(nil)
		for _, times := range []int{1000, 20, 20_000} { // 20,000: larger than a frame gets
			text := []byte(strings.Repeat("latus makes trees equal. ", times))
			packed := d.deflate(append(newFrame(0), text...), k)
			if packed == nil || len(packed) > len(text)/5 {
				t.Fatalf("%d bytes of text became %d", len(text), len(packed))
			}
			putHeader(packed, Content, k.flag(), 1)
			in.r = bytes.NewReader(packed)
			got, err := in.next()
			if err == nil {
				got, err = in.inflate(got)
			}
			if err != nil || !bytes.Equal(got.payload, text) {
				t.Fatal(err)
			}
			in.release(got)
		}
		if d.deflate(append(newFrame(0), noise...), k) != nil {
			t.Error("noise was compressed")
		}
	}
}

// What is chosen for large frames is what makes a byte arrive sooner, and it stays.
func TestPaceChoosesTheSoonerCodec(t *testing.T) {
	const n = 256 << 10
	deflating := map[codec]time.Duration{codecZstd: 900 * time.Microsecond, codecS2: 300 * time.Microsecond}
	line := func(perByte time.Duration, k codec) time.Duration { // what is written waits for
		size := map[codec]int{codecZstd: n / 7, codecS2: n / 5}[k]
		return time.Duration(size) * perByte
	}
	var p pace
	for _, story := range []struct {
		perByte time.Duration
		want    codec
	}{{0, codecS2}, {100, codecZstd}, {0, codecS2}, {5, codecS2}, {80, codecZstd}, {40, codecZstd}} {
		changes := 0
		for range 200 {
			k := p.choose(n)
			p.learn(k, n, deflating[k], line(story.perByte, k))
			if p.choose(n) != k {
				changes++
			}
			if small := p.choose(quick - 1); small != codecZstd {
				t.Fatal("metadata takes more room than it need")
			}
		}
		if got := p.choose(n); got != story.want || changes > 1 {
			t.Errorf("at %v a byte: codec %d after %d changes", story.perByte, got, changes)
		}
	}
}

func TestHostileFramesAreRefused(t *testing.T) {
	enc, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	bomb := enc.EncodeAll(make([]byte, 512<<20), nil)
	wide, err := zstd.NewWriter(nil, zstd.WithWindowSize(64<<20), zstd.WithSingleSegment(false))
	if err != nil {
		t.Fatal(err)
	}
	var streamed bytes.Buffer
	wide.Reset(&streamed)
	for range 3 << 10 {
		wide.Write(make([]byte, 1<<10))
	}
	wide.Close()
	if len(bomb) > MaxFrame {
		t.Fatalf("the bomb is %d bytes long", len(bomb))
	}
	long := framed(Look, 0, 1, nil)
	binary.BigEndian.PutUint32(long, 1<<32-1)
	for name, in := range map[string][]byte{
		"length":           long,
		"type 0":           framed(0, 0, 1, nil),
		"unknown type":     framed(lastType, 0, 1, nil),
		"unknown flags":    framed(Look, 0x80, 1, nil),
		"bomb":             framed(Look, flagCompressed, 1, bomb),
		"endless bomb":     framed(Look, flagCompressed, 1, streamed.Bytes()),
		"S2 bomb":          framed(Look, flagQuick, 1, s2.Encode(nil, make([]byte, MaxFrame+1))),
		"S2 of no end":     framed(Look, flagQuick, 1, []byte("\xff\xff\xff\xff\x0f\x00a")),
		"no S2":            framed(Look, flagQuick, 1, []byte("\x08no")),
		"both":             framed(Look, flagQuick|flagCompressed, 1, s2.Encode(nil, make([]byte, 1000))),
		"not compressed":   framed(Look, flagCompressed, 1, []byte("not zstd")),
		"skippable frames": framed(Look, flagCompressed, 1, bytes.Repeat([]byte("\x50\x2a\x4d\x18\xff\xff\xff\xff"), 9)),
	} {
		r := newFrameReader(bytes.NewReader(in))
		f, err := r.next()
		if err == nil {
			_, err = r.inflate(f)
		}
		if !errors.Is(err, ErrProtocol) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestTheJudgeLearns(t *testing.T) {
	var j judge
	tries := 0
	for range 1000 {
		if j.try(Auto, 1<<20) {
			tries++
			j.learn(false)
		}
	}
	if tries > 25 {
		t.Errorf("%d of 1000 frames of noise were tried", tries)
	}
	for !j.try(Auto, 1<<20) {
	}
	j.learn(true)
	if !j.try(Auto, 1<<20) {
		t.Error("after one that shrank, the next must be tried")
	}
	if j.try(Never, 1<<20) || j.try(Always, worthwhile-1) {
		t.Error("tried against orders")
	}
}

func FuzzFrames(f *testing.F) {
	f.Add(framed(Look, 0, 1, []byte("abc")))
	var d deflater
	packed := d.deflate(append(newFrame(0), bytes.Repeat([]byte("abc"), 1000)...), codecZstd)
	putHeader(packed, View, flagCompressed|flagMore, 7)
	f.Add(packed)
	f.Add(framed(View, flagQuick, 7, s2.Encode(nil, bytes.Repeat([]byte("abc"), 1000))))
	f.Fuzz(func(t *testing.T, in []byte) {
		r := newFrameReader(bytes.NewReader(in))
		for {
			got, err := r.next()
			if err == nil {
				got, err = r.inflate(got)
			}
			if err != nil {
				return
			}
			if len(got.payload) > MaxFrame || got.typ == 0 || got.typ >= lastType {
				t.Fatalf("a %v of %d bytes", got.typ, len(got.payload))
			}
			r.release(got)
		}
	})
}
