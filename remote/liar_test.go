package remote

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"latus/index"
	"latus/internal/seeds"
	latussync "latus/sync"
	"latus/sync/fetch"
	"latus/sync/peer"
	"latus/sync/plan"
	"latus/sync/replica"
	"latus/sync/tree"
	"latus/sync/tree/memory"
)

var lies = flag.Int("lies", 0, "how many runs with a lying tree; 0: 120, or 30 with -short")

// secret is a file of the honest tree that is ignored: nobody may get it.
const secret = "nobody but the owner may read this"

// TestALiarHarmsNobody runs an honest tree, on either side of the wire, against
// one that tells lies: other heads, paths, kinds, sizes, hashes, generations and
// knowledge than it has, other bytes than it says, more of them, fewer, none, and
// wants for what it must not have. Whatever it says: the honest tree loses no
// byte, hands out nothing but what it shares, writes nothing outside, and can go on
// with honest ones.
func TestALiarHarmsNobody(t *testing.T) {
	n := *lies
	switch {
	case n == 0 && testing.Short():
		n = 30
	case n == 0:
		n = 120
	}
	for seed := range seeds.Row(n) {
		run := func(t *testing.T) { synctest.Test(t, func(t *testing.T) { liarRun(t, seed) }) }
		if !t.Run(fmt.Sprint(seed), run) {
			return
		}
	}
}

func liarRun(t *testing.T, seed uint64) {
	r := rand.New(rand.NewPCG(seed, 1))
	honest, other := memory.New(memory.WithName("/honest")), memory.New(memory.WithName("/other"))
	populate(t, honest, map[index.Path]string{
		"a": "text of a", "b": "text of b", "d/c": "text of c", "d/e/f": "text of f", "gone": "will be deleted",
		"big": strings.Repeat("0123456789abcdef", 30<<10), "secret": secret, ".latusignore": "secret\n", "out": "->/etc", "up": "->..",
	})
	runBoth(t, r, honest, other, 0, nil)
	populate(t, honest, map[index.Path]string{"a": "changed by the honest one", "new": "new there", "gone": ""})
	populate(t, other, map[index.Path]string{"b": "changed by the other one", "d/new": "new here, too", "x/y": "in a new directory", "a": "a conflict"})
	aside := other.Clone(memory.WithName("/other"))
	before := everything(t, honest)

	l := &liar{rand: r, often: []int{2, 6, 25}[r.IntN(3)]}
	err := runBoth(t, r, honest, other, 1+r.IntN(2), l)
	defer func() {
		if t.Failed() {
			t.Logf("it lied about %q; the run said %v", l.told, err)
		}
	}()
	after := everything(t, honest)
	for text := range before {
		if !after[text] {
			t.Fatalf("lost: %.40q", text)
		}
	}
	if l.got != nil && bytes.Contains(l.got, []byte(secret)) {
		t.Fatal("it was given the secret")
	}
	// Another honest tree finds all as well as it can be.
	for range 2 {
		if err := runBoth(t, r, honest, aside, 0, nil); err != nil {
			t.Fatalf("afterwards: %v", err)
		}
	}
	after = everything(t, honest)
	for text := range before {
		if !after[text] {
			t.Fatalf("lost afterwards: %.40q", text)
		}
	}
}

// runBoth is one run of two trees, one of them over a wire. A liar is the other
// one: 1 as a server, 2 as the first tree and the client.
func runBoth(t *testing.T, r *rand.Rand, honest, other *memory.Tree, side int, l *liar) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	first, second := honest, other
	if side == 2 {
		first, second = other, honest
	}
	lying := func(p peer.Replica) peer.Replica { return &lyingReplica{p, l} }
	near := peer.Replica(replicaOf(t, r, first))
	if side == 2 {
		near = lying(near)
	}
	defer near.Close()
	a, b := net.Pipe()
	served := make(chan error, 1)
	go func() {
		served <- Serve(context.Background(), b, func(string, peer.Hello) (peer.Replica, error) {
			if side == 1 {
				return lying(replicaOf(t, r, second)), nil
			}
			return replicaOf(t, r, second), nil
		}, ServeOptions{Timeout: 10 * time.Second})
	}()
	c, err := NewClient(ctx, a, ClientOptions{Timeout: 10 * time.Second, Grace: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	o := latussync.Options{MaxDelete: peer.Limit{Off: true}, Actions: true, Conflict: plan.ConflictPolicy(r.IntN(2))}
	_, err = latussync.Run(ctx, []peer.Member{{Spec: "first", Replica: near}, {Spec: "second", Replica: c}}, o, silent{})
	c.Close()
	<-served
	if ctx.Err() != nil {
		t.Fatal("the run hangs")
	}
	return err
}

var drawing sync.Mutex

func replicaOf(t *testing.T, r *rand.Rand, m *memory.Tree) *replica.Replica {
	drawing.Lock()
	defer drawing.Unlock()
	var seed [32]byte
	for i := range seed {
		seed[i] = byte(r.Uint32())
	}
	x, err := replica.Open(m.Where(), replica.Options{Spec: m.Where(), Host: "host", Tree: m, Rand: rand.NewChaCha8(seed)})
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// populate makes and changes files; "" deletes, "->" makes a link.
func populate(t *testing.T, m *memory.Tree, files map[index.Path]string) {
	t.Helper()
	for p, text := range files {
		dir, name := p.Split()
		root, err := m.User().Open("")
		must(t, err)
		for at := ""; at != string(dir); {
			at = string(dir)[:len(at)+1+strings.IndexByte(string(dir)[min(len(at)+1, len(dir)):]+"/", '/')]
			up, base := index.Path(at).Split()
			d, err := m.User().Open(up)
			must(t, err)
			if err := d.Mkdir(base, 0o755); err != nil && !tree.IsExist(err) {
				t.Fatal(err)
			}
		}
		d, err := m.User().Open(dir)
		must(t, err)
		if err := d.Remove(name); err != nil && !tree.IsNotExist(err) {
			t.Fatal(err)
		}
		switch {
		case text == "":
		case strings.HasPrefix(text, "->"):
			must(t, d.Symlink(text[2:], name))
		default:
			f, err := d.Create(name, 0o644)
			must(t, err)
			_, err = f.Write([]byte(text))
			must(t, err)
			must(t, f.Close())
		}
		root.Close()
	}
}

// everything is all bytes in a tree, in its trash and in staging.
func everything(t *testing.T, m *memory.Tree) map[string]bool {
	t.Helper()
	all := map[string]bool{}
	var walk func(p index.Path)
	walk = func(p index.Path) {
		d, err := m.User().Open(p)
		must(t, err)
		defer d.Close()
		names, err := d.List()
		must(t, err)
		for _, name := range names {
			i, err := d.Stat(name)
			must(t, err)
			switch {
			case i.Kind == index.Dir:
				walk(p.Join(name))
			case i.Kind == index.File && p != index.Private && p != index.Private+"/trash":
				f, err := d.Read(name)
				must(t, err)
				b, err := io.ReadAll(f)
				must(t, err)
				f.Close()
				all[string(b)] = true
			}
		}
	}
	walk("")
	return all
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// silent is an Observer that sees nothing.
type silent struct{}

func (silent) Phase(peer.Phase)            { /* nothing */ }
func (silent) Progress(peer.Progress)      { /* nothing */ }
func (silent) Notice(int, peer.Problem)    {}
func (silent) Planned(int, *peer.Proposal) {}
func (silent) Change(int, peer.Change)     {}
func (silent) Conflict(plan.Conflict)      {}
func (silent) Problem(int, peer.Problem)   {}

// A stolen hello costs what it is long, and a tree that sends without end is left.
func TestEndlessContentTakesNoMemory(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	honest, other := memory.New(memory.WithName("/honest")), memory.New(memory.WithName("/other"))
	populate(t, honest, map[index.Path]string{"a": "text"})
	runBoth(t, r, honest, other, 0, nil)
	populate(t, other, map[index.Path]string{"b": "small", "c": "small, too"})
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	runBoth(t, r, honest, other, 1, &liar{rand: r, often: 1 << 30, endless: 256 << 20})
	runtime.GC()
	runtime.ReadMemStats(&after)
	if grown := int64(after.TotalAlloc - before.TotalAlloc); grown > 128<<20 {
		t.Errorf("%d MiB were allocated for content that is too long", grown>>20)
	}
	for text := range everything(t, honest) {
		if len(text) > 100 {
			t.Errorf("the tree holds %d bytes of it", len(text))
		}
	}
}

// hostileNames are what no path may be, or become.
var hostileNames = []string{
	"../x", "/x", "a/../../x", ".latus/x", ".latus", ".LATUS/index.jsonl", "a//b", "a/./b", "./a", "a/", "",
	"a\x00b", ".", "..", strings.Repeat("n", 2000), strings.Repeat("d/", 20_000) + "x",
}

// oddNames are paths that may be, and that nobody likes.
var oddNames = []string{
	"out/passwd", "up/x", "a/below-a-file", "d", "d/c/deeper", "secret", "secret/x", ".latusignore", "\x1b]0;evil\x07", "new\nline",
	"x\xff", strings.Repeat("n", 300), strings.Repeat("d/", 200) + "x", "con", "a:b", " ", "-rf", "big/x",
}

func TestHostilePathsAreNone(t *testing.T) {
	for _, name := range hostileNames {
		if p, err := index.ParsePath(name); err == nil {
			t.Errorf("%.40q became the path %.40q", name, p)
		}
	}
	for _, name := range oddNames {
		if _, err := index.ParsePath(name); err != nil {
			t.Errorf("%.40q is no path: %v", name, err)
		}
	}
}

var _ fetch.Source = (*lyingReplica)(nil)
