package e2e

import (
	"fmt"
	"os"
	"regexp"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

func init() { storyCommands["until"] = cmdUntil }

// patience is what a machine may need that has a lot else to do.
const patience = 10 * time.Minute

// awaited waits until done returns "", which else says what is still missing.
func awaited(done func() string) error {
	for end := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		missing := done()
		if missing == "" {
			return nil
		}
		if time.Now().After(end) {
			return fmt.Errorf("waited in vain: %s", missing)
		}
	}
}

// until holds FILE TEXT, until gone FILE, until says FILE REGEXP: waits for what
// another process does.
func cmdUntil(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: until holds FILE TEXT | gone FILE | says FILE REGEXP")
	}
	file := ts.MkAbs(args[1])
	ts.Check(awaited(func() string {
		b, err := os.ReadFile(file)
		switch {
		case args[0] == "gone":
			if os.IsNotExist(err) {
				return ""
			}
			return file + " is still there"
		case err != nil:
			return err.Error()
		case args[0] == "holds" && string(b) != args[2], args[0] == "says" && !regexp.MustCompile(args[2]).Match(b):
			return fmt.Sprintf("%s holds %q", file, b)
		}
		return ""
	}))
}
