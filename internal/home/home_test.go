package home

import (
	"os/user"
	"path/filepath"
	"runtime"
	"testing"
)

// cron and systemd may start latus without $HOME.
func TestHomeIsKnownWithoutAnEnvironment(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("there is always one")
	}
	u, err := user.Current()
	if err != nil || u.HomeDir == "" {
		t.Skip("this user is in no database")
	}
	t.Setenv("HOME", "")
	t.Setenv("XDG_CACHE_HOME", "")
	if dir, err := Dir(); dir != u.HomeDir || err != nil {
		t.Errorf("the home is %q, %v, want %s", dir, err, u.HomeDir)
	}
	cache, err := Cache()
	if rel, e := filepath.Rel(u.HomeDir, cache); err != nil || e != nil || !filepath.IsLocal(rel) || rel == "." {
		t.Errorf("the cache is in %q, %v", cache, err)
	}
	t.Setenv("HOME", "/somewhere")
	if dir, err := Dir(); dir != "/somewhere" || err != nil {
		t.Errorf("$HOME is %q, %v", dir, err)
	}
}
