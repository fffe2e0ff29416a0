package remote

import (
	"bytes"
	"io"
	"strings"
)

// SkipBanner reads r up to and including magic and not a byte further, so that
// a protocol can go on from there. What came before, which is what a login script
// of the other side printed, is the banner. After limit bytes without magic, or
// when r ends in the middle of other text, the error is a *NoiseError; an r that
// ends at once gives io.EOF.
func SkipBanner(r io.Reader, magic []byte, limit int) (banner []byte, err error) {
	var seen []byte
	for {
		// As many bytes as magic lacks can be read: it can't end before.
		missing := len(magic) - overlap(seen, magic)
		if missing == 0 {
			return seen[:len(seen)-len(magic)], nil
		}
		if len(seen) >= limit+len(magic) {
			return seen, &NoiseError{Text: firstLines(seen)}
		}
		old := len(seen)
		seen = append(seen, make([]byte, missing)...)
		n, err := r.Read(seen[old:])
		seen = seen[:old+n]
		if err != nil && overlap(seen, magic) < len(magic) {
			if err == io.EOF && len(seen) > 0 {
				err = &NoiseError{Text: firstLines(seen), Ended: true}
			}
			return seen, err
		}
	}
}

// overlap is how much of magic the end of b holds.
func overlap(b, magic []byte) int {
	for n := min(len(b), len(magic)); n > 0; n-- {
		if bytes.HasSuffix(b, magic[:n]) {
			return n
		}
	}
	return 0
}

// firstLines is what a person needs to recognise where a text comes from.
func firstLines(b []byte) string {
	const lines, size = 5, 1024
	if len(b) > size {
		b = b[:size]
	}
	parts := strings.SplitAfterN(string(bytes.TrimSpace(b)), "\n", lines+1)
	if len(parts) > lines {
		parts = parts[:lines]
	}
	return strings.ToValidUTF8(strings.TrimSpace(strings.Join(parts, "")), "?")
}
