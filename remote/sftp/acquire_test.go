package sftp

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"latus/index"
	"latus/sync/tree"
)

// A run that is to end does not wait until the lease of a killed run counts no more.
func TestStoppedWhileItWaitsForALease(t *testing.T) {
	root := newRoot(t)
	lease := filepath.Join(root, index.Private, tree.LeaseName)
	if err := errors.Join(os.Mkdir(filepath.Dir(lease), 0o755), os.WriteFile(lease, nil, 0o644)); err != nil {
		t.Fatal(err)
	}
	tr := newSFTPTree(otherSFTP(t), "host", root)
	stop := make(chan struct{})
	close(stop)
	tr.stop = stop
	if err := tr.Lease("a run"); !errors.Is(err, context.Canceled) {
		t.Errorf("the lease: %v", err)
	}
	if _, err := os.Stat(lease); err != nil {
		t.Error(err)
	}
	tr.stop = nil
	if err := tr.Lease("a run"); err != nil {
		t.Errorf("not stopped: %v", err)
	}
	if err := tr.lease.release(); err != nil {
		t.Error(err)
	}
}
