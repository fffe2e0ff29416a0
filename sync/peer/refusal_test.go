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

// Who is told an older cause knows that one.
func TestOlderCausesWereThereFirst(t *testing.T) {
	for c := Fatal; c <= LastCause; c++ {
		o := c.Older()
		if !c.Is(c) || !c.Is(o) || c != o && o.Is(c) {
			t.Errorf("cause %d is told as %d", c, o)
		}
		if o > c || c > NotAllowed && o > NotAllowed || c > WrongSpeech && c <= NotAllowed && o > WrongSpeech {
			t.Errorf("cause %d is told as %d, which is no older", c, o)
		}
		if c > WrongSpeech && o == c {
			t.Errorf("cause %d has no older one", c)
		}
	}
	if !NoSpace.Is(NoTree) || !OtherVersion.Is(WrongSpeech) || NoTree.Is(NoSpace) || Busy.Is(Fatal) {
		t.Error("kinds of causes are mixed up")
	}
}
