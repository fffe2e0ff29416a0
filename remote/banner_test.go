package remote

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

func TestSkipBanner(t *testing.T) {
	for _, c := range []struct{ in, banner, rest string }{
		{"MAGIC", "", ""},
		{"MAGICrest", "", "rest"},
		{"hello\nMAGICrestMAGIC", "hello\n", "restMAGIC"},
		{"MAMAGMAGICMAGIC", "MAMAG", "MAGIC"},
		{strings.Repeat("x", 100) + "MAGIC.", strings.Repeat("x", 100), "."},
	} {
		for _, slow := range []func(io.Reader) io.Reader{
			func(r io.Reader) io.Reader { return r }, iotest.OneByteReader, iotest.HalfReader, iotest.DataErrReader,
		} {
			r := slow(strings.NewReader(c.in))
			banner, err := SkipBanner(r, []byte("MAGIC"), 100)
			if err != nil || string(banner) != c.banner {
				t.Errorf("%q: banner %q, %v", c.in, banner, err)
			}
			if rest, err := io.ReadAll(r); err != nil || string(rest) != c.rest {
				t.Errorf("%q: %q is left, %v; want %q", c.in, rest, err, c.rest)
			}
		}
	}
}

func TestSkipBannerReportsNoise(t *testing.T) {
	var noise *NoiseError
	_, err := SkipBanner(strings.NewReader("\nThis account is closed.\nMAG"), []byte("MAGIC"), 100)
	if !errors.As(err, &noise) || !noise.Ended || noise.Text != "This account is closed.\nMAG" {
		t.Errorf("got %v", err)
	}
	_, err = SkipBanner(strings.NewReader(strings.Repeat("menu\n", 1e4)), []byte("MAGIC"), 100)
	if !errors.As(err, &noise) || noise.Ended || noise.Text != "menu\nmenu\nmenu\nmenu\nmenu" {
		t.Errorf("got %v", err)
	}
	if _, err = SkipBanner(strings.NewReader(""), []byte("MAGIC"), 100); err != io.EOF {
		t.Errorf("got %v, want EOF", err)
	}
	broken := errors.New("broken")
	if _, err = SkipBanner(iotest.ErrReader(broken), []byte("MAGIC"), 100); err != broken {
		t.Errorf("got %v, want %v", err, broken)
	}
}

func FuzzSkipBanner(f *testing.F) {
	f.Add([]byte("abab"), []byte("abc"))
	f.Fuzz(func(t *testing.T, banner, rest []byte) {
		magic := []byte("ababac")
		in := bytes.Join([][]byte{banner, magic, rest}, nil)
		at := bytes.Index(in, magic)
		r := bytes.NewReader(in)
		got, err := SkipBanner(r, magic, 1<<16)
		if at > 1<<16 {
			return
		}
		if err != nil || !bytes.Equal(got, in[:at]) || r.Len() != len(in)-at-len(magic) {
			t.Fatalf("%q: banner %q, %d bytes left, %v", in, got, r.Len(), err)
		}
	})
}
