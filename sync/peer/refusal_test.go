package peer

import (
	"errors"
	"fmt"
	"io/fs"
	"syscall"
	"testing"

	"latus/index"
	"latus/sync/tree"
)

func TestCannotUse(t *testing.T) {
	for _, c := range []struct {
		err  error
		want Cause
	}{
		{fmt.Errorf("read index.jsonl: %w", fs.ErrPermission), NoPermission},
		{&fs.PathError{Op: "open", Path: "x", Err: syscall.EPERM}, NoPermission},
		{tree.ErrReadOnly, NoWriting},
		{fmt.Errorf("lock: %w", syscall.EROFS), NoWriting},
		{&fs.PathError{Op: "write", Path: "x", Err: tree.ErrNoSpace}, NoSpace},
		{syscall.ENOSPC, NoSpace},
		{fmt.Errorf("%w: format 9", index.ErrNewer), NewerTree},
		{errors.New("input/output error"), Unreadable},
	} {
		if got := CannotUse(c.err); got != c.want {
			t.Errorf("%v: cause %d, not %d", c.err, got, c.want)
		}
	}
}
