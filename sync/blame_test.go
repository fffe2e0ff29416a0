package sync

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"testing"

	"latus/index"
	"latus/sync/fetch"
	"latus/sync/peer"
	"latus/sync/reason"
)

// refusing is a source that has nothing, for reasons.
type refusing map[index.Path]error

func (s refusing) Send(_ context.Context, wants []fetch.Want, sink fetch.Sink) error {
	for n, w := range wants {
		if err := sink.Missing(n, s[w.Path]); err != nil {
			return err
		}
	}
	return nil
}

// deaf is a sink that does not care.
type deaf struct{ fetch.Sink }

func (deaf) Missing(int, error) error { return nil }

// What a tree could not give is its own problem, told once, and not that of those who
// wanted it; where nobody was left without it, damage is still worth a word.
func TestBlame(t *testing.T) {
	unread := &fetch.ReadError{Err: errors.New("input/output error")}
	b := &blame{said: map[said]bool{}}
	wants := []fetch.Want{{Path: "bad"}, {Path: "healed"}, {Path: "locked"}, {Path: "none"}}
	src := refusing{"bad": fetch.ErrDamaged, "healed": fetch.ErrDamaged, "locked": unread, "none": fetch.ErrNoSource}
	for range 2 {
		if err := b.watch(src, 2).Send(context.Background(), wants, deaf{}); err != nil {
			t.Fatal(err)
		}
	}
	var got []string
	for _, i := range []int{0, 1} {
		for _, p := range []peer.Problem{
			{Path: "bad", Reason: reason.Damaged.Why()},
			{Path: "locked", Reason: reason.Words("cannot be read: input/output error")},
			{Path: "none", Reason: reason.NoBytes.Why()},
			{Path: "healed", Reason: reason.Words("changed meanwhile")},
		} {
			if tree, told := b.whose(i, p); !told {
				got = append(got, fmt.Sprint(tree, p.Path))
			}
		}
	}
	if want := []string{"2bad", "2locked", "0none", "0healed", "1none", "1healed"}; !reflect.DeepEqual(got, want) {
		t.Errorf("problems %q", got)
	}
	if want := []said{{"healed", 2, reason.Damaged.Why(), true}}; !reflect.DeepEqual(b.healed(), want) {
		t.Errorf("healed %v", b.healed())
	}
}
