package tree

import "path/filepath"

// Identity tells which directory stands at path, following links: two paths
// with the same dev and ino are the same directory. It opens nothing that it
// keeps.
func Identity(path string) (real string, dev, ino uint64, err error) {
	if real, err = realPath(path); err != nil {
		return "", 0, 0, err
	}
	dev, ino, err = deviceInode(real)
	return real, dev, ino, err
}

// realPath is the absolute path of a directory without links in it.
func realPath(path string) (string, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	return filepath.EvalSymlinks(abs)
}
