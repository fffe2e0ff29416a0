package remote

import (
	"os/user"
	"path/filepath"
	"runtime"
	"slices"
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
	c, err := LoadConfig(ConfigQuery{Host: "host"})
	if err != nil {
		t.Fatal(err)
	}
	if want := filepath.Join(u.HomeDir, ".ssh", "known_hosts"); !slices.Contains(c.UserKnownHosts, want) {
		t.Errorf("known hosts are in %q, want %s", c.UserKnownHosts, want)
	}
	cache, err := CacheDir()
	if rel, e := filepath.Rel(u.HomeDir, cache); err != nil || e != nil || !filepath.IsLocal(rel) || rel == "." {
		t.Errorf("the cache is in %q, %v", cache, err)
	}
	t.Setenv("HOME", "/somewhere")
	if home, err := HomeDir(); home != "/somewhere" || err != nil {
		t.Errorf("$HOME is %q, %v", home, err)
	}
}
