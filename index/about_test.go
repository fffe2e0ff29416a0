package index

import (
	"errors"
	"fmt"
	"io/fs"
	"testing"
)

// An error of a store's file names operation and file once, whatever the store says itself.
func TestErrorsNameTheFileOnce(t *testing.T) {
	for err, want := range map[error]string{
		fs.ErrPermission: "read index.jsonl: permission denied",
		&fs.PathError{Op: "read", Path: FileName, Err: fs.ErrPermission}:                             "read index.jsonl: permission denied",
		fmt.Errorf("%w", errors.Join(&fs.PathError{Op: "seek", Path: FileName, Err: fs.ErrInvalid})): "seek index.jsonl: invalid argument",
		&fs.PathError{Op: "open", Path: "/t/.latus/key", Err: fs.ErrPermission}:                      "read index.jsonl: open /t/.latus/key: permission denied",
	} {
		if got := about("read", FileName, err); got.Error() != want || !errors.Is(got, err) {
			t.Errorf("%v became %v, want %s", err, got, want)
		}
	}
}
