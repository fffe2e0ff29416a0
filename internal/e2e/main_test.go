package e2e

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"latus/internal/process"
	"latus/internal/sftpline"
)

// TestMain makes this test binary latus, or a long line to an SFTP server, where a script
// or a test runs it under that name.
func TestMain(m *testing.M) {
	// What runs keep of trees over SFTP is nothing for the cache of whoever tests.
	if os.Getenv("XDG_CACHE_HOME") == "" {
		os.Setenv("XDG_CACHE_HOME", filepath.Join(os.TempDir(), "latus-test-cache"))
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
			return nil
		},
		Condition: func(name string) (bool, error) {
			return name == "root" && os.Geteuid() == 0, nil
		},
	})
}
