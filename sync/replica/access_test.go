package replica_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	latussync "latus/sync"
	"latus/sync/config"
	"latus/sync/peer"
	"latus/sync/replica"
)

// causeOf is why a tree says no; 0 with false: it was something else.
func causeOf(err error) (peer.Cause, bool) {
	var no *peer.Refusal
	if !errors.As(err, &no) {
		return 0, false
	}
	return no.Cause, true
}

// allow changes what peers may do to a directory.
func (u *user) allow(name string, changes ...replica.Permit) {
	u.Helper()
	_, err := replica.Allow(u.at(name), changes, replica.Options{})
	u.must(err)
}

// idOf is the id by which a tree knows the one of that name.
func (u *user) idOf(name, of string) string {
	u.Helper()
	ps, err := replica.ReadPeers(u.at(of))
	u.must(err)
	for _, p := range ps {
		if p.Path == u.at(name) {
			return p.Peer
		}
	}
	u.Fatalf("%s has not met %s: %v", of, name, ps)
	return ""
}

// What is said of peers is about the trees that go by that name, and about keys that are bound
// to it; of a name that more than one tree goes by it is asked back, unless a key has it.
func TestAllow(t *testing.T) {
	u := newUser(t)
	u.write("a/f", "text")
	u.mkdir("here/docs", "there/docs", "c")
	for _, name := range []string{"here/docs", "there/docs", "c"} {
		u.sync("a", name) // two trees are called desk:docs, one is called desk:c
	}
	id := u.idOf("c", "a")
	const stranger = "00000000deadbeef"
	for _, step := range []struct {
		of     string
		may    config.Rights
		remove bool
		met    bool
		wrong  bool
		want   string
	}{
		{of: "desk:c", may: config.Read, met: true, want: "key desk:c read, c read"},
		{of: u.at("c"), may: config.Add, met: true, want: "key desk:c read, key PATH read,write, c read,write"},
		{of: "desk:c", remove: true, met: true, want: "key PATH read,write"},
		{of: u.at("c"), remove: true, met: true, want: "none"},
		{of: id, may: config.Nobody, met: true, want: "key c none, c none"},
		{of: id, remove: true, met: true, want: "none"},
		{of: stranger, may: config.Read, want: "key " + stranger + " read, " + stranger + " read"},
		{of: stranger, remove: true, want: "none"},
		{of: "desk:docs", may: config.Read, wrong: true, want: "none"},
		{of: "backup", may: config.Add, want: "key backup read,write"},
		{of: "", may: config.Nobody, want: "others none, key backup read,write"},
		{of: "backup", remove: true, want: "others none"},
		{of: "", may: config.All, want: "none"},
	} {
		met, err := replica.Allow(u.at("a"), []replica.Permit{{Peer: step.of, May: step.may, Remove: step.remove}}, replica.Options{})
		if (err != nil) != step.wrong || err == nil && met[0] != step.met {
			t.Errorf("%q may %v: met %v, %v", step.of, step.may, met, err)
		}
		if got := u.access("a", id); got != step.want {
			t.Errorf("after %q may %v (removed: %v): %s, not %s", step.of, step.may, step.remove, got, step.want)
		}
	}
}

// A key that has its grant keeps that name, however many trees call themselves so.
func TestKeysKeepTheirNames(t *testing.T) {
	u := newUser(t)
	u.mkdir("a", "here/docs", "there/docs", "aside")
	u.write("a/f", "text")
	u.sync("a", "aside")
	u.allow("a", replica.Permit{Peer: "desk:docs", May: config.Add})
	u.sync("a", "here/docs")
	u.sync("a", "there/docs")
	u.allow("a", replica.Permit{Peer: "desk:docs", May: config.Read})
	if got := u.access("a", "-"); got != "key desk:docs read" {
		t.Error(got)
	}
}

// access is the list of a tree, in words.
func (u *user) access(name, id string) string {
	u.Helper()
	a, err := replica.ReadAccess(u.at(name))
	u.must(err)
	if a == nil {
		return "none"
	}
	var said []string
	if a.Default != config.All {
		said = append(said, fmt.Sprint("others ", a.Default))
	}
	for _, g := range a.Grants {
		who := strings.NewReplacer(id, "c", u.at("c"), "PATH").Replace(g.Peer)
		if g.Key {
			who = "key " + who
		}
		said = append(said, fmt.Sprintf("%s %v", who, g.May))
	}
	return strings.Join(said, ", ")
}

// What a peer may not do is not done, whichever tree the run is started from, and is told; what
// it may is done all the same.
func TestWhatPeersMayDo(t *testing.T) {
	for _, c := range []struct {
		may                     config.Rights
		problem                 []string // of a
		refused                 bool
		new, edited, gone, mine string // what a holds then, and b
	}{
		{may: config.All, new: "by b", edited: "edited by b", mine: "by a"},
		{may: config.Add, problem: []string{"a gone: deleted elsewhere, and nothing is deleted here"},
			new: "by b", edited: "edited by b", gone: "text", mine: "by a"},
		{may: config.Read, problem: []string{"a edited: changed elsewhere, and who brings it may only read this tree",
			"a gone: changed elsewhere, and who brings it may only read this tree", "a new: changed elsewhere, and who brings it may only read this tree"},
			edited: "text", gone: "text", mine: "by a"},
		{may: config.Nobody, refused: true, edited: "text", gone: "text"},
	} {
		for _, order := range [][]string{{"a", "b"}, {"b", "a"}, {"c", "b", "a"}} {
			u := newUser(t)
			u.write("a/edited", "text")
			u.write("a/gone", "text")
			u.mkdir("c")
			u.sync("a", "b")
			u.sync("a", "c")
			u.allow("a", replica.Permit{Peer: u.at("b"), May: c.may})
			u.write("a/mine", "by a")
			u.write("b/new", "by b")
			u.write("b/edited", "edited by b")
			u.remove("b/gone")
			r := u.run(latussync.Options{}, at(order...)...)
			if cause, no := causeOf(r.err); no != c.refused || no && cause != peer.NotAllowed {
				t.Fatalf("%v, %v: %v", c.may, order, r.err)
			}
			if !slices.Equal(r.problems, c.problem) {
				t.Errorf("%v, %v: problems %q", c.may, order, r.problems)
			}
			u.holds("a/new", c.new)
			u.holds("a/edited", c.edited)
			u.holds("a/gone", c.gone)
			u.holds("b/mine", c.mine)

			// What was held back comes as soon as it may.
			u.allow("a", replica.Permit{Peer: u.at("b"), Remove: true})
			u.sync("a", "b")
			u.holds("a/new", "by b")
			u.holds("a/edited", "edited by b")
			u.holds("a/gone", "")
		}
	}
}

// Who comes with a key may what is said of the key, whatever its tree may; who says nothing of
// himself may what all others may.
func TestWhoIsServed(t *testing.T) {
	for _, c := range []struct {
		name   string
		others config.Rights
		key    string
		may    config.Rights // of the key
		silent bool          // Refused: no greeting yet
		whole  bool          // b gets what a has
		brings bool
	}{
		{name: "nothing is said", key: "guest", silent: true, whole: true, brings: true},
		{name: "others may not", others: config.Nobody},
		{name: "others may read", others: config.Read, silent: true, whole: true},
		{name: "others may not, the key may", others: config.Nobody, key: "guest", may: config.All, silent: true, whole: true, brings: true},
		{name: "others may, the key reads", key: "guest", may: config.Read, silent: true, whole: true},
		{name: "others may, the key may not", key: "guest", may: config.Nobody},
	} {
		u := newUser(t)
		u.write("a/f", "text")
		u.mkdir("other")
		u.sync("a", "other")
		changes := []replica.Permit{{May: c.others}}
		if c.key != "" && c.name != "nothing is said" {
			changes = append(changes, replica.Permit{Peer: c.key, May: c.may})
		}
		u.allow("a", changes...)
		u.write("b/g", "by b")
		served := place{"a", replica.Options{Peer: c.key, Served: true}}
		err := replica.Refused(u.at("a"), served.options())
		if cause, no := causeOf(err); no == c.silent || no && cause != peer.NotAllowed {
			t.Errorf("%s: who says nothing is told %v", c.name, err)
		}
		r := u.run(latussync.Options{}, place{name: "b"}, served)
		if _, no := causeOf(r.err); no == c.whole {
			t.Errorf("%s: %v", c.name, r.err)
		}
		want := map[bool]string{true: "text"}
		u.holds("b/f", want[c.whole])
		want[true] = "by b"
		u.holds("a/g", want[c.brings])
	}
	u := newUser(t)
	u.write("new/f", "text")
	if err := replica.Refused(u.at("new"), replica.Options{Served: true}); err != nil {
		t.Errorf("a directory that is no tree has no list, and says %v", err)
	}
}
