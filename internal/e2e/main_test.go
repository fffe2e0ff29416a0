package e2e

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"latus/internal/process"
	"latus/internal/sftpline"
)

const race = "GORACE" // options of the race detector

// TestMain makes this test binary latus, or a long line to an SFTP server, where a script
// or a test runs it under that name.
func TestMain(m *testing.M) {
	// What runs keep of trees over SFTP is nothing for the cache of whoever tests.
	if os.Getenv("XDG_CACHE_HOME") == "" {
		os.Setenv("XDG_CACHE_HOME", filepath.Join(os.TempDir(), "latus-test-cache"))
	}
	// The race detector lets each process wait a second at its end for reports of others.
	if os.Getenv(race) == "" {
		os.Setenv(race, "atexit_sleep_ms=50")
	}
	testscript.Main(m, map[string]func(){"latus": func() { process.Main("") }, "sftpline": sftpline.Main})
}

// TestScripts tells the stories in testdata/script.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:  "../../testdata/script",
		Cmds: storyCommands,
		Setup: func(e *testscript.Env) error {
			e.Setenv("HOME", e.WorkDir)
			e.Setenv("USERPROFILE", e.WorkDir)
			e.Setenv(race, os.Getenv(race))
			return nil
		},
		Condition: func(name string) (bool, error) {
			return name == "root" && os.Geteuid() == 0, nil
		},
	})
}
