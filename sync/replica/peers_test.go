package replica_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	latussync "latus/sync"
	"latus/sync/replica"
)

// awaits is how many deletions a tree remembers for the sake of each of the others, in words.
func (u *user) awaits(name string) string {
	u.Helper()
	ps, err := replica.ReadPeers(u.at(name))
	u.must(err)
	var said []string
	for _, p := range ps {
		line := fmt.Sprintf("%s: %d", p.Name, p.Awaits)
		if p.Retired != "" {
			line += ", retired"
		}
		said = append(said, line)
	}
	slices.Sort(said)
	return strings.Join(said, "; ")
}

// Deletions are remembered for the sake of those who have not heard of them: the list of peers
// tells for whom. Nothing waits for one that is forgotten, who may come back all the same.
func TestDeletionsAwaited(t *testing.T) {
	u := newUser(t)
	for _, name := range []string{"a/1", "a/2", "a/3", "a/kept"} {
		u.write(name, "text")
	}
	u.sync("a", "b")
	u.sync("a", "c")
	u.sync("b", "a", "c")
	awaits := func(when, want string) {
		t.Helper()
		if got := u.awaits("a"); got != want {
			t.Errorf("%s: %s", when, got)
		}
	}
	awaits("nothing was deleted", "desk:b: 0; desk:c: 0")
	u.remove("a/1", "a/2")
	awaits("no run has seen it", "desk:b: 0; desk:c: 0")
	u.sync("a", "b")
	awaits("b was told", "desk:b: 0; desk:c: 2")
	u.remove("a/3")
	u.sync("a", "b")
	awaits("b was told again", "desk:b: 0; desk:c: 3")

	m, n, err := replica.Forget(u.at("a"), "desk:c", replica.Options{})
	if err != nil || n != 3 || m.Name != "desk:c" || m.Retired == "" {
		t.Errorf("%+v, %d, %v", m, n, err)
	}
	awaits("c is forgotten", "desk:b: 0; desk:c: 0, retired")
	later := replica.Options{Now: func() time.Time { return time.Now().Add(24 * time.Hour) }}
	if again, n, err := replica.Forget(u.at("a"), "desk:c", later); err != nil || n != 0 || again.Retired != m.Retired {
		t.Errorf("forgotten once more: %+v, %d, %v", again, n, err)
	}
	if _, _, err := replica.Forget(u.at("a"), "desk:nobody", replica.Options{}); err == nil {
		t.Error("a stranger was forgotten")
	}

	u.remove("a/kept")
	u.sync("a", "d")
	awaits("d was told something that b was not", "desk:b: 1; desk:c: 0, retired; desk:d: 0")

	// It comes back with the files, of which a has no memory any more; but it has not edited them.
	u.sync("a", "c")
	awaits("c is back", "desk:b: 1; desk:c: 0; desk:d: 0")
	for _, name := range []string{"a/1", "c/1", "c/3"} {
		u.holds(name, "")
	}
}

// A run that changes nothing leaves no trace of itself; that a peer has moved it does note, and
// where that was before.
func TestPeersAreNotedWhenSomethingIsNew(t *testing.T) {
	u := newUser(t)
	u.write("a/f", "text")
	u.sync("a", "b")
	before := u.frozen("a")
	later := replica.Options{Now: func() time.Time { return time.Now().Add(time.Hour) }}
	for _, order := range [][]place{{{"a", later}, {"b", later}}, {{"b", later}, {"a", later}}} {
		if r := u.run(latussync.Options{}, order...); r.err != nil || len(r.problems) > 0 {
			t.Fatalf("%v, %q", r.err, r.problems)
		}
	}
	if u.frozen("a") != before {
		t.Error("a run that had nothing to do has changed something")
	}
	u.rename("b", "moved")
	for range 2 {
		u.sync("a", "moved")
	}
	m := u.config("a").Peers
	if len(m) != 1 || m[0].Path != u.at("moved") || len(m[0].Before) != 1 || m[0].Before[0].Path != u.at("b") {
		t.Errorf("%+v", m)
	}
	if _, err := os.Stat(u.at("b")); err == nil {
		t.Error("it was made anew where it had been")
	}
}
