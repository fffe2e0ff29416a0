//go:build (linux || darwin) && !osroot

package tree

import (
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"latus/index"
)

// KeepsAttrs tells whether files here can have extended attributes: one that nobody has
// is missing then, and else cannot be asked for.
func (t *Disk) KeepsAttrs() bool {
	err := retry(func() error { _, err := unix.Fgetxattr(t.fd, attrPrefix+"latus.none", nil); return err })
	return (err == nil || err == noAttr) && t.attrsAreReal()
}

func (d *diskDir) Attrs(name string) (index.Attrs, error) {
	fd, done, err := d.attrFd(name)
	if err != nil {
		return "", Fault("attrs", name, err)
	}
	defer done()
	list, err := attrsOf(fd)
	if err != nil {
		return "", Fault("attrs", name, err)
	}
	a, err := index.MakeAttrs(list)
	return a, Fault("attrs", name, err)
}

func (d *diskDir) SetAttrs(name string, a index.Attrs) error {
	wanted := a.List()
	if slices.ContainsFunc(wanted, func(x index.Attr) bool { return !keptAttr(x.Name) }) {
		return Fault("setattrs", name, ErrUnsupported) // the next look would miss it
	}
	fd, done, err := d.attrFd(name)
	if err != nil {
		return Fault("setattrs", name, err)
	}
	defer done()
	list, err := attrsOf(fd)
	if err != nil {
		return Fault("setattrs", name, err)
	}
	has := map[string]string{}
	for _, x := range list {
		has[x.Name] = x.Value
	}
	wanted = slices.DeleteFunc(wanted, func(x index.Attr) bool {
		value, there := has[x.Name]
		if there = there && value == x.Value; there {
			delete(has, x.Name)
		}
		return there
	})
	for old := range has { // which makes room, or is replaced
		if slices.ContainsFunc(wanted, func(x index.Attr) bool { return x.Name == old }) {
			continue
		}
		err := retry(func() error { return unix.Fremovexattr(fd, attrPrefix+old) })
		if err != nil && err != noAttr {
			return Fault("setattrs", name, err)
		}
	}
	for _, x := range wanted {
		if err := retry(func() error { return unix.Fsetxattr(fd, attrPrefix+x.Name, []byte(x.Value), 0) }); err != nil {
			return Fault("setattrs", name, err)
		}
	}
	return nil
}

// attrFd opens a file or directory for its attributes; "" is the held directory itself.
func (d *diskDir) attrFd(name string) (fd int, done func(), err error) {
	if name == "" {
		return d.fd, func() {}, nil
	}
	if !ValidName(name) {
		return -1, nil, ErrBadName
	}
	const flags = unix.O_RDONLY | unix.O_NOFOLLOW | unix.O_NONBLOCK | unix.O_NOCTTY | unix.O_CLOEXEC
	fd, err = retryFd(func() (int, error) { return unix.Openat(d.fd, name, flags, 0) })
	if err == unix.ELOOP {
		err = ErrIsLink
	}
	return fd, func() { unix.Close(fd) }, err
}

// attrsOf reads the attributes that are kept.
func attrsOf(fd int) (list []index.Attr, err error) {
	names, err := attrBytes(func(b []byte) (int, error) { return unix.Flistxattr(fd, b) })
	if err != nil {
		return nil, err
	}
	for _, full := range strings.Split(names, "\x00") {
		name, ok := strings.CutPrefix(full, attrPrefix)
		if !ok || name == "" || !keptAttr(name) {
			continue
		}
		value, err := attrBytes(func(b []byte) (int, error) { return unix.Fgetxattr(fd, full, b) })
		if err == noAttr {
			continue // removed at this moment
		}
		if err != nil {
			return nil, err
		}
		list = append(list, index.Attr{Name: name, Value: value})
	}
	return list, nil
}

// attrBytes reads what may be of any size.
func attrBytes(get func([]byte) (int, error)) (string, error) {
	var room [512]byte
	for buf := room[:]; ; buf = make([]byte, 8*len(buf)) {
		n, err := retryFd(func() (int, error) { return get(buf) })
		switch {
		case err == nil:
			return string(buf[:n]), nil
		case err == unix.E2BIG, err == unix.ERANGE && len(buf) > 2*index.MaxAttrs:
			return "", index.ErrManyAttrs
		case err != unix.ERANGE:
			return "", err
		}
	}
}
