package index

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestAttrsAreToldInOneWay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		names := rapid.SliceOfNDistinct(rapid.StringN(1, 10, maxAttrName), 0, 5, rapid.ID).Draw(t, "names")
		var list []Attr
		for _, n := range names {
			if !strings.Contains(n, "\x00") {
				list = append(list, Attr{n, string(rapid.SliceOfN(rapid.Byte(), 0, 20).Draw(t, "value"))})
			}
		}
		one, err := MakeAttrs(slices.Clone(list))
		if err != nil {
			t.Fatal(err)
		}
		back, err := ParseAttrs(string(one))
		if err != nil || back != one {
			t.Fatalf("%q: %v", one, err)
		}
		slices.Reverse(list)
		if other, _ := MakeAttrs(slices.Clone(list)); other != one || other.Sum() != one.Sum() {
			t.Fatalf("%q and %q", one, other)
		}
		got := one.List()
		slices.SortFunc(list, func(a, b Attr) int { return strings.Compare(a.Name, b.Name) })
		if !slices.Equal(got, list) {
			t.Fatalf("%q became %q", list, got)
		}
	})
}

func TestNoAttrs(t *testing.T) {
	for _, s := range []string{
		"", ";", "=;", "a", "a;", "a=AA", "a=A;", "a=AA;a=AA;", "b=AA;a=AA;", "a=AA;-", "-;", "a b=AA;", "a%2=AA;", "%61=AA;", "a%00=AA;",
		"%2b=AA;", "a=AB;", "a=AA\n;", "a=AA=;", strings.Repeat("x", maxAttrName+1) + "=AA;", "a=" + strings.Repeat("A", MaxAttrs) + ";",
	} {
		if a, err := ParseAttrs(s); !errors.Is(err, ErrBadAttrs) {
			t.Errorf("%.50q is %.50q, %v", s, a, err)
		}
	}
	if _, err := MakeAttrs([]Attr{{"a", strings.Repeat("x", MaxAttrs*3/4)}}); !errors.Is(err, ErrManyAttrs) {
		t.Error(err)
	}
	if a, err := MakeAttrs([]Attr{{"a", strings.Repeat("x", MaxAttrs*3/4-10)}}); err != nil || !a.Sum().Known() {
		t.Error(err)
	}
	none, err := MakeAttrs(nil)
	if err != nil || none != NoAttrs || !none.Sum().Known() || Attrs("").Sum().Known() || none.Sum() == Attrs("a=AA;").Sum() {
		t.Error(none, err)
	}
}
