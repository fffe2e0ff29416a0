package filter

import (
	"strings"
	"testing"
)

// A pattern costs what it is long.
func TestALongPatternIsCompiledInOneGo(t *testing.T) {
	long := "?" + strings.Repeat("a", 1<<16)
	allocated := testing.AllocsPerRun(3, func() { ParseLines([]string{long}) })
	if allocated > 100 {
		t.Errorf("%v allocations", allocated)
	}
}
