package merge

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"iter"
	"math/rand/v2"
	"strings"
	"testing"

	"latus/index"
	"latus/internal/seeds"
	"latus/sync/tree"
	"latus/sync/tree/memory"
)

// thorough tries every call on every filesystem. Otherwise each test takes a sample.
var thorough = flag.Bool("thorough", false, "try every call, and many more power losses")

// sample is the numbers from 1 to last, or one in every few of them.
func sample(last, few int) iter.Seq[int] {
	if *thorough {
		few = 1
	}
	return seeds.Every(few, last)
}

// started is a story at its beginning, in memory.
func started(t *testing.T, s *story, options ...memory.Option) *memory.Tree {
	m := memory.New(options...)
	begin(t, s, m)
	return m
}

// attempt recovers and applies, as a run does, until something stops it.
func attempt(t testing.TB, s *story, m *memory.Tree, run string) (*Result, error) {
	return attemptOn(t, s, m, m.User(), run)
}

func attemptOn(t testing.TB, s *story, tr, seen tree.Tree, run string) (*Result, error) {
	w, err := tryOpen(t, s, tr, seen)
	if err != nil {
		return nil, err
	}
	defer w.close()
	if len(w.x.Intents()) > 0 {
		if err := w.recover(); err != nil {
			return nil, err
		}
	}
	w.scan()
	return w.apply(run)
}

// afterwards checks what a stopped run left, lets it be recovered, and runs again.
func afterwards(t testing.TB, s *story, m *memory.Tree) {
	w := open(t, s, m, m.User())
	w.checkKept(files(t, w.seen, ""))
	if len(w.x.Intents()) > 0 {
		must(t, w.recover())
	}
	w.checkWhole()
	w.checkCalm()
	w.close()
	res, err := attempt(t, s, m, nextRun)
	must(t, err)
	if len(res.Problems) > 0 {
		t.Fatal(res.Problems)
	}
	w = open(t, s, m, m.User())
	defer w.close()
	w.checkDone()
}

// Runs are named by when they began: later than any file of the stories was written.
const firstRun, nextRun = "20261128-160000-1a2b", "20261128-160001-1a2b"

// variants are filesystems that take different ways.
func variants() map[string][]memory.Option {
	noExchange := memory.Capable()
	noExchange.Exchange = false
	plain := noExchange
	plain.SyncAll, plain.Reflink, plain.NoReplace, plain.BirthTimes, plain.LinkTimes = false, false, false, false, false
	vague := noExchange
	vague.StableInodes, vague.BirthTimes = false, false
	stick := plain
	stick.StableInodes, stick.Clock = false, 1e9
	return map[string][]memory.Option{
		"vague":       {memory.WithTraits(vague)},
		"stick":       {memory.WithTraits(stick)},
		"capable":     nil,
		"not root":    {memory.WithModes()},
		"no exchange": {memory.WithTraits(noExchange)},
		"plain":       {memory.WithTraits(plain)},
	}
}

func TestStoppedAnywhere(t *testing.T) {
	s := everything()
	for name, options := range variants() {
		t.Run(name, func(t *testing.T) {
			base := started(t, s, options...)
			for n := range sample(changes(t, s, base), 6) {
				m := base.Clone()
				m.StopAt(n)
				attempt(t, s, m, firstRun)
				m.Restart()
				if !t.Run(fmt.Sprint(n), func(t *testing.T) { afterwards(t, s, m) }) {
					return
				}
			}
		})
	}
}

func TestStoppedWhileRecovering(t *testing.T) {
	s := everything()
	base := started(t, s)
	for first := range sample(changes(t, s, base), 9) {
		m := base.Clone()
		m.StopAt(first)
		attempt(t, s, m, firstRun)
		m.Restart()
		for n := range sample(40, 5) {
			m := m.Clone()
			m.StopAt(n)
			if w, err := tryOpen(t, s, m, m.User()); err == nil {
				w.recover()
				w.close()
			}
			m.Restart()
			if !t.Run(fmt.Sprint(first, " ", n), func(t *testing.T) { afterwards(t, s, m) }) {
				return
			}
		}
	}
}

func changes(t *testing.T, s *story, base *memory.Tree) int {
	m := base.Clone()
	_, err := attempt(t, s, m, firstRun)
	must(t, err)
	return m.Changes()
}

func TestPowerLossAnywhere(t *testing.T) {
	s := everything()
	for name, options := range variants() {
		t.Run(name, func(t *testing.T) {
			base := started(t, s, options...)
			total := changes(t, s, base)
			times := 40
			if *thorough {
				times = 2000
			}
			for seed := range seeds.Row(times) {
				r := rand.New(rand.NewPCG(seed, 1))
				n := 1 + r.IntN(total)
				var safe synced
				m := base.Clone(memory.WithHook(func(c memory.Call) error { return safe.see(c, n) }))
				safe.begin(m.User())
				m.StopAt(n)
				attempt(t, s, m, firstRun)
				m.PowerLoss(r)
				safe.mend(t)
				if !t.Run(fmt.Sprint(seed, " at ", n), func(t *testing.T) { afterwards(t, s, m) }) {
					return
				}
			}
		})
	}
}

// TestErrorAnywhere lets each changing call fail in turn: that is a problem, or
// ends the run, and nothing else.
func TestErrorAnywhere(t *testing.T) {
	s := everything()
	faults := []error{errors.New("input/output error"), tree.ErrNoSpace}
	base := started(t, s)
	total := changes(t, s, base)
	for _, fault := range faults {
		for n := range sample(total, 5) {
			failed := false
			m := base.Clone(memory.WithHook(func(c memory.Call) error {
				if c.Change == n && !failed {
					failed = true
					return fault
				}
				return nil
			}))
			res, err := attempt(t, s, m, firstRun)
			if err == nil && len(res.Problems) == 0 {
				checkNothingPending(t, s, m)
			}
			m.Restart()
			if !t.Run(fmt.Sprint(n, " ", fault), func(t *testing.T) { afterwards(t, s, m) }) {
				return
			}
		}
	}
}

// TestNothingCanBeMovedFromThen lets everything that gives a file another place fail
// from some call on: what was lifted for a move can go nowhere, while the lists can
// still be written. What is stranded in staging is for the next run to find.
func TestNothingCanBeMovedFromThen(t *testing.T) {
	s := everything()
	for name, options := range variants() {
		t.Run(name, func(t *testing.T) {
			base := started(t, s, options...)
			for n := range sample(changes(t, s, base), 8) {
				m := base.Clone(memory.WithHook(func(c memory.Call) error {
					if c.Change >= n && (c.Op == "rename" || c.Op == "exchange") {
						return tree.ErrNoSpace
					}
					return nil
				}))
				_, err := attempt(t, s, m, firstRun)
				must(t, err)
				m = m.Clone()
				if !t.Run(fmt.Sprint(n), func(t *testing.T) { afterwards(t, s, m) }) {
					return
				}
			}
		})
	}
}

func checkNothingPending(t *testing.T, s *story, m *memory.Tree) {
	w := open(t, s, m.User(), m.User())
	defer w.close()
	for e := range w.x.All() {
		if e.Pending {
			t.Fatalf("%s is pending, and nobody said so", e.Path)
		}
	}
}

// synced remembers what was synced of the two logs. Only ever appended to, they
// lose nothing of that, whatever else a power loss may cut short.
type synced struct {
	disk tree.Tree
	text [2]string
}

var logs = [2]index.Path{index.Private + "/" + index.FileName, index.Private + "/trash/list.jsonl"}

func (s *synced) begin(disk tree.Tree) {
	s.disk = disk
	for i, p := range logs {
		s.text[i] = s.read(p)
	}
}

func (s *synced) see(c memory.Call, stopped int) error {
	if c.Op == "sync" && c.Change < stopped {
		for i, p := range logs {
			if c.Name == "" && c.Dir == "" || c.Name == p.Base() {
				s.text[i] = s.read(p)
			}
		}
	}
	return nil
}

func (s *synced) read(p index.Path) string {
	d, err := s.disk.Open(p.Dir())
	if err != nil {
		return ""
	}
	defer d.Close()
	f, err := d.Read(p.Base())
	if err != nil {
		return ""
	}
	defer f.Close()
	b, _ := io.ReadAll(f)
	return string(b)
}

func (s *synced) mend(t *testing.T) {
	for i, p := range logs {
		if strings.HasPrefix(s.read(p), s.text[i]) {
			continue
		}
		d, err := s.disk.Open(p.Dir())
		must(t, err)
		f, err := d.Write(p.Base())
		must(t, err)
		must(t, f.Truncate(0))
		_, err = io.WriteString(f, s.text[i])
		must(t, err)
		must(t, errors.Join(f.Sync(), f.Close(), d.Close()))
	}
}
