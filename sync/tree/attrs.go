package tree

// KeepsAttrs tells whether things in t can have extended attributes.
func KeepsAttrs(t Tree) bool {
	k, ok := t.(interface{ KeepsAttrs() bool })
	return ok && k.KeepsAttrs()
}
