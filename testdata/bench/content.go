package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"
)

func fill(rng *rand.Rand, b []byte) {
	for i := 0; i+8 <= len(b); i += 8 {
		v := rng.Uint64()
		for k := range 8 {
			b[i+k] = byte(v >> (8 * k))
		}
	}
}

// random writes size bytes that nothing else has, the same ones for each size.
func random(w io.Writer, size int64) {
	var seed [32]byte
	binary.LittleEndian.PutUint64(seed[:], uint64(size))
	rng := rand.NewChaCha8(seed)
	_, err := io.CopyN(w, rng, size)
	check(err)
}

// logText writes lines as a web server does.
func logText(w io.Writer, size int64) {
	rng := rand.New(rand.NewPCG(5, 6))
	paths := []string{"/", "/index.html", "/api/v1/items", "/static/app.js", "/login", "/img/logo.png"}
	agents := []string{"Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/128.0", "curl/8.5.0", "Mozilla/5.0 (Macintosh) AppleWebKit/605.1.15 Safari/605.1.15"}
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	var b bytes.Buffer
	for left := size; left > 0; {
		b.Reset()
		for b.Len() < 1<<20 {
			at = at.Add(time.Duration(rng.ExpFloat64() * float64(40*time.Millisecond)))
			fmt.Fprintf(&b, "10.%d.%d.%d - - [%s] \"GET %s?id=%d HTTP/1.1\" %d %d \"-\" \"%s\"\n", rng.IntN(4), rng.IntN(256), rng.IntN(256),
				at.Format("02/Jan/2006:15:04:05 -0700"), paths[rng.IntN(len(paths))], rng.IntN(100_000), 200+rng.IntN(2)*104, rng.IntN(50_000), agents[rng.IntN(len(agents))])
		}
		n, err := w.Write(b.Bytes()[:min(int64(b.Len()), left)])
		check(err)
		left -= int64(n)
	}
}

func create(p string, size int64, content func(io.Writer, int64)) {
	check(os.MkdirAll(filepath.Dir(p), 0o755))
	f, err := os.Create(p)
	check(err)
	content(f, size)
	check(f.Close())
}

func edit(p string, do func(f *os.File)) {
	f, err := os.OpenFile(p, os.O_RDWR, 0)
	check(err)
	do(f)
	check(f.Close())
}

// rewrite makes to of from, through a new file, as editors do.
func rewrite(from, to string, do func(w io.Writer, r io.Reader)) {
	r, err := os.Open(from)
	check(err)
	defer r.Close()
	w, err := os.Create(to + ".new")
	check(err)
	do(w, r)
	check(w.Close())
	check(os.Rename(to+".new", to))
}
