package tree

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
