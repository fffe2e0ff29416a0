package tree

// ownerWrite is what the owner of a directory needs to change names in it.
const ownerWrite = 0o300

// Unlock lets the owner of the held directory d change names in it, for the
// moment: call it after fs.ErrPermission, try again, then call restore, which
// puts the mode back. Where the mode was not in the way, nothing is changed, and
// restore does nothing. It fails with fs.ErrPermission for another's directory,
// with ErrUnsupported where d cannot change its own mode.
//
// Between the two calls a kill leaves the directory writable: whoever records
// what he is about to do records the mode as well.
func Unlock(d Dir) (restore func() error, err error) {
	info, err := d.Self()
	if err != nil {
		return nil, err
	}
	if info.Mode&ownerWrite == ownerWrite {
		return func() error { return nil }, nil
	}
	self, ok := d.(interface{ ChmodSelf(mode uint32) error })
	if !ok {
		return nil, Fault("chmod", ".", ErrUnsupported)
	}
	if err := self.ChmodSelf(info.Mode | ownerWrite); err != nil {
		return nil, err
	}
	return func() error { return self.ChmodSelf(info.Mode) }, nil
}
