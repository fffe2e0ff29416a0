package index

import (
	"encoding/binary"
	"fmt"
	"math"
	"strconv"
	"testing"

	"pgregory.net/rapid"
)

func TestEightDigits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := []byte(fmt.Sprintf("%08d", rapid.Uint64Range(0, 99_999_999).Draw(t, "n")))
		if rapid.Bool().Draw(t, "spoil") {
			b[rapid.IntRange(0, 7).Draw(t, "at")] = rapid.Byte().Draw(t, "byte")
		}
		got, ok := eightDigits(binary.LittleEndian.Uint64(b))
		want, err := strconv.ParseUint(string(b), 10, 64)
		if ok != (err == nil) || ok && got != want {
			t.Fatalf("%q reads as %d, %v", b, got, ok)
		}
	})
}

func TestNumbers(t *testing.T) {
	for _, c := range []struct {
		text string
		want int64
		ok   bool
	}{
		{"0", 0, true}, {"-1", -1, true}, {"9223372036854775807", math.MaxInt64, true}, {"123456789012", 123456789012, true},
		{"9223372036854775808", 0, false}, {"18446744073709551616", 0, false}, {"01", 0, false}, {"", 0, false}, {"-", 0, false}, {"00000000", 0, false},
	} {
		s := scanner{b: []byte(c.text + `,`)}
		var v int64
		if ok := s.int(&v); ok != c.ok || ok && (v != c.want || s.i != len(c.text)) {
			t.Errorf("%q reads as %d, %v", c.text, v, ok)
		}
	}
}
