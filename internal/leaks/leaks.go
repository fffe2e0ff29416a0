// Package leaks finds goroutines that tests leave behind. What ends needs a moment for it,
// and a busy machine a longer one: goleak by itself waits for half a second in all.
package leaks

import (
	"fmt"
	"os"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// patience is what a machine may need that has a lot else to do. Only what never ends is
// waited for that long.
const patience = 3 * time.Minute

func find(options []goleak.Option) (err error) {
	for end := time.Now().Add(patience); time.Now().Before(end); {
		if err = goleak.Find(options...); err == nil {
			break
		}
	}
	return err
}

// Verify fails the test if goroutines are left but for those that options leave out.
func Verify(t testing.TB, options ...goleak.Option) {
	t.Helper()
	if err := find(options); err != nil {
		t.Error(err)
	}
}

// Main runs the tests of a package, which are to leave none.
func Main(m *testing.M) {
	code := m.Run()
	if code == 0 {
		if err := find(nil); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}
