//go:build unix

package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
)

// permit runs latus peers, and returns what it says.
func permit(t *testing.T, tree string, args ...string) string {
	t.Helper()
	out, err := exec.Command(latus(t), append([]string{"peers", tree}, args...)...).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return string(out)
}

// A key that is bound to a name of a tree's list may do what the list says of that name,
// whatever its client says it is; one that is not goes by the id that it tells.
func TestAKeyIsBoundToAPeer(t *testing.T) {
	j := newJail(t)
	guest := []string{"--ssh-config", j.ConfigFile, "--identity", j.key(t, "--peer", "guest")}
	a, b := filepath.Join(t.TempDir(), "a"), filepath.Join(j.dir, "docs")
	put(t, filepath.Join(a, "f"), "f")
	j.sync(t, 0, a, j.at("docs"))
	mustSay(t, permit(t, b, "--default", "none", "--allow", a+"=read,write,delete", "--allow", "guest=read"),
		"guest may: read", "others may: none")

	// The same tree, by one key and by the other.
	put(t, filepath.Join(a, "f"), "by its id")
	put(t, filepath.Join(b, "g"), "g")
	as := func(exit int, key []string, args ...string) string {
		t.Helper()
		return said(t, exit, slices.Concat(key, args)...)
	}
	mustSay(t, as(3, guest, a, j.at("docs")), "f: changed elsewhere, and who brings it may only read this tree")
	mustHold(t, filepath.Join(b, "f"), "f")
	mustHold(t, filepath.Join(a, "g"), "g")
	j.sync(t, 0, a, j.at("docs"))
	mustHold(t, filepath.Join(b, "f"), "by its id")

	// Strangers get nothing, not even by watching, unless the key says who they are.
	c := filepath.Join(t.TempDir(), "c")
	mustSay(t, j.sync(t, 4, c, j.at("docs")), "may not read this tree")
	if _, err := os.Stat(filepath.Join(c, "f")); err == nil {
		t.Error("a stranger has the file")
	}
	as(0, guest, c, j.at("docs"))
	mustHold(t, filepath.Join(c, "f"), "by its id")

	// A flag of the command may take more away, and gives nothing.
	narrow := []string{"--ssh-config", j.ConfigFile, "--identity", j.key(t, "--read-only")}
	put(t, filepath.Join(a, "f"), "again")
	mustSay(t, as(3, narrow, a, j.at("docs")), "served read-only")
	mustHold(t, filepath.Join(b, "f"), "by its id")
	j.sync(t, 0, a, j.at("docs"))
	mustHold(t, filepath.Join(b, "f"), "again")
	permit(t, b, "--allow", "guest=none")
	mustSay(t, as(4, guest, a, j.at("docs")), "guest may not read this tree")
}
