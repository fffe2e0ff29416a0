package e2e

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// pair is two trees with the same big files, of which one is changed.
type pair struct {
	t    *testing.T
	a, b string // a is here, b behind the wire
	age  time.Duration
}

func newPair(t *testing.T) *pair {
	return &pair{t: t, a: t.TempDir(), b: t.TempDir(), age: 1000 * time.Hour}
}

func noise(seed byte, n int) []byte {
	b := make([]byte, n)
	_, _ = rand.NewChaCha8([32]byte{seed}).Read(b)
	return b
}

// put writes a file, later than all before.
func (p *pair) put(dir, name string, content []byte) {
	p.t.Helper()
	at := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
		p.t.Fatal(err)
	}
	if err := os.WriteFile(at, content, 0o644); err != nil {
		p.t.Fatal(err)
	}
	p.age -= time.Second
	when := time.Now().Add(-p.age)
	if err := os.Chtimes(at, when, when); err != nil {
		p.t.Fatal(err)
	}
}

func (p *pair) remove(dir, name string) {
	p.t.Helper()
	if err := os.Remove(filepath.Join(dir, name)); err != nil {
		p.t.Fatal(err)
	}
}

// same checks that both trees have content at name.
func (p *pair) same(name string, content []byte) {
	p.t.Helper()
	for _, dir := range []string{p.a, p.b} {
		got, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil || !bytes.Equal(got, content) {
			p.t.Fatalf("%s: %d bytes that are not what they should be, %v", filepath.Join(dir, name), len(got), err)
		}
	}
}

// A change of a big file costs the change, a round trip, and little more, in
// either direction.
func TestDeltaBytes(t *testing.T) {
	const size = 8 << 20
	old := noise(1, size)
	insert := noise(2, 100_000)
	sqlite := slices.Concat([]byte("SQLite format 3\x00"), noise(3, size-16))
	edited := slices.Clone(sqlite)
	for i, at := range rand.New(rand.NewPCG(1, 2)).Perm(size / 4096)[:50] {
		copy(edited[4096*at+100:], fmt.Sprintf("page %d, edited", i))
	}
	scattered := slices.Clone(old)
	for i := range 20 {
		copy(scattered[i*333_333+5:], "a few bytes")
	}
	changes := []struct {
		name     string
		old, new []byte
		to       string // where it goes; "": it stays
		most     int64
		trips    int
	}{
		{"moved and a head inserted", old, slices.Concat([]byte("#!/bin/sh\n"), old), "elsewhere/renamed.bin", 50_000, 5},
		{"inserted in the middle", old, slices.Concat(old[:size/2], insert, old[size/2:]), "", 100_000 + 60_000, 5},
		{"taken out of the middle", old, slices.Concat(old[:size/2], old[size/2+100_000:]), "", 60_000, 5},
		{"appended", old, slices.Concat(old, insert), "", 100_000 + 3_000, 5},
		{"appended, and a byte of the end is another", old, slices.Concat(old[:size-1], []byte("."), insert), "", 100_000 + 80_000, 5},
		{"appended, and a byte of the head is another", old, slices.Concat([]byte("."), old[1:], insert), "", 100_000 + 80_000, 5},
		{"truncated", old, old[:size/2+5], "", 40_000, 5},
		{"halves swapped", old, slices.Concat(old[size/2:], old[:size/2]), "", 80_000, 5},
		{"pages of a database", sqlite, edited, "", 50 * 4096 * 3 / 2, 6}, // the same size: is it another content?,
		{"scattered, of the same size", old, scattered, "", 20*4096 + 40_000, 6},
		{"all of it", old, noise(9, size+1), "", size + size/100, 5},
		{"small", noise(4, 50_000), noise(5, 50_001), "", 55_000, 4},
	}
	for _, c := range changes {
		for _, far := range []bool{false, true} {
			if far && testing.Short() {
				continue
			}
			t.Run(fmt.Sprintf("%s far=%v", c.name, far), func(t *testing.T) {
				t.Parallel()
				p := newPair(t)
				from := p.a
				if far {
					from = p.b
				}
				p.put(p.a, "dir/file.bin", c.old)
				syncOverWire(t, p.a, p.b)
				p.same("dir/file.bin", c.old)
				to := "dir/file.bin"
				if c.to != "" {
					p.remove(from, to)
					to = c.to
				}
				p.put(from, to, c.new)
				trips, wire, rep := meteredSync(t, p.a, p.b)
				p.same(to, c.new)
				if wire > c.most {
					t.Errorf("%d bytes on the wire, at most %d should be", wire, c.most)
				}
				if trips > c.trips { // fewer, if calls overlapped that mostly do not
					t.Errorf("%d round trips, at most %d should be", trips, c.trips)
				}
				var saved, fetched int64
				for _, tr := range rep.Trees {
					saved += tr.Saved["delta"]
					fetched += tr.Bytes
				}
				if saved+fetched != int64(len(c.new)) || c.trips > 4 && wire < size && fetched > wire {
					t.Errorf("%d bytes saved, %d fetched, of %d", saved, fetched, len(c.new))
				}
				if trips, _ := syncOverWire(t, p.a, p.b); trips > 2 {
					t.Errorf("nothing to do, and %d round trips", trips)
				}
			})
		}
	}
}

// The lists of all files that changed take one round trip together, in both
// directions at once.
func TestDeltaRoundTrips(t *testing.T) {
	p := newPair(t)
	const files = 40
	olds := make([][]byte, files)
	for i := range files {
		olds[i] = noise(byte(i), 70_000+1000*i) // of one size they could be copies
		p.put(p.a, fmt.Sprint("file", i), olds[i])
	}
	syncOverWire(t, p.a, p.b)
	for i, old := range olds {
		from := []string{p.a, p.b}[i%2]
		p.put(from, fmt.Sprint("file", i), append(slices.Clone(old), "and more"...))
	}
	p.put(p.a, "whole", noise(100, 200_000))
	trips, wire, rep := meteredSync(t, p.a, p.b)
	if trips > 5 || rep.Changes != files+1 {
		t.Errorf("%d round trips for %d changes", trips, rep.Changes)
	}
	if wire > 200_000+files*20_000 {
		t.Errorf("%d bytes on the wire", wire)
	}
	for i, old := range olds {
		p.same(fmt.Sprint("file", i), append(slices.Clone(old), "and more"...))
	}
}
