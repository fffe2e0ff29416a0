package tree

import "testing"

// What is one name on a filesystem folds to one text, and what is two does not.
func TestFold(t *testing.T) {
	const composed, decomposed = "\u00e9", "e\u0301"
	pairs := []struct {
		a, b               string
		cases, forms, both bool
	}{
		{"a", "A", true, false, true},
		{"d/aB", "D/Ab", true, false, true},
		{composed, decomposed, false, true, true},
		{"\u00c9", composed, true, false, true},
		{"\u00c9", decomposed, false, false, true},
		{"stra\u00dfe", "STRASSE", true, false, true},
		{"a", "b", false, false, false},
	}
	for _, p := range pairs {
		for _, on := range []struct {
			traits Traits
			one    bool
		}{
			{Traits{FoldsCase: true}, p.cases},
			{Traits{Normalizes: true}, p.forms},
			{Traits{FoldsCase: true, Normalizes: true}, p.both},
		} {
			fold := on.traits.Fold()
			if got := fold(p.a) == fold(p.b); got != on.one {
				t.Errorf("%+v: %q and %q are one name: %v", on.traits, p.a, p.b, got)
			}
		}
	}
	if (Traits{}).Fold() != nil {
		t.Error("names are folded where each is its own")
	}
}

func TestLegal(t *testing.T) {
	dos, utf := Traits{DOSNames: true}.Legal(), Traits{UTF8Names: true}.Legal()
	for _, name := range []string{"a", ".a", "a b", "console", "com", "com0", "com10", "com\u2074", "lptx", "conin", "a$", "\xff", "\x7f"} {
		if !dos(name) {
			t.Errorf("DOS names: %q is refused", name)
		}
	}
	for _, name := range []string{"a:b", "a*", "a?", `a"`, "a<", "a>", "a|", `a\b`, "a.", "a ", "a\n", "\x00", "con", "Aux.txt", "NUL.tar.gz", "prn", "com1", "LPT9.x", "con .txt", "com\u00b9", "LPT\u00b2.x", "conin$", "CONOUT$.x"} {
		if dos(name) {
			t.Errorf("DOS names: %q is taken", name)
		}
	}
	if utf("\xff") || !utf("\u00e9:") {
		t.Error("UTF-8 names: taken for others")
	}
	if (Traits{}).Legal() != nil {
		t.Error("names are refused where each can be")
	}
}
