package jsontext

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"
)

func TestHexDigits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := rapid.Uint64().Draw(t, "v")
		text := AppendHex(nil, v)
		if string(text) != fmt.Sprintf("%016x", v) {
			t.Fatalf("%s for %016x", text, v)
		}
		if back, ok := ParseHex(text); !ok || back != v {
			t.Fatalf("%s reads as %x", text, back)
		}
	})
	for _, bad := range []string{"", "0123456789abcde", "0123456789abcdeF", "0123456789abcdeg", "0123456789abcdef0"} {
		if _, ok := ParseHex(bad); ok {
			t.Errorf("%q is taken", bad)
		}
	}
}
