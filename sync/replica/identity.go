package replica

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"latus/index"
	"latus/sync/config"
	"latus/sync/peer"
	"latus/sync/site"
	"latus/sync/tree"
)

// A tree that is copied with its .latus, or put back from a backup, has the peer
// id of another tree, or of its own future. Whatever is merged goes by tags, so
// nothing is lost or brought back by that. But two trees of one name are one too
// few in everybody's notes; so the copy takes an id of its own as soon as anybody
// can tell, and goes on with what it knows.

// recognise gives the tree another id if it turns out to be a copy: of one that
// stands where this one stood, of one of the run, or of one whose generations the
// hub knows and this tree does not.
func (r *Replica) recognise(here peer.Place) error {
	for _, o := range r.hello.Others {
		if o.Peer == r.cfg.PeerID() {
			r.rename("it has the same id as another tree of this run")
			return nil
		}
	}
	if r.estranged(r.hello.Counts) {
		r.rename("others know a later state of it")
		return nil
	}
	copied, err := r.copied(here)
	if copied {
		r.rename("the tree it was copied from is at " + r.cfg.Home.Path)
	}
	return err
}

// estranged tells whether others know generations of this tree that it does not
// know itself: it was put back from a backup, or has a twin.
func (r *Replica) estranged(others []index.Count) bool {
	own := func(c index.Count) bool { return c.Author == r.cfg.PeerID() }
	var n uint64
	if i := slices.IndexFunc(r.counts, own); i >= 0 {
		n = r.counts[i].N
	}
	return slices.ContainsFunc(others, func(c index.Count) bool {
		return own(c) && (c.N > n || len(r.x.Knowledge().Forked([]index.Count{c})) > 0)
	})
}

// copied tells whether this directory is a copy of the one that stands where this
// tree stood last. A tree that was moved, or that is mounted at another place,
// finds nothing there, or itself.
func (r *Replica) copied(here peer.Place) (bool, error) {
	last := r.cfg.Home
	if _, ours := r.site.(site.Folder); !ours || last == nil || !peer.SameMachine(last.Machine, here.Machine) || last.Path == here.Path {
		return false, nil
	}
	old := site.Folder{Path: last.Path}
	if there := old.Place(r.o.Host); there.Inode == 0 || there.Inode == here.Inode && there.Device == here.Device {
		return false, nil
	}
	// Whatever is wrong with that place is no concern of this run.
	t, err := old.Open()
	if err != nil {
		return false, nil
	}
	defer t.Close()
	dir, err := t.Open(index.Private)
	if err != nil {
		return false, nil
	}
	defer dir.Close()
	other := &site.Home{Tree: t, Dir: dir}
	if c, err := other.ReadConfig(); err != nil || c.Peer != r.cfg.Peer {
		return false, nil
	}
	same, err := r.shownAt(dir)
	return err == nil && !same, err
}

// shownAt tells whether dir is this tree's own private folder, seen through another
// mount: what is put into the one is in the other. A dry run, which puts nothing there,
// goes by the time at which the file that makes it a tree was changed: a copy was made later.
func (r *Replica) shownAt(dir tree.Dir) (bool, error) {
	if r.hello.Dry {
		mine, err := r.home.Dir.Stat(config.File)
		if err != nil {
			return true, nil
		}
		its, err := dir.Stat(config.File)
		return err != nil || its.Ctime == mine.Ctime, nil
	}
	name := fmt.Sprintf("here-%016x", r.random())
	f, err := r.home.Dir.Create(name, 0o600)
	if err != nil {
		return false, fmt.Errorf("%s: cannot write to %s: %w", r.o.Spec, index.Private, err)
	}
	f.Close()
	_, err = dir.Stat(name)
	return err == nil, r.home.Dir.Remove(name)
}

// recogniseAmong is the second look, when every other tree of the run has said
// who it is and what it knows. Nothing has been authored yet.
func (r *Replica) recogniseAmong(q peer.LookQuery) {
	here := r.site.Place(r.o.Host)
	for _, o := range q.Others {
		first := cmp.Or(cmp.Compare(o.Place.Machine, here.Machine), cmp.Compare(o.Place.Path, here.Path)) < 0
		if o.Peer == r.cfg.PeerID() && first {
			r.rename("it has the same id as another tree of this run")
		}
	}
	if r.estranged(q.To) || r.estranged(q.Verify) {
		r.rename("others know a later state of it")
	}
}

// recogniseLate is the last look: generations of this tree came in that it has not
// made.
func (r *Replica) recogniseLate() {
	id := r.cfg.PeerID()
	count := func(cs []index.Count) (n uint64) {
		for _, c := range cs {
			if c.Author == id {
				n = c.N
			}
		}
		return n
	}
	k := r.x.Knowledge()
	made := count(r.counts)
	for _, g := range r.drawn {
		if g.Author == id && k.Has(g) {
			made++
		}
	}
	if count(k.Counts()) > made {
		r.rename("others know a later state of it")
	}
}

// rename gives the tree an id of its own. It is written down with the next change
// to .latus; should there be none, the next run comes to the same.
func (r *Replica) rename(why string) {
	r.cfg.Former = append(slices.Clip(r.cfg.Former), config.Former{Peer: r.cfg.Peer, Name: r.cfg.Name})
	r.cfg.Peer = index.PeerID(r.random()).String()
	r.cfg.Name = treeName(r.o.Host, r.site.Place(r.o.Host).Path)
	r.renamed = why
	r.o.Log.Info("a copy takes an id of its own", "tree", r.o.Spec, "peer", r.cfg.Peer, "why", why)
}

// noteHome notes where the tree stands.
func (r *Replica) noteHome() {
	p := r.site.Place(r.o.Host)
	r.cfg.Home = &config.Home{Machine: p.Machine, Path: p.Path}
}

// treeName names a tree for people: host and directory.
func treeName(host, path string) string {
	host, _, _ = strings.Cut(host, ".")
	return host + ":" + filepath.Base(path)
}
