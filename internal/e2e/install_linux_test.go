//go:build linux

package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"latus/internal/sshtest"
)

// bareHost is a host without a latus, whose login shell is this.
func bareHost(t *testing.T, o sshtest.Options) (s *sshtest.Server, a, b string) {
	t.Helper()
	if o.Path == "" {
		o.Path = t.TempDir()
	}
	s = sshtest.Start(t, o)
	a, b = filepath.Join(t.TempDir(), "a"), filepath.Join(t.TempDir(), "b")
	put0(t, filepath.Join(a, "f"), "f")
	return s, a, b
}

func TestInstall(t *testing.T) {
	for _, name := range []string{"sh", "bash", "zsh", "fish", "tcsh", "csh"} {
		t.Run(name, func(t *testing.T) {
			shell, err := exec.LookPath(name)
			if err != nil {
				t.Skip("there is no", name, "on this machine")
			}
			if testing.Short() && name != "sh" {
				t.Skip("one shell is enough")
			}
			s, a, b := bareHost(t, sshtest.Options{Shell: shell, NoSFTP: true, Noise: "Welcome to this <machine>!\n"})
			cache := filepath.Join(s.Home, ".cache", "latus")
			for i, v := range []string{"0.1-a", "0.2-b", "0.3-c", "0.4-d"} {
				put0(t, filepath.Join(cache, v, "latus"), "old")
				when := time.Now().Add(time.Duration(i-10) * time.Hour)
				must(t, os.Chtimes(filepath.Join(cache, v), when, when))
			}
			put0(t, filepath.Join(cache, "leases", "x"), "")

			mustSay(t, said(t, 0, "--ssh-config", s.ConfigFile, "--install", a, s.Name+":"+b), "put a latus there")
			mustBeEqual(t, a, b)
			names, err := filepath.Glob(filepath.Join(cache, "*", "*"))
			must(t, err)
			if len(names) != 4 || !strings.HasSuffix(names[0], "0.3-c/latus") || !strings.HasSuffix(names[1], "0.4-d/latus") {
				t.Errorf("there are %s", names)
			}
			must(t, os.RemoveAll(filepath.Join(cache, "0.3-c")))
			must(t, os.RemoveAll(filepath.Join(cache, "0.4-d")))

			// Later runs find it, and put nothing there.
			put(t, filepath.Join(b, "g"), "g")
			if out := said(t, 0, "--ssh-config", s.ConfigFile, "--install", a, s.Name+":"+b); strings.Contains(out, "put a latus") {
				t.Errorf("again:\n%s", out)
			}
			put(t, filepath.Join(b, "h"), "h")
			said(t, 0, "--ssh-config", s.ConfigFile, a, s.Name+":"+b)
			mustBeEqual(t, a, b)
		})
	}
}

// Where a latus cannot be put, what is in the way is said, and what to do.
func TestInstallThatCannotBe(t *testing.T) {
	odd := t.TempDir()
	put0(t, filepath.Join(odd, "uname"), "#!/bin/sh\ncase $1 in -s) echo Linux;; *) echo s390x;; esac\n")
	must(t, os.Chmod(filepath.Join(odd, "uname"), 0o755))
	s, a, b := bareHost(t, sshtest.Options{Path: odd})
	args := []string{"--ssh-config", s.ConfigFile, "--install", a, s.Name + ":" + b}
	mustSay(t, said(t, 1, args...), "there is no latus for linux/s390x", "GOARCH=s390x go build", "--latus-path")

	other := filepath.Join(t.TempDir(), "latus-s390x")
	program, err := os.ReadFile(latus(t))
	must(t, err)
	program[18], program[19] = 22, 0 // the machine in the header of an ELF file
	must(t, os.WriteFile(other, program, 0o755))
	mustSay(t, said(t, 1, append([]string{"--latus-path", other}, args...)...), "does not run", "noexec")
	program[18] = 62
	must(t, os.WriteFile(other, program, 0o644)) // nothing that could be run on the host at once
	must(t, os.Chmod(other, 0o644))
	mustSay(t, said(t, 1, append([]string{"--latus-path", other}, args...)...), "does not run on linux/s390x")
	if names, _ := filepath.Glob(filepath.Join(s.Home, ".cache", "latus", "*", "*")); len(names) > 0 {
		t.Errorf("left: %s", names)
	}

	s, a, b = bareHost(t, sshtest.Options{})
	put0(t, filepath.Join(s.Home, ".cache"), "a file")
	args = []string{"--ssh-config", s.ConfigFile, "--install", a, s.Name + ":" + b}
	mustSay(t, said(t, 1, args...), "cannot make a directory for latus", "~/.cache")

	// A dry run puts nothing there, and shows what would be done all the same.
	s, a, b = bareHost(t, sshtest.Options{})
	must(t, os.Mkdir(b, 0o755))
	mustSay(t, said(t, 0, "--ssh-config", s.ConfigFile, "-n", "-v", "--install", a, s.Name+":"+b), "dry run puts no latus", "f")
	if _, err := os.Stat(filepath.Join(s.Home, ".cache")); err == nil {
		t.Error("a dry run wrote")
	}
}

// What was put there is found later, whatever else there is: a latus in the PATH that
// cannot be used, an older one that was put there before.
func TestInstalledIsFoundLater(t *testing.T) {
	bin := t.TempDir()
	put0(t, filepath.Join(bin, "latus"), "#!/bin/sh\necho too old\nexit 3\n")
	must(t, os.Chmod(filepath.Join(bin, "latus"), 0o755))
	s, a, b := bareHost(t, sshtest.Options{Path: bin})
	cache := filepath.Join(s.Home, ".cache", "latus")
	put0(t, filepath.Join(cache, "0.0-old", "latus"), "#!/bin/sh\nexit 4\n")
	must(t, os.Chmod(filepath.Join(cache, "0.0-old", "latus"), 0o755))
	there := []string{"--ssh-config", s.ConfigFile, a, s.Name + ":" + b}

	mustSay(t, said(t, 0, append([]string{"--install"}, there...)...), "put a latus there")
	for _, text := range []string{"1", "2"} {
		put(t, filepath.Join(b, "g"), text)
		if out := said(t, 0, there...); strings.Contains(out, "latus there") || strings.Contains(out, "SFTP") {
			t.Errorf("later:\n%s", out)
		}
		mustBeEqual(t, a, b)
	}
	if out := said(t, 0, append([]string{"--install"}, there...)...); strings.Contains(out, "put a latus") {
		t.Errorf("put there again:\n%s", out)
	}
}

// Where the first latus of a host cannot be talked to, the next one is.
func TestAnotherLatusOfTheHost(t *testing.T) {
	bin := t.TempDir()
	s, a, b := bareHost(t, sshtest.Options{Path: bin, NoSFTP: true, Noise: "Welcome to this <machine>!\n"})
	put0(t, filepath.Join(bin, "latus"), "#!/bin/sh\necho what do you want\nexit 1\n")
	must(t, os.Chmod(filepath.Join(bin, "latus"), 0o755))
	put0(t, filepath.Join(s.Home, "go/bin/latus"), "no program")
	must(t, os.Chmod(filepath.Join(s.Home, "go/bin/latus"), 0o755))
	there := []string{"--ssh-config", s.ConfigFile, a, s.Name + ":" + b}
	mustSay(t, said(t, 1, there...), "hint: ")

	program, err := os.ReadFile(latus(t))
	must(t, err)
	good := filepath.Join(s.Home, ".cache/latus/1.0-x/latus")
	must(t, os.MkdirAll(filepath.Dir(good), 0o755))
	must(t, os.WriteFile(good, program, 0o755))
	mustSay(t, said(t, 0, there...), filepath.Join(bin, "latus")+" cannot be talked to: using "+good)
	mustBeEqual(t, a, b)

	// A watch has it look out, too.
	put(t, filepath.Join(a, "old news"), "old news")
	said, end := watching(t, append([]string{"--interval", "0"}, there...)...)
	untilSays(t, said, "in sync: 1 change") // and from then on it watches
	put(t, filepath.Join(b, "news"), "news")
	untilHolds(t, filepath.Join(a, "news"), "news")
	end(syscall.SIGTERM, 0, 130) // a run may be at work
	if out := said.String(); strings.Contains(out, "cannot be watched") || strings.Count(out, "cannot be talked to") > 1 {
		t.Errorf("the watch says:\n%s", out)
	}
}

// Commands that put no latus on a host name the sync that does, and of a tree that is not
// the first one the right name.
func TestHostWithoutLatusInCommandsThatInstallNone(t *testing.T) {
	s, a, b := bareHost(t, sshtest.Options{})
	far := s.Name + ":" + b
	said(t, 0, "--ssh-config", s.ConfigFile, a, far)
	install := "`latus sync --install --ssh-config " + s.ConfigFile + " " + a + " " + far + "` puts a latus there"
	mustSay(t, said(t, 0, "--ssh-config", s.ConfigFile, a, far), "slower; --install puts")
	for command, args := range map[string][]string{"diff": {a, far}, "verify": {a, "--repair", far}} {
		out, err := exec.Command(latus(t), append([]string{command, "--ssh-config", s.ConfigFile}, args...)...).CombinedOutput()
		if err != nil {
			t.Errorf("%s: %v\n%s", command, err, out)
		}
		mustSay(t, string(out), "notice: "+far+": there is no latus", install)
	}
}

// Who names a latus is told that it does not run, and SFTP is not taken instead.
func TestNamedLatusThatIsNotThere(t *testing.T) {
	s, a, b := bareHost(t, sshtest.Options{})
	for _, command := range []string{"/nonexist", "/bin/false"} {
		out := said(t, 1, "--ssh-config", s.ConfigFile, "--latus-path", command, a, s.Name+":"+b)
		mustSay(t, out, "--latus-path "+command+" cannot be run there", "`ssh "+s.Name+" "+command+" version`", "leave out --latus-path")
		if _, err := os.Stat(b); err == nil {
			t.Error("it was synced all the same")
		}
	}
	said(t, 0, "--ssh-config", s.ConfigFile, a, s.Name+":"+b)
}
