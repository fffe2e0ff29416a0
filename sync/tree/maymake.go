package tree

// MayMake is why nothing can be made right in the root of t, as far as that can be told
// without trying; nil: nothing is known against it.
func MayMake(t Tree) error {
	if m, ok := t.(interface{ MayMake() error }); ok {
		return m.MayMake()
	}
	return nil
}
