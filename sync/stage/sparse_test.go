package stage

import (
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"latus/sync/tree"
	"latus/sync/tree/memory"
	"latus/sync/tree/treetest"
)

func noise(seed byte, n int) string {
	b := make([]byte, n)
	_, _ = rand.NewChaCha8([32]byte{seed}).Read(b)
	return string(b)
}

func disk(t *testing.T) tree.Tree {
	d, err := tree.OpenDisk(t.TempDir())
	treetest.Check(t, err)
	t.Cleanup(func() { d.Close() })
	return d
}

func TestHoles(t *testing.T) {
	for _, size := range []int{0, 1, page, leastGap - 1, leastGap, leastGap + 1, 10 * leastGap} {
		for _, piece := range []int{1 << 10, 64 << 10, 256 << 10} {
			var text strings.Builder
			for i := range 6 {
				text.WriteString(strings.Repeat("\x00", size*(i%3)))
				text.WriteString(noise(byte(i), size/2+i))
			}
			text.WriteString(strings.Repeat("\x00", size))
			for on, tr := range map[string]tree.Tree{"memory": memory.New(), "disk": disk(t)} {
				root := treetest.Hold(t, tr, "")
				f, err := root.Create("f", 0o600)
				treetest.Check(t, err)
				defer f.Close()
				to := holey{f: f}
				for rest := text.String(); rest != ""; {
					n := min(len(rest), piece)
					_, err := to.Write([]byte(rest[:n]))
					treetest.Check(t, err)
					rest = rest[n:]
				}
				treetest.Check(t, to.end())
				r, err := root.Read("f")
				treetest.Check(t, err)
				defer r.Close()
				got, err := io.ReadAll(r)
				treetest.Check(t, err)
				if string(got) != text.String() {
					t.Fatalf("%d zeros in pieces of %d, on %s: %d bytes of %d", size, piece, on, len(got), text.Len())
				}
				if sparse, ok := f.(tree.HoleFinder); ok && size >= 10*leastGap && piece >= 64<<10 && !sparse.HasHoles(int64(text.Len())) {
					t.Error("no hole was left")
				}
			}
		}
	}
}
