package merge

import (
	"errors"
	"fmt"
	"io/fs"
	"testing"

	"latus/sync/reason"
	"latus/sync/trash"
	"latus/sync/tree"
)

// A problem of a path is worded as in every other layer, and what somebody changed is
// said to be that, whatever else came of it.
func TestReasonOfAProblem(t *testing.T) {
	denied := &fs.PathError{Op: "renameat2", Path: "t.1", Err: fs.ErrPermission}
	if got, want := why(denied), tree.Why(denied); got != want || want.Code != reason.NoAccess {
		t.Errorf("%+v, not %+v", got, want)
	}
	changed := errors.Join(trash.ErrChanged, fmt.Errorf("%w: %w", trash.ErrStranded, denied))
	if got := why(changed); got != reason.Words(trash.ErrChanged.Error()) {
		t.Errorf("%+v", got)
	}
}
