//go:build !linux && !darwin

package tree

import "os"

func fsync(f *os.File) error { return f.Sync() }
