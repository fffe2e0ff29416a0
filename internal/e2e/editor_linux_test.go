package e2e

import (
	"crypto/sha256"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

var (
	editFor = flag.Duration("edit-for", 2*time.Second, "how long editors save while syncs run")
	editIn  = flag.String("edit-in", "", "where, instead of a temporary directory: another filesystem")
)

// editor saves one file over and over. It looks at what each save destroys: its own
// last one, or what latus had put there, and then its last one must be elsewhere.
type editor struct {
	file, tag string
	inPlace   bool
	saves     int
	last      string            // the last save
	owed      map[string]string // saves that latus displaced, by content
}

func (e *editor) save(t *testing.T) {
	e.saves++
	text := fmt.Sprintf("%s, save %d %s", e.tag, e.saves, strings.Repeat("x", e.saves%50*1000))
	var was string
	if e.inPlace {
		was = e.overwrite(t, text)
	} else {
		was = e.exchange(t, text)
	}
	if e.last != "" && was != e.last {
		e.owed[e.last] = fmt.Sprintf("save %d of %s, in the place of which was %.40q", e.saves-1, e.tag, was)
	}
	e.last = text
}

// overwrite saves into the file itself.
func (e *editor) overwrite(t *testing.T, text string) (was string) {
	f, err := os.OpenFile(e.file, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		t.Error(err)
		return e.last
	}
	defer f.Close()
	b := make([]byte, 1<<20)
	n, _ := f.ReadAt(b, 0)
	_ = f.Truncate(0)
	if _, err := f.WriteAt([]byte(text), 0); err != nil {
		t.Error(err)
	}
	return string(b[:n])
}

// exchange saves into another file and swaps the two, so that what it replaces is
// known for certain.
func (e *editor) exchange(t *testing.T, text string) (was string) {
	temp := filepath.Join(filepath.Dir(e.file), "."+filepath.Base(e.file)+".swp")
	if err := os.WriteFile(temp, []byte(text), 0o644); err != nil {
		t.Error(err)
		return e.last
	}
	err := unix.Renameat2(unix.AT_FDCWD, temp, unix.AT_FDCWD, e.file, unix.RENAME_EXCHANGE)
	if os.IsNotExist(err) {
		if err := os.Rename(temp, e.file); err != nil {
			t.Error(err)
		}
		return ""
	}
	if err != nil {
		t.Error(err)
		return e.last
	}
	b, err := os.ReadFile(temp)
	if err == nil {
		err = os.Remove(temp)
	}
	if err != nil {
		t.Error(err)
	}
	return string(b)
}

// TestNoSaveIsLost has editors save files on both sides, atomically and in place,
// as fast as they can, while syncs run. A save that its editor did not replace
// itself is in the tree or in the trash.
func TestNoSaveIsLost(t *testing.T) {
	if testing.Short() {
		t.Skip("runs latus for a while")
	}
	dir := *editIn
	if dir == "" {
		dir = t.TempDir()
	} else {
		var err error
		dir, err = os.MkdirTemp(dir, "edits")
		must(t, err)
		defer os.RemoveAll(dir)
	}
	a, b := filepath.Join(dir, "a"), filepath.Join(dir, "b")
	must(t, os.Mkdir(a, 0o755))
	must(t, os.WriteFile(filepath.Join(a, ".latusignore"), []byte("*.swp\n"), 0o644))
	var editors []*editor
	for i, name := range []string{"atomic", "inplace", "mixed"} {
		must(t, os.WriteFile(filepath.Join(a, name), []byte("the first"), 0o644))
		for j, tree := range []string{a, b} {
			editors = append(editors, &editor{
				file: filepath.Join(tree, name), tag: fmt.Sprint(name, " in ", filepath.Base(tree)),
				inPlace: i == 1 || i == 2 && j == 1, owed: map[string]string{},
			})
		}
	}
	runToEnd(t, []string{"sync", "-q", a, b})
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for i, e := range editors {
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				case <-time.After(2 * time.Millisecond << i):
					e.save(t)
				}
			}
		})
	}
	runs := map[int]int{}
	for end, n := time.Now().Add(*editFor), 0; time.Now().Before(end) || n < 10; n++ {
		cmd := exec.Command(latus(t), "sync", "-q", a, b)
		out, _ := cmd.CombinedOutput()
		code := cmd.ProcessState.ExitCode()
		if runs[code]++; code != 0 && code != 3 {
			t.Errorf("exit %d: %s", code, out)
			break
		}
	}
	close(stop)
	wg.Wait()
	time.Sleep(20 * time.Millisecond) // else the last save is too young to be believed
	for range 2 {
		runToEnd(t, []string{"sync", "-q", a, b})
	}
	mustBeEqual(t, a, b)
	kept := allContents(t, true, a, b)
	saves, owed := 0, 0
	for _, e := range editors {
		saves += e.saves
		owed += len(e.owed)
		e.owed[e.last] = "the last save of " + e.tag
		for text, what := range e.owed {
			if _, there := kept[sha256.Sum256([]byte(text))]; !there {
				t.Errorf("lost: %s", what)
			}
		}
	}
	t.Logf("%d saves, %d of them displaced by latus; runs by exit code: %v", saves, owed, runs)
}
