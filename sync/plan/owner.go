package plan

import "latus/index"

// Owners is what planning has to know of who owns things on a machine, in a run that
// looks at owners. *tree.Owners is one.
type Owners interface {
	Name(index.IDs) index.Owner                  // what the owner with these ids is called everywhere
	Want(o index.Owner, now index.IDs) index.IDs // the ids of an owner here; parts that may not be set stay as they are now
	Users() bool                                 // users can be set here, and not only groups
}

// guess is when an owner was set that somebody saw on a version of another tree.
const guess = 1

// owned is the owner register after w was found at e, whose versions are acknowledged
// and of which shown is displayed. What this disk was acknowledged with counts, as for
// modes: a run that did not look at owners left that unknown, and whatever the disk
// shows then is no edit. Parts that do not stick here stay as others set them.
//
// A path that nobody ever said the owner of gets the one that it has, as old as its
// version; but where the version is another tree's, that one knows better. What is new
// at a path of something that is gone has nobody's owner where none was looked at.
func owned(e *index.Entry, w index.Witness, shown index.Head, a Authoring, edited bool) index.OwnerReg {
	another := edited && e.Witness.Kind != w.Kind && w.Kind.Live() // not what had the owner that is registered
	if a.Owners == nil || !w.Owner.Known() || !w.Kind.Live() {
		if another && e.Owner.Owner != "" {
			return index.OwnerReg{Stamp: max(a.Now, e.Owner.Stamp+1), Gen: a.Gen}
		}
		return e.Owner
	}
	r := index.OwnerReg{Owner: a.Owners.Name(w.Owner), Stamp: a.Now, Gen: a.Gen}
	was := e.Witness.Owner
	guessed := e.Owner.Stamp == guess && !was.Known() && shown.Gen.Author == a.Gen.Author && e.Owner.Gen.Author != a.Gen.Author
	if e.Owner.Owner == "" || guessed {
		switch {
		case !edited && was.Known() && !moved(was, w.Owner, a):
			return e.Owner
		case edited:
			r.Stamp = shown.Utime
		case was.Known(): // given to somebody since
		case shown.Gen.Author == a.Gen.Author:
			r.Stamp = shown.Utime
		default:
			r.Stamp = guess // and no later, whatever it takes the place of
			return r
		}
		r.Stamp = max(r.Stamp, e.Owner.Stamp+1)
		return r
	}
	r.Stamp = max(r.Stamp, e.Owner.Stamp+1)
	switch {
	case another:
		was = index.IDs{}
	case !was.Known() || !moved(was, w.Owner, a):
		return e.Owner
	}
	if !disowned(e.Owner, w, a) {
		return e.Owner // as others have it, whatever it is called
	}
	user, group := e.Owner.Owner.User(), e.Owner.Owner.Group()
	if was.User != w.Owner.User && a.Owners.Users() {
		user = r.Owner.User()
	}
	if was.Group != w.Owner.Group {
		group = r.Owner.Group()
	}
	if r.Owner = index.MakeOwner(user, group); r.Owner == e.Owner.Owner {
		return e.Owner
	}
	return r
}

// moved tells whether an owner is another one, as far as that is an edit here.
func moved(was, is index.IDs, a Authoring) bool {
	return was.User != is.User && a.Owners.Users() || was.Group != is.Group
}

// disowned tells whether the disk has yet to take an owner over from others.
func disowned(r index.OwnerReg, w index.Witness, a Authoring) bool {
	return a.Owners != nil && w.Kind.Live() && w.Owner.Known() && r.Owner != "" &&
		a.Owners.Want(r.Owner, w.Owner) != w.Owner
}

// owner is the ids that n shall have, now being those that it has: zero parts are
// left alone.
func (m *maker) owner(n *node, now index.IDs) index.IDs {
	if m.in.Disk.Owners == nil || n.entry == nil || n.entry.Owner.Owner == "" {
		return index.IDs{}
	}
	return m.in.Disk.Owners.Want(n.entry.Owner.Owner, now)
}

// disowned tells whether what the disk shows at n is to be given to somebody else.
func (m *maker) disowned(n *node, w index.Witness) bool {
	o := m.owner(n, w.Owner)
	return w.Owner.Known() && o.Known() && o != w.Owner
}
