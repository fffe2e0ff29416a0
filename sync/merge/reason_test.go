package merge

import (
	"errors"
	"fmt"
	"io/fs"
	"testing"

	"latus/sync/trash"
	"latus/sync/tree"
)

// A problem of a path is worded as in every other layer, and what somebody changed is
// said to be that, whatever else came of it.
func TestReasonOfAProblem(t *testing.T) {
	denied := &fs.PathError{Op: "renameat2", Path: "t.1", Err: fs.ErrPermission}
	if got, want := reason(denied), tree.Reason(denied); got != want {
		t.Errorf("%q, not %q", got, want)
	}
	changed := errors.Join(trash.ErrChanged, fmt.Errorf("%w: %w", trash.ErrStranded, denied))
	if got := reason(changed); got != trash.ErrChanged.Error() {
		t.Errorf("%q", got)
	}
}
