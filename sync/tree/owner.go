package tree

import (
	"sync"

	"latus/index"
)

// Owners says what the owners of files are called on a machine, and which of them
// this process may set. Names are looked up once. Its methods may be called by
// several goroutines.
type Owners struct {
	Any    bool                         // every user and group may be set
	Member func(group uint32) bool      // without Any: a group that may be. nil: none
	Mapped func(user, group int64) bool // with Any: whether they exist here; -1: not asked. nil: all do
	Lookup Lookup

	mu    sync.Mutex
	named map[index.IDs]index.Owner
	ids   map[index.Owner]index.IDs
}

// Lookup asks the system who is who. Each function may be nil: nobody is known.
type Lookup struct {
	UserName, GroupName func(id uint32) (string, bool)
	UserID, GroupID     func(name string) (uint32, bool)
}

// Users tells whether users can be set, and not only groups.
func (o *Owners) Users() bool { return o.Any }

// Name is what the owner with these ids, which are known, is called everywhere.
func (o *Owners) Name(i index.IDs) index.Owner {
	o.mu.Lock()
	defer o.mu.Unlock()
	if name, ok := o.named[i]; ok {
		return name
	}
	user, group := index.Name{ID: i.User - 1}, index.Name{ID: i.Group - 1}
	if o.Lookup.UserName != nil {
		user.Name, _ = o.Lookup.UserName(user.ID)
	}
	if o.Lookup.GroupName != nil {
		group.Name, _ = o.Lookup.GroupName(group.ID)
	}
	name := index.MakeOwner(user, group)
	if o.named == nil {
		o.named = map[index.IDs]index.Owner{}
	}
	o.named[i] = name
	return name
}

// Want is the ids that an owner has here: by name where there is such a name, else by
// number. Parts that may not be set stay as they are now.
func (o *Owners) Want(owner index.Owner, now index.IDs) index.IDs { return o.May(o.of(owner), now) }

// of finds the ids of an owner. The caches are bounded by what a tree has, and what
// peers send of owners each costs a whole entry.
func (o *Owners) of(owner index.Owner) index.IDs {
	o.mu.Lock()
	defer o.mu.Unlock()
	if i, ok := o.ids[owner]; ok {
		return i
	}
	user, group := owner.User(), owner.Group()
	if o.Lookup.UserID != nil && user.Name != "" {
		if id, ok := o.Lookup.UserID(user.Name); ok {
			user.ID = id
		}
	}
	if o.Lookup.GroupID != nil && group.Name != "" {
		if id, ok := o.Lookup.GroupID(group.Name); ok {
			group.ID = id
		}
	}
	i := index.NewIDs(user.ID, group.ID)
	if o.ids == nil {
		o.ids = map[index.Owner]index.IDs{}
	}
	o.ids[owner] = i
	return i
}

// May is want, with now for what may not be set.
func (o *Owners) May(want, now index.IDs) index.IDs {
	switch {
	case want.User == now.User:
	case !o.Any, o.Mapped != nil && !o.Mapped(int64(want.User)-1, -1):
		want.User = now.User
	}
	switch {
	case want.Group == now.Group:
	case !o.Any && (o.Member == nil || !o.Member(want.Group-1)), o.Any && o.Mapped != nil && !o.Mapped(-1, int64(want.Group)-1):
		want.Group = now.Group
	}
	return want
}
