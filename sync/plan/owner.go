package plan

import "latus/index"

// Owners is what planning has to know of who owns things on a machine, in a run that
// looks at owners. *tree.Owners is one.
type Owners interface {
	Name(index.IDs) index.Owner                  // what the owner with these ids is called everywhere
	Want(o index.Owner, now index.IDs) index.IDs // the ids of an owner here; parts that may not be set stay as they are now
	Users() bool                                 // users can be set here, and not only groups
}

// owned is the owner register after w was found at e. Parts that do not stick here stay
// as others set them.
func owned(e *index.Entry, w index.Witness, shown index.Head, a Authoring, edited bool) index.OwnerReg {
	if a.Owners == nil && e.Owner.Value == "" {
		return e.Owner // nobody looks, or ever did
	}
	s := sight[index.Owner]{seen: a.Owners != nil && w.Owner.Known(), plain: true}
	if s.seen {
		was, is := e.Witness.Owner, a.Owners.Name(w.Owner)
		s.known, s.moved, s.value = was.Known(), moved(was, w.Owner, a), is
		s.adopted = func(o index.Owner) bool { return a.Owners.Want(o, w.Owner) == w.Owner }
		s.over = func(o index.Owner) index.Owner {
			another := edited && e.Witness.Kind != w.Kind
			user, group := o.User(), o.Group()
			if (another || was.User != w.Owner.User) && a.Owners.Users() {
				user = is.User()
			}
			if another || was.Group != w.Owner.Group {
				group = is.Group()
			}
			return index.MakeOwner(user, group)
		}
	}
	return registered(e.Owner, s, e, w, shown, a, edited)
}

// moved tells whether an owner is another one, as far as that is an edit here.
func moved(was, is index.IDs, a Authoring) bool {
	return was.User != is.User && a.Owners.Users() || was.Group != is.Group
}

// disowned tells whether the disk has yet to take an owner over from others.
func disowned(r index.OwnerReg, w index.Witness, a Authoring) bool {
	return a.Owners != nil && w.Kind.Live() && w.Owner.Known() && r.Value != "" &&
		a.Owners.Want(r.Value, w.Owner) != w.Owner
}

// owner is the ids that n shall have, now being those that it has: zero parts are
// left alone.
func (m *maker) owner(n *node, now index.IDs) index.IDs {
	if m.in.Disk.Owners == nil || n.entry == nil || n.entry.Owner.Value == "" {
		return index.IDs{}
	}
	return m.in.Disk.Owners.Want(n.entry.Owner.Value, now)
}

// disowned tells whether what the disk shows at n is to be given to somebody else.
func (m *maker) disowned(n *node, w index.Witness) bool {
	o := m.owner(n, w.Owner)
	return w.Owner.Known() && o.Known() && o != w.Owner
}
