package plan

import (
	"slices"
	"testing"

	"latus/index"
	"latus/sync/reason"
)

// Where nothing is deleted, what would be stays pending and is a problem, and its
// bytes are copied where they would have been moved.
func TestMakeWithoutDeleting(t *testing.T) {
	s := shelf{}
	s.has("d", dirHead(old))
	s.has("d/f", fileHead(old, 1))
	s.has("d/l", linkHead(old, "x"))
	s.has("empty", dirHead(old))
	s.has("from", fileHead(old, 2))
	for _, p := range []index.Path{"d", "d/f", "d/l", "empty", "from"} {
		s.gets(p, gone(news))
	}
	s.gets("to", fileHead(news, 2))
	p := Make(Input{Entries: s.all(), Get: func(p index.Path) *index.Entry { return s[p] }, NoDelete: true, Disk: Disk{ModeBits: 0o777, Links: true}})
	if len(p.Actions) != 1 || p.Actions[0].Op != Copy || p.Actions[0].From != "from" || p.Losses != 0 {
		t.Errorf("actions %+v, %d losses", p.Actions, p.Losses)
	}
	var held []index.Path
	for _, h := range p.Held {
		if h.Reason.Code != reason.NoDelete || !h.Problem {
			t.Errorf("%+v", h)
		}
		held = append(held, h.Path)
	}
	if want := []index.Path{"d/f", "d/l", "empty", "from"}; !slices.Equal(held, want) {
		t.Errorf("held %q, want %q", held, want)
	}
	if len(p.Acks) > 0 {
		t.Errorf("acknowledged %q", p.Acks)
	}
}
