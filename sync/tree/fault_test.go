package tree

import (
	"errors"
	"fmt"
	"io/fs"
	"testing"
)

// One error reads the same in every layer: as what went wrong, for whoever reports it
// names the path and what was to be done with it.
func TestReason(t *testing.T) {
	denied := &fs.PathError{Op: "renameat", Path: "some/name", Err: fs.ErrPermission}
	for want, err := range map[string]error{
		fs.ErrPermission.Error(): denied,
		ErrNoSpace.Error():       fmt.Errorf("writing the list: %w", &fs.PathError{Op: "write", Path: "list", Err: ErrNoSpace}),
		"out of luck":            errors.New("out of luck"),
		"a: b":                   fmt.Errorf("a: %w", errors.New("b")),
		"not a directory":        &fs.PathError{Op: "open", Path: "x", Err: fmt.Errorf("%w", errors.New("not a directory"))},
		ErrReadOnly.Error():      errors.Join(&fs.PathError{Op: "mkdir", Path: "x", Err: ErrReadOnly}, denied),
	} {
		if got := Reason(err); got != want {
			t.Errorf("%v: %q, not %q", err, got, want)
		}
	}
}
