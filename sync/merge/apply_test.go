package merge

import (
	"testing"

	"latus/sync/tree"
	"latus/sync/tree/memory"
)

func disk(t *testing.T) tree.Tree {
	d, err := tree.OpenDisk(t.TempDir())
	must(t, err)
	t.Cleanup(func() { d.Close() })
	return d
}

func TestEverything(t *testing.T) {
	for name, tr := range map[string]tree.Tree{"memory": memory.New(), "disk": disk(t)} {
		t.Run(name, func(t *testing.T) {
			s := everything()
			begin(t, s, tr)
			w := open(t, s, tr, tr)
			defer w.close()
			res, err := w.apply("run")
			must(t, err)
			if len(res.Problems) > 0 {
				t.Fatal(res.Problems)
			}
			w.checkDone()
		})
	}
}
