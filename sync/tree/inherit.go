package tree

const setGroup = 0o2000

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
