package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"latus/internal/oddfs"
)

// names lists what a directory holds, as readdir gives it.
func names(t testing.TB, dir string) []string {
	t.Helper()
	list, err := os.ReadDir(dir)
	must(t, err)
	var ns []string
	for _, e := range list {
		if e.Name() != ".latus" {
			ns = append(ns, e.Name())
		}
	}
	slices.Sort(ns)
	return ns
}

func mustName(t testing.TB, dir string, want ...string) {
	t.Helper()
	slices.Sort(want)
	if got := names(t, dir); !slices.Equal(got, want) {
		t.Fatalf("%s holds %q, not %q", dir, got, want)
	}
}

func mustRead(t testing.TB, file, want string) {
	t.Helper()
	if b, err := os.ReadFile(file); err != nil || string(b) != want {
		t.Fatalf("%s holds %q, not %q (%v)", file, b, want, err)
	}
}

// syncs runs a sync that must end with an exit code.
func syncs(t testing.TB, want int, args ...string) summary {
	t.Helper()
	sum, code := run(t, append([]string{"sync", "--json"}, args...)...)
	if code != want {
		t.Fatalf("exit %d, not %d: %+v", code, want, sum)
	}
	return sum
}

// says runs a command and looks for words in what it prints.
func says(t testing.TB, words []string, args ...string) {
	t.Helper()
	out, _ := exec.Command(latus(t), args...).CombinedOutput()
	for _, w := range words {
		if !strings.Contains(string(out), w) {
			t.Errorf("latus %s does not say %q:\n%s", args, w, out)
		}
	}
}

// Scenario 12: names that are one name on a tree.
func TestFoldingTree(t *testing.T) {
	if testing.Short() {
		t.Skip("mounts filesystems")
	}
	setUp := func(t *testing.T, rules oddfs.Rules) (a, b, c string) {
		b = filepath.Join(oddMount(t, rules).At, "tree")
		return t.TempDir(), b, t.TempDir()
	}
	folds := oddfs.Rules{FoldCase: true, NoRenameFlags: true}

	t.Run("case-only rename", func(t *testing.T) {
		a, b, c := setUp(t, folds)
		edit(t, filepath.Join(a, "Foo"), "foo")
		edit(t, filepath.Join(a, "Dir", "Sub", "x"), "x")
		syncs(t, 0, a, b)
		syncs(t, 0, b, c)
		must(t, os.Rename(filepath.Join(a, "Foo"), filepath.Join(a, "foo")))
		must(t, os.Rename(filepath.Join(a, "Dir", "Sub"), filepath.Join(a, "Dir", "SUB")))
		must(t, os.Rename(filepath.Join(a, "Dir"), filepath.Join(a, "dir")))
		syncs(t, 0, a, b)
		mustName(t, b, "foo", "dir")
		mustName(t, filepath.Join(b, "dir"), "SUB")
		syncs(t, 0, b, c)
		mustName(t, c, "foo", "dir")
		// And the other way.
		must(t, os.Rename(filepath.Join(b, "foo"), filepath.Join(b, "FOO")))
		must(t, os.Rename(filepath.Join(b, "dir"), filepath.Join(b, "DIR")))
		syncs(t, 0, a, b)
		mustName(t, a, "FOO", "DIR")
		mustRead(t, filepath.Join(a, "DIR", "SUB", "x"), "x")
		for range 3 {
			if sum := syncs(t, 0, a, b, c); sum.Changes > 0 && sum.Changes != 4 {
				t.Log(sum)
			}
		}
		mustName(t, c, "FOO", "DIR")
	})

	t.Run("twins", func(t *testing.T) {
		a, b, c := setUp(t, folds)
		edit(t, filepath.Join(a, "README"), "one")
		edit(t, filepath.Join(a, "readme"), "two")
		edit(t, filepath.Join(a, "d", "x"), "d/x")
		edit(t, filepath.Join(a, "D", "y"), "D/y")
		ageAll(t, a)
		syncs(t, 3, a, b)
		if got := names(t, b); len(got) != 2 {
			t.Fatalf("the folding tree holds %q", got)
		}
		here, other := "README", "readme"
		if !slices.Contains(names(t, b), here) {
			here, other = other, here
		}
		says(t, []string{other, "another name of the same letters"}, "status", b)
		both := func(dir string) {
			t.Helper()
			mustRead(t, filepath.Join(dir, "d", "x"), "d/x")
			mustRead(t, filepath.Join(dir, "D", "y"), "D/y")
		}
		for range 3 {
			if sum := syncs(t, 3, a, b); sum.Changes != 0 {
				t.Fatalf("not quiet: %+v", sum)
			}
		}
		mustName(t, a, "README", "readme", "d", "D")
		both(a)
		// By the folding tree to a third: only what it shows has its bytes there.
		syncs(t, 3, b, c)
		syncs(t, 0, a, c)
		mustName(t, c, "README", "readme", "d", "D")
		both(c)
		// Edits of either, on either side.
		edit(t, filepath.Join(b, here), "edited at the folding tree")
		edit(t, filepath.Join(a, other), "edited elsewhere")
		syncs(t, 3, a, b)
		mustRead(t, filepath.Join(a, here), "edited at the folding tree")
		mustRead(t, filepath.Join(a, other), "edited elsewhere")
		mustRead(t, filepath.Join(b, here), "edited at the folding tree")
		// The one that is withheld goes: nothing happens here.
		must(t, os.Rename(filepath.Join(a, other), filepath.Join(a, "third")))
		syncs(t, 3, a, b) // d and D are left
		mustName(t, a, here, "third", "d", "D")
		mustRead(t, filepath.Join(b, here), "edited at the folding tree")
		mustRead(t, filepath.Join(b, "third"), "edited elsewhere")
		// And comes back, and the one that is here goes: it makes room.
		must(t, os.Rename(filepath.Join(a, "third"), filepath.Join(a, other)))
		syncs(t, 3, a, b)
		must(t, os.Remove(filepath.Join(a, here)))
		syncs(t, 3, a, b)
		if got := names(t, b); !slices.Contains(got, other) || slices.Contains(got, here) {
			t.Fatalf("the folding tree holds %q, not %q", got, other)
		}
		mustRead(t, filepath.Join(b, other), "edited elsewhere")
		// A deletion at the folding tree is of that name alone.
		edit(t, filepath.Join(a, here), "again")
		syncs(t, 3, a, b)
		must(t, os.Remove(filepath.Join(b, other)))
		syncs(t, 3, a, b)
		if _, err := os.Stat(filepath.Join(a, here)); err != nil {
			t.Fatal("deleted, though it was only withheld: ", err)
		}
		if _, err := os.Stat(filepath.Join(a, other)); err == nil {
			t.Fatal("a deletion did not travel")
		}
		mustRead(t, filepath.Join(b, here), "again")
	})

	t.Run("normal forms", func(t *testing.T) {
		a, b, _ := setUp(t, oddfs.Rules{FoldCase: true, Decompose: true})
		nfc, nfd := "caf\u00e9", "cafe\u0301"
		edit(t, filepath.Join(a, nfc), "composed")
		syncs(t, 0, a, b)
		mustName(t, b, nfd) // as HFS+ keeps it
		edit(t, filepath.Join(b, nfd), "edited")
		syncs(t, 0, a, b)
		mustName(t, a, nfc)
		mustRead(t, filepath.Join(a, nfc), "edited")
		// New there: composed elsewhere.
		edit(t, filepath.Join(b, "u\u0308ber", "o\u0308l"), "new")
		syncs(t, 0, a, b)
		mustRead(t, filepath.Join(a, "\u00fcber", "\u00f6l"), "new")
		must(t, os.Rename(filepath.Join(b, "u\u0308ber"), filepath.Join(b, "u\u0308brig")))
		syncs(t, 0, a, b)
		mustRead(t, filepath.Join(a, "\u00fcbrig", "\u00f6l"), "new")
		mustName(t, a, nfc, "\u00fcbrig")
		// Beside each other: one is withheld, and neither deleted.
		edit(t, filepath.Join(a, nfd), "decomposed")
		for range 3 {
			syncs(t, 3, a, b)
		}
		mustName(t, a, nfc, nfd, "\u00fcbrig")
		mustRead(t, filepath.Join(b, nfd), "edited")
		says(t, []string{"another name of the same letters"}, "status", b)
		must(t, os.Remove(filepath.Join(a, nfc)))
		syncs(t, 0, a, b)
		mustRead(t, filepath.Join(b, nfc), "decomposed")
		mustName(t, a, nfd, "\u00fcbrig")
		for range 3 {
			if sum := syncs(t, 0, a, b); sum.Changes != 0 {
				t.Fatalf("not quiet: %+v", sum)
			}
		}
		// What is no UTF-8 can't be there.
		edit(t, filepath.Join(a, "latin \xe9"), "latin")
		for range 2 {
			if sum := syncs(t, 3, a, b); sum.Bytes == 0 && sum.Changes != 0 {
				t.Fatalf("%+v", sum)
			}
		}
		says(t, []string{"a name that cannot exist here"}, "status", b)
		mustRead(t, filepath.Join(a, "latin \xe9"), "latin")
	})

	t.Run("DOS", func(t *testing.T) {
		a, b, c := setUp(t, fatRules)
		odd := []string{"con", "NUL.txt", "a:b", "what?", "dot.", "space ", "back\\slash", "com1.log", "new\nline"}
		for _, n := range odd {
			edit(t, filepath.Join(a, n), n)
		}
		edit(t, filepath.Join(a, "aux", "x"), "below")
		edit(t, filepath.Join(a, "fine"), "fine")
		ageAll(t, a)
		syncs(t, 3, a, b)
		mustName(t, b, "fine")
		for range 3 {
			if sum := syncs(t, 3, a, b); sum.Changes != 0 {
				t.Fatalf("not quiet: %+v", sum)
			}
		}
		says(t, []string{"a name that cannot exist here", "a:b", "dot."}, "status", b)
		// They travel on in the index, if not in bytes, and come from where they are.
		syncs(t, 3, b, c)
		syncs(t, 0, a, c)
		mustName(t, a, append(odd, "aux", "fine")...)
		mustName(t, c, append(odd, "aux", "fine")...)
		// One gets a name that can be: it comes. Another goes: nothing is left of it.
		must(t, os.Rename(filepath.Join(a, "con"), filepath.Join(a, "console")))
		must(t, os.Rename(filepath.Join(a, "aux"), filepath.Join(a, "auxiliary")))
		must(t, os.Remove(filepath.Join(a, "what?")))
		edit(t, filepath.Join(a, "a:b"), "edited")
		must(t, os.Rename(filepath.Join(b, "fine"), filepath.Join(b, "finer")))
		syncs(t, 3, a, b)
		mustName(t, b, "console", "auxiliary", "finer")
		mustRead(t, filepath.Join(b, "auxiliary", "x"), "below")
		mustRead(t, filepath.Join(a, "a:b"), "edited")
		mustRead(t, filepath.Join(a, "finer"), "fine")
	})
}
