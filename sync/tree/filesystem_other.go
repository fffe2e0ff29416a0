//go:build !windows && ((!linux && !darwin) || osroot)

package tree

import "runtime"

// Filesystem tells one system from another, and no more.
func (t *Disk) Filesystem() string { return fingerprint(runtime.GOOS) }
