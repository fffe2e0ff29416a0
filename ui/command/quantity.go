package command

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"latus/sync/peer"
)

// parseSize reads a number of bytes: 512, 10K, 1.5G, 10GiB (1024 each step), 10GB
// (1000 each step). unit is what a bare number counts.
func parseSize(s string, unit int64) (int64, error) {
	digits := strings.TrimRight(s, "BbIiKkMmGgTtPp")
	n, err := strconv.ParseFloat(digits, 64)
	if err != nil || n < 0 || math.IsInf(n, 0) || math.IsNaN(n) || strings.ContainsAny(digits, "xX_eE") {
		return 0, fmt.Errorf("%q is no size: give a number with K, M, G or T, as 10G", s)
	}
	step, suffix := 1024.0, strings.ToUpper(s[len(digits):])
	switch {
	case len(suffix) == 3 && suffix[1:] == "IB":
		suffix = suffix[:1]
	case len(suffix) == 2 && suffix[1] == 'B':
		step, suffix = 1000, suffix[:1]
	}
	switch power := strings.Index("KMGTP", suffix); {
	case suffix == "":
		n *= float64(unit)
	case suffix == "B":
	case len(suffix) != 1 || power < 0:
		return 0, fmt.Errorf("%q is no size: give a number with K, M, G or T, as 10G", s)
	default:
		n *= math.Pow(step, float64(power+1))
	}
	if n >= math.MaxInt64 {
		return 0, fmt.Errorf("%q is too much", s)
	}
	return int64(n), nil
}

// parseRate reads bytes a second as rsync --bwlimit does: a bare number is KiB,
// 0 is no limit.
func parseRate(s string) (int64, error) {
	n, err := parseSize(strings.TrimSuffix(strings.TrimSuffix(s, "/s"), "ps"), 1024)
	if err != nil {
		return 0, fmt.Errorf("%q is no rate: give KiB a second, or a number with K, M or G, as 2M", s)
	}
	return n, nil
}

// parseAge reads how long ago: 12h, 30d, 6w, 2y, or several of these together. A bare
// number is days.
func parseAge(s string) (time.Duration, error) {
	why := ""
	if strings.ContainsAny(s, "mM") {
		why = "m may be minutes or months; "
	}
	bad := fmt.Errorf("%q is no age: %sgive a number with h, d, w or y, as 30d", s, why)
	if s == "" {
		return 0, bad
	}
	var total float64
	for rest := s; rest != ""; {
		n := 0
		for n < len(rest) && (rest[n] >= '0' && rest[n] <= '9' || rest[n] == '.') {
			n++
		}
		v, err := strconv.ParseFloat(rest[:n], 64)
		if err != nil {
			return 0, bad
		}
		unit := time.Hour * 24
		if rest = rest[n:]; rest != "" {
			var ok bool
			if unit, ok = ages[rest[0]]; !ok {
				return 0, bad
			}
			rest = rest[1:]
		} else if n != len(s) {
			return 0, bad // 1d12
		}
		total += v * float64(unit)
	}
	if total >= math.MaxInt64 {
		return 0, fmt.Errorf("%q is too long ago", s)
	}
	return time.Duration(total), nil
}

var ages = map[byte]time.Duration{
	'h': time.Hour,
	'd': 24 * time.Hour,
	'w': 7 * 24 * time.Hour,
	'y': 365 * 24 * time.Hour,
}

// parseLimit reads --max-delete: a number of files, a share as 10%, or off.
func parseLimit(s string) (peer.Limit, error) {
	if s == "off" {
		return peer.Limit{Off: true}, nil
	}
	if share, ok := strings.CutSuffix(s, "%"); ok {
		p, err := strconv.ParseFloat(share, 64)
		if err == nil && p >= 0 && p <= 100 {
			return peer.Limit{Set: true, Percent: p}, nil
		}
	} else if n, err := strconv.ParseUint(s, 10, 31); err == nil {
		return peer.Limit{Set: true, Count: int(n)}, nil
	}
	return peer.Limit{}, fmt.Errorf("%q is no limit: give a number of files, a share as 10%%, or off", s)
}

// parseWithin reads a whole number between two limits.
func parseWithin(s string, least, most int) (int, error) {
	n, err := strconv.Atoi(s)
	if err != nil || n < least || n > most {
		return 0, fmt.Errorf("%q is no number from %d to %d", s, least, most)
	}
	return n, nil
}

// parseCount reads a number that is at least 0.
func parseCount(s string) (int, error) { return parseWithin(s, 0, math.MaxInt32) }

func parsePositive(s string) (int, error) { return parseWithin(s, 1, math.MaxInt32) }

func parsePort(s string) (int, error) { return parseWithin(s, 1, 65535) }

// parseSeconds reads --timeout: a number of seconds, or a duration as 90s or 5m.
func parseSeconds(s string) (time.Duration, error) {
	d, err := time.ParseDuration(s)
	if err != nil {
		d, err = time.ParseDuration(s + "s")
	}
	if err != nil || d < 0 {
		return 0, fmt.Errorf("%q is no number of seconds", s)
	}
	return d, nil
}
