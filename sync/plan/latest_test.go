package plan

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"latus/index"
)

// Whatever time a peer said an edit was made at, and whatever this clock shows: what is
// authored on top is no later than the last time there is, and is a version all the same.
func TestAuthorsCountNoFurtherThanTheLastTime(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		late := rapid.OneOf(rapid.SampledFrom([]int64{index.MaxTime, index.MaxTime - 1, 5}), rapid.Int64Max(index.MaxTime))
		clock := rapid.OneOf(rapid.SampledFrom([]int64{index.MaxTime + 1, math.MaxInt64, 1000}), rapid.Int64())
		a := Authoring{Gen: ours, Now: clock.Draw(t, "now"), Clock: 1, ModeBits: 0o777, Attrs: true, Owners: anybody{}}
		s := shelf{}
		h := fileHead(old, 1)
		h.Utime = late.Draw(t, "utime")
		s.has("a", h)
		e := s["a"]
		e.Mode = index.ModeReg{Value: 0o600, Stamp: late.Draw(t, "mode"), Gen: old}
		e.Owner = index.OwnerReg{Value: "0:0", Stamp: late.Draw(t, "owner"), Gen: old}
		e.Attrs = index.AttrsReg{Value: "a=AA;", Stamp: late.Draw(t, "attrs"), Gen: old}
		e.Witness.Mode, e.Witness.Owner, e.Witness.Attrs = 0o600, index.IDs{User: 1, Group: 1}, e.Attrs.Value.Sum()

		within := func(n *index.Entry, what string) {
			t.Helper()
			if n == nil {
				t.Fatal(what, "made nothing")
			}
			for _, at := range []int64{n.Mode.Stamp, n.Owner.Stamp, n.Attrs.Stamp} {
				if at > index.MaxTime {
					t.Fatalf("%s: a register of %d", what, at)
				}
			}
			for _, h := range n.Heads {
				if h.Utime > index.MaxTime {
					t.Fatalf("%s: a version of %d", what, h.Utime)
				}
			}
		}
		f := seen(77, rapid.Int64().Draw(t, "mtime"))
		f.Witness.Mode, f.Witness.Owner = 0o640, index.IDs{User: 2, Group: 2}
		f.Attrs, f.Witness.Attrs = index.NoAttrs, index.NoAttrs.Sum()
		n := Author(e, f, a)
		within(n, "an edit")
		if got, _ := Display(n.Heads); got.Gen != ours || len(n.Heads) != 1 || n.Mode.Gen != ours || n.Owner.Gen != ours || n.Attrs.Gen != ours {
			t.Fatalf("an edit made %+v", n)
		}
		within(Author(e, Found{}, a), "a deletion")
		f = seen(e.Witness.Size, e.Witness.Mtime)
		f.Witness.Mode, f.Witness.Owner, f.Witness.Attrs = 0o640, e.Witness.Owner, e.Witness.Attrs
		within(Author(e, f, a), "a chmod")

		other := fileHead(news, 2)
		other.Utime = late.Draw(t, "other")
		both := *e
		both.Heads = append([]index.Head{h}, other)
		both.Pending, both.Have = true, []index.Head{h}
		within(Resolve(&both, other, nowhere, a), "a decision")
		within(Insist(&both, index.Dir, a), "a directory")
		within(GiveUp(&both, func(o index.Head) bool { return o.Gen == news }, nowhere, a), "giving up")
		kept, next := KeepApart(&both, h, "host", a, func(index.Path) bool { return false })
		within(kept, "a name of its own")
		within(next, "the other name")
		within(Supersede(&both, nil, MergeRule{}, a), "a mirror")
		bare := bared(e.Attrs, index.AttrsReg{}, MergeRule{Theirs: Sees{Attrs: true}})
		if bare.Stamp > index.MaxTime {
			t.Fatalf("attributes dropped at %d", bare.Stamp)
		}
	})
}

// anybody names owners by their ids, and may set them.
type anybody struct{}

func (anybody) Name(i index.IDs) index.Owner {
	if i.User == 1 {
		return "0:0"
	}
	return "7:7"
}
func (anybody) Want(index.Owner, index.IDs) index.IDs { return index.IDs{User: 1, Group: 1} }
func (anybody) Users() bool                           { return true }
