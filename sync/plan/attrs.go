package plan

import "latus/index"

// attributed is the register of extended attributes after f was found at e, as w. That
// there are none goes without saying of what stood there when the tree was first looked
// at, and where another tree's version came to. Of what is new, or came from elsewhere, it
// is told: another tree may have its content where there are some.
func attributed(e *index.Entry, f Found, w index.Witness, shown index.Head, a Authoring, edited bool) index.AttrsReg {
	if !a.Attrs && e.Attrs.Value == "" {
		return e.Attrs // nobody looks, or ever did
	}
	others := shown.First || shown.Gen.Author != a.Gen.Author
	return registered(e.Attrs, sight[index.Attrs]{
		seen: a.Attrs && f.Attrs != "", known: e.Witness.Attrs.Known(), moved: e.Witness.Attrs != w.Attrs,
		value: f.Attrs, usual: f.Attrs == index.NoAttrs && (!edited && others || a.First) && shown.Origin == nil && len(shown.Lineage) == 0,
		plain:   f.Attrs == "" || f.Attrs == index.NoAttrs,
		adopted: func(v index.Attrs) bool { return v.Sum() == w.Attrs },
	}, e, w, shown, a, edited)
}

// bared is the register of a path of which one tree has dropped what the other one has. If
// it looks at attributes, there are none there, and whoever still shows some has to be
// told. Both trees come to the same.
func bared(mine, theirs index.AttrsReg, r MergeRule) index.AttrsReg {
	var was index.AttrsReg
	switch {
	case mine.Set() && r.Theirs.Attrs:
		was = mine
	case theirs.Set() && r.Mine.Attrs:
		was = theirs
	}
	if was.Set() && was.Value != index.NoAttrs {
		was.Value, was.Stamp = index.NoAttrs, next(was.Stamp)
	}
	return was
}

// unlike tells whether the disk has yet to take attributes over from others.
func unlike(r index.AttrsReg, w index.Witness) bool {
	return (w.Kind == index.File || w.Kind == index.Dir) && w.Attrs.Known() && r.Value != "" && r.Value.Sum() != w.Attrs
}

// attrs is what n shall have; "": what is there is left alone. had: it may have some
// already.
func (m *maker) attrs(n *node, had bool) index.Attrs {
	if !m.in.Disk.Attrs || n.want.Kind != index.File && n.want.Kind != index.Dir {
		return ""
	}
	if n.entry != nil && n.entry.Attrs.Set() {
		return n.entry.Attrs.Value
	}
	if had {
		return "" // nobody knows which
	}
	return index.NoAttrs
}

// unlike tells whether what the disk shows at n is to have other attributes.
func (m *maker) unlike(n *node, w index.Witness) bool {
	return m.in.Disk.Attrs && n.entry != nil && unlike(n.entry.Attrs, w)
}
