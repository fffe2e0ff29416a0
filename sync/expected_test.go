package sync_test

import (
	"context"
	"io/fs"
	"slices"
	"testing"

	"latus/index"
	latussync "latus/sync"
	"latus/sync/peer"
	"latus/sync/replica"
	"latus/sync/tree"
	"latus/sync/tree/memory"
)

// absent is where a tree is to be made, in a directory that is there.
type absent struct{ above tree.Tree }

func (absent) Check() error                 { return nil }
func (absent) Open() (tree.Tree, error)     { return nil, fs.ErrNotExist }
func (absent) Make() error                  { return fs.ErrPermission }
func (absent) Unmake() error                { return nil }
func (absent) Place(host string) peer.Place { return peer.Place{Host: host, Path: "/above/new"} }
func (a absent) Above() (tree.Tree, error)  { return a.above, nil }

// A dry run makes no directory to try things in, and yet goes by what the filesystem that it
// would be on usually can.
func TestDryRunGoesByTheFilesystemAbove(t *testing.T) {
	fat := tree.Traits{Clock: 2e9, FoldsCase: true, DOSNames: true, UTF8Names: true}
	for name, c := range map[string]struct {
		can               tree.Traits
		changes, problems []string
	}{
		"fat": {fat, []string{"new create X", "new create plain"}, []string{
			"new a:b: a name that cannot exist here", "new con: a name that cannot exist here",
			"new link: cannot be a symbolic link here", "new x: another name of the same letters is here",
		}},
		"any": {memory.Capable(), []string{"new create X", "new create a:b", "new create con", "new create plain", "new create x", "new link link"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, 1, 1)
			a := w.sites[0]
			for _, p := range []index.Path{"plain", "con", "a:b", "x", "X"} {
				a.write(p, "this is "+string(p))
			}
			a.link("link", "plain")
			to, err := replica.Open("", replica.Options{Spec: "new", Site: absent{memory.New(memory.WithTraits(c.can))}})
			if err != nil {
				t.Fatal(err)
			}
			from := a.open()
			defer from.Close()
			defer to.Close()
			r := &run{sites: []*site{a, {name: "new"}}, lacks: map[*site][]index.Path{}}
			_, err = latussync.Run(context.Background(), []peer.Member{{Spec: "A", Replica: from}, {Spec: "new", Replica: to}}, latussync.Options{Dry: true}, r)
			if err != nil {
				t.Fatal(err)
			}
			slices.Sort(r.changes)
			slices.Sort(r.problems)
			if !slices.Equal(r.changes, c.changes) || !slices.Equal(r.problems, c.problems) {
				t.Errorf("changes %q, problems %q", r.changes, r.problems)
			}
		})
	}
}
