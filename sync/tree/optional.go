package tree

import (
	"time"

	"latus/index"
)

// What a Tree or a Dir may be able to do besides: each of these functions asks whether it has
// the method for that, and says what holds where it has not. There are Distant, Hinter, Leaser
// and Unlock, too, which have more to them. A Tree around another one has to pass them on.

// Expect is what a tree is taken for before Probe has been to it, as in a dry run
// of a first meeting, which writes nothing: as capable as its kind of filesystem
// usually is.
func Expect(t Tree) Traits {
	if e, ok := t.(interface{ Expect() Traits }); ok {
		return e.Expect()
	}
	return t.Traits()
}

// Filesystem names the filesystem that t is on and the way it is mounted, as one word: what
// Probe found holds as long as that is the same. "" where nobody can tell.
func Filesystem(t Tree) string {
	if f, ok := t.(interface{ Filesystem() string }); ok {
		return f.Filesystem()
	}
	return ""
}

// OwnersOf says who may own what in t; nil: nobody owns anything there.
func OwnersOf(t Tree) *Owners {
	if o, ok := t.(interface{ Owners() *Owners }); ok {
		return o.Owners()
	}
	return nil
}

// KeepsAttrs tells whether things in t can have extended attributes.
func KeepsAttrs(t Tree) bool {
	k, ok := t.(interface{ KeepsAttrs() bool })
	return ok && k.KeepsAttrs()
}

// MayMake is why nothing can be made right in the directory dir of t, of which no part is a
// link, as far as that can be told without trying; nil: nothing is known against it.
func MayMake(t Tree, dir index.Path) error {
	if m, ok := t.(interface{ MayMake(index.Path) error }); ok {
		return m.MayMake(dir)
	}
	return nil
}

// Adopt gives those of paths, in the private folder, that root has made since then to whom the
// root of the tree belongs. Who runs latus as root once must not lock the owner of a tree out
// of what is known of it. What was there before, what has other names or lies on another
// filesystem, and all of it where nothing tells when things were made, is left alone: others
// may have put it there. Nor does it matter if it cannot be done.
func Adopt(t Tree, paths []index.Path, since time.Time) {
	if a, ok := t.(interface{ Adopt([]index.Path, time.Time) }); ok {
		a.Adopt(paths, since)
	}
}

// KeepOwner gives name in d, a file that root has just made, to whom old in from belongs, whose
// place it is to take: a run that does not look at owners changes none. Where it cannot be done
// the file stays root's.
func KeepOwner(d Dir, name string, from Dir, old string) {
	if k, ok := d.(interface {
		KeepOwner(name string, from Dir, old string)
	}); ok {
		k.KeepOwner(name, from, old)
	}
}

// Inherits tells whether what is made in the held directory d gets something from it
// that what is moved there does not: its group, or a default access list. An error is
// taken for yes.
func Inherits(d Dir) bool {
	info, err := d.Self()
	if err != nil || info.Mode&setGroup != 0 {
		return true
	}
	lists, ok := d.(interface{ defaultACL() bool })
	return ok && lists.defaultACL()
}

const setGroup = 0o2000
