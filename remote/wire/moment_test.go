package wire

import (
	"math"
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"latus/index"
	"latus/sync/peer"
)

// Whatever times an index holds, they are told in a way that is taken, and arrive as late as
// they were, or as the last one there is.
func TestAnyTimeCanBeTold(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		at := rapid.OneOf(rapid.Int64(), rapid.Int64Range(index.MaxTime-3, index.MaxTime+3))
		var sent, want peer.Delta
		for _, e := range drawEntries(t) {
			told := *e
			told.Heads = nil
			for _, h := range e.Heads {
				h.Utime, h.Mtime = at.Draw(t, "utime"), at.Draw(t, "mtime")
				told.Heads = append(told.Heads, h)
			}
			told.Mode = index.ModeReg{Value: 0o600, Stamp: at.Draw(t, "stamp"), Gen: index.GenID{Author: 1, Tag: 1}}
			sent.Entries = append(sent.Entries, &told)

			arrives := told
			arrives.Heads = nil
			for _, h := range told.Heads {
				h.Utime = min(h.Utime, index.MaxTime)
				arrives.Heads = append(arrives.Heads, h)
			}
			arrives.Mode.Stamp = min(told.Mode.Stamp, index.MaxTime)
			want.Entries = append(want.Entries, &arrives)
		}
		got := delivered(t, &sent)
		for i, e := range want.Entries {
			if g := got.Entries[i]; !reflect.DeepEqual(g, e) {
				t.Fatalf("%+v arrived as %+v", e, g)
			}
		}
	})
}

func delivered(t *rapid.T, d *peer.Delta) (got peer.Delta) {
	frames, err := encode(func(c *Coder) { c.Delta(d) })
	if err == nil {
		err = decode(frames, 0, func(c *Coder) { c.Delta(&got) })
	}
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// A latus that knew of no last time counted beyond it, and told that as it was.
func TestTimesBeyondTheLastAreTaken(t *testing.T) {
	var late, next int64 = index.MaxTime + 7, index.MaxTime + 9
	frames, err := encode(func(c *Coder) {
		c.varint(late)
		c.varint(next - late)
		c.varint(math.MaxInt64 - next)
		c.varint(5 - math.MaxInt64)
	})
	if err != nil {
		t.Fatal(err)
	}
	err = decode(frames, 0, func(c *Coder) {
		var from int64
		for _, want := range []int64{index.MaxTime, index.MaxTime, index.MaxTime, 5} {
			var got int64
			if from = c.moment(&got, from); got != want {
				t.Errorf("got %d, not %d", got, want)
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
}
