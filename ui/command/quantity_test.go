package command

import (
	"math"
	"strconv"
	"testing"
	"time"

	"latus/sync/peer"
)

func TestParseSize(t *testing.T) {
	for in, want := range map[string]int64{
		"0": 0, "512": 512, "1b": 1, "10K": 10240, "10k": 10240, "10KiB": 10240, "10KB": 10000,
		"1.5G": 3 << 29, "2T": 2 << 40, "3m": 3 << 20, ".5K": 512,
	} {
		if got, err := parseSize(in, 1); err != nil || got != want {
			t.Errorf("parseSize(%q) = %d, %v; want %d", in, got, err, want)
		}
	}
	for _, in := range []string{"", "K", "x", "-1", "1X", "1KK", "1 K", "0x10", "1e3", "inf", "nan", "1_000", "9999999999P", "1IB"} {
		if got, err := parseSize(in, 1); err == nil {
			t.Errorf("parseSize(%q) = %d", in, got)
		}
	}
}

func TestParseRate(t *testing.T) {
	for in, want := range map[string]int64{"0": 0, "100": 102400, "1.5M": 3 << 19, "512B": 512, "1MB/s": 1000000, "2g": 2 << 30} {
		if got, err := parseRate(in); err != nil || got != want {
			t.Errorf("parseRate(%q) = %d, %v; want %d", in, got, err, want)
		}
	}
	if _, err := parseRate("fast"); err == nil {
		t.Error("fast is no rate")
	}
}

func TestParseAge(t *testing.T) {
	const day = 24 * time.Hour
	for in, want := range map[string]time.Duration{
		"30d": 30 * day, "12h": 12 * time.Hour, "1d12h": 36 * time.Hour, "6w": 42 * day, "2y": 730 * day, "1y6w": 407 * day,
		"7": 7 * day, "0.5d": 12 * time.Hour, "0": 0,
	} {
		if got, err := parseAge(in); err != nil || got != want {
			t.Errorf("parseAge(%q) = %v, %v; want %v", in, got, err, want)
		}
	}
	for _, in := range []string{"", "d", "-1d", "1x", "1d12", "1 d", "400y", "..d", "1e9d", "1m", "90s", "1y6m", "2M", "1mo", "30D"} {
		if got, err := parseAge(in); err == nil {
			t.Errorf("parseAge(%q) = %v", in, got)
		}
	}
}

func TestParseLimit(t *testing.T) {
	for in, want := range map[string]peer.Limit{
		"off": {Off: true}, "0": {Set: true}, "10": {Set: true, Count: 10}, "10%": {Set: true, Percent: 10},
		"2.5%": {Set: true, Percent: 2.5}, "0%": {Set: true}, "100%": {Set: true, Percent: 100},
	} {
		if got, err := parseLimit(in); err != nil || got != want {
			t.Errorf("parseLimit(%q) = %+v, %v; want %+v", in, got, err, want)
		}
	}
	for _, in := range []string{"", "-1", "101%", "-5%", "%", "NaN%", "ten", "1.5", "OFF", "99999999999"} {
		if got, err := parseLimit(in); err == nil {
			t.Errorf("parseLimit(%q) = %+v", in, got)
		}
	}
}

func TestParseSeconds(t *testing.T) {
	for in, want := range map[string]time.Duration{"30": 30 * time.Second, "1.5": 1500 * time.Millisecond, "5m": 5 * time.Minute, "0": 0} {
		if got, err := parseSeconds(in); err != nil || got != want {
			t.Errorf("parseSeconds(%q) = %v, %v; want %v", in, got, err, want)
		}
	}
	for _, in := range []string{"", "-1", "-5m", "soon"} {
		if got, err := parseSeconds(in); err == nil {
			t.Errorf("parseSeconds(%q) = %v", in, got)
		}
	}
}

func FuzzQuantities(f *testing.F) {
	for _, s := range []string{"10G", "30d", "1.5K", "off", "50%", "-1", "1d12h", "9e99P"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if n, err := parseSize(s, 1024); err == nil && n < 0 {
			t.Errorf("parseSize(%q) = %d", s, n)
		}
		if n, err := parseRate(s); err == nil && n < 0 {
			t.Errorf("parseRate(%q) = %d", s, n)
		}
		if d, err := parseAge(s); err == nil && d < 0 {
			t.Errorf("parseAge(%q) = %v", s, d)
		}
		if l, err := parseLimit(s); err == nil && (l.Count < 0 || !(l.Percent >= 0 && l.Percent <= 100) || l.Off == l.Set) {
			t.Errorf("parseLimit(%q) = %+v", s, l)
		}
	})
}

func FuzzSizeOfBytes(f *testing.F) {
	f.Add(uint64(1536))
	f.Fuzz(func(t *testing.T, n uint64) {
		n %= 1 << 52 // what a float holds exactly
		if got, err := parseSize(strconv.FormatUint(n, 10), 1); err != nil || uint64(got) != n || got == math.MaxInt64 {
			t.Errorf("%d became %d, %v", n, got, err)
		}
	})
}
