// Package goroutines tells tests what their goroutines do: which ones are left, and whether
// one waits for a lock. Both take the time that a busy machine needs.
package goroutines

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// patience is what a machine may need that has a lot else to do. Only what never happens is
// waited for that long.
const patience = 3 * time.Minute

func left(options []goleak.Option) (err error) {
	for end := time.Now().Add(patience); time.Now().Before(end); {
		// It waits for half a second in all: no proof that something never ends.
		if err = goleak.Find(options...); err == nil {
			break
		}
	}
	return err
}

// NoneLeft fails the test if goroutines are left but for those that options leave out.
func NoneLeft(t testing.TB, options ...goleak.Option) {
	t.Helper()
	if err := left(options); err != nil {
		t.Error(err)
	}
}

// Main runs the tests of a package, which are to leave none.
func Main(m *testing.M) {
	code := m.Run()
	if code == 0 {
		if err := left(nil); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}

// AwaitLock returns when a goroutine waits for a lock in fn, as in "trash.(*Trash).Purge",
// or in what that calls; or when over says that it has come too far to do so.
func AwaitLock(t testing.TB, fn string, over func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !over() && !locked(fn); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Errorf("nobody waits for a lock in %s", fn)
			return
		}
	}
}

func locked(fn string) bool {
	text := make([]byte, 1<<20)
	text = text[:runtime.Stack(text, true)]
	for stack := range strings.SplitSeq(string(text), "\n\n") {
		head, calls, _ := strings.Cut(stack, "\n")
		if strings.Contains(calls, fn+"(") && (strings.Contains(head, "[sync.Mutex.") || strings.Contains(head, "[sync.RWMutex.")) {
			return true
		}
	}
	return false
}
