package wire

import (
	"errors"
	"strings"
	"testing"

	"latus/index"
	"latus/sync/fetch"
	"latus/sync/peer"
	"latus/sync/plan"
)

// delta encodes entries as they are, however wrong.
func delta(es ...*index.Entry) func(*Coder) {
	return func(c *Coder) { c.Delta(&peer.Delta{From: 1, Entries: es}) }
}

func entry(p index.Path, change func(*index.Head)) *index.Entry {
	h := index.Head{Gen: index.GenID{Author: 1, Tag: 2}, Kind: index.File, Clock: 1, Size: 3, Mtime: 4, Utime: 4}
	if change != nil {
		change(&h)
	}
	return &index.Entry{Path: p, Heads: []index.Head{h}}
}

func TestHostileMetadataIsRefused(t *testing.T) {
	head := func(change func(*index.Head)) func(*Coder) { return delta(entry("a", change)) }
	gens := func(gs ...uint64) func(*Coder) {
		k := index.AuthorKnown{Author: 1}
		for _, g := range gs {
			k.More = append(k.More, index.Generation{GenID: index.GenID{Author: 1, Tag: g}, Seq: g})
		}
		return func(c *Coder) { c.Delta(&peer.Delta{Known: index.Summary{k}}) }
	}
	twoHeads := func(a, b uint64) func(*Coder) {
		e, o := entry("a", nil), entry("a", nil)
		e.Heads[0].Gen.Tag, o.Heads[0].Gen.Tag = a, b
		e.Heads = append(e.Heads, o.Heads...)
		return delta(e)
	}
	for name, message := range map[string]func(*Coder){
		"parent":           delta(entry("../x", nil)),
		"parent inside":    delta(entry("a/../../x", nil)),
		"absolute":         delta(entry("/x", nil)),
		"private":          delta(entry(".latus/index.jsonl", nil)),
		"private folded":   delta(entry("a/.LaTuS", nil)),
		"dot":              delta(entry("a/./b", nil)),
		"slash at the end": delta(entry("a/", nil)),
		"NUL":              delta(entry("a\x00b", nil)),
		"empty":            delta(entry("", nil)),
		"long name":        delta(entry(index.Path(strings.Repeat("n", index.MaxName+1)), nil)),
		"twice":            delta(entry("a", nil), entry("a", nil)),
		"disorder":         delta(entry("b", nil), entry("a", nil)),
		"disorder inside":  delta(entry("a-b", nil), entry("a/b", nil)),
		"no generation":    head(func(h *index.Head) { h.Gen = index.GenID{} }),
		"absent":           head(func(h *index.Head) { h.Kind = index.Absent }),
		"special":          head(func(h *index.Head) { h.Kind = index.Special }),
		"unknown kind":     head(func(h *index.Head) { h.Kind = 7 }),
		"negative size":    head(func(h *index.Head) { h.Size = -1 }),
		"NUL in a target":  head(func(h *index.Head) { h.Kind, h.Target = index.Link, "a\x00" }),
		"long lineage":     head(func(h *index.Head) { h.Lineage = make([]index.Ancestor, index.MaxLineage+1) }),
		"bad origin":       head(func(h *index.Head) { h.Origin = &index.Origin{Path: "../x", Gen: h.Gen} }),
		"head twice":       twoHeads(1, 1),
		"heads disordered": twoHeads(2, 1),
		"many heads":       delta(&index.Entry{Path: "a", Heads: make([]index.Head, MaxHeads+1)}),
		"mode bits":        delta(&index.Entry{Path: "a", Mode: index.ModeReg{Value: 1 << 12}}),
		"owner":            delta(&index.Entry{Path: "a", Owner: index.OwnerReg{Value: "ann:50", Gen: index.GenID{Author: 1, Tag: 1}}}),
		"owner's name":     delta(&index.Entry{Path: "a", Owner: index.OwnerReg{Value: "a\x1b=1:50", Gen: index.GenID{Author: 1, Tag: 1}}}),
		"owner of nobody":  delta(&index.Entry{Path: "a", Owner: index.OwnerReg{Value: "1:50"}}),
		"attributes":       delta(&index.Entry{Path: "a", Attrs: index.AttrsReg{Value: "b=AA;a=AA;", Gen: index.GenID{Author: 1, Tag: 1}}}),
		"attributes of 0":  delta(&index.Entry{Path: "a", Attrs: index.AttrsReg{Value: "a=AA;"}}),
		"seq 0":            gens(0),
		"gens disordered":  gens(2, 1),
		"gen twice":        gens(1, 1),
		"absurd seq":       gens(maxSeq + 1),
		"authors disordered": func(c *Coder) {
			c.Delta(&peer.Delta{Known: index.Summary{{Author: 2}, {Author: 1}}})
		},
	} {
		frames, err := encode(message)
		if err != nil {
			continue // not even we would send it
		}
		var d peer.Delta
		if err := decode(frames, 0, func(c *Coder) { c.Delta(&d) }); !errors.Is(err, ErrProtocol) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestHostileRequestsAreRefused(t *testing.T) {
	for name, request := range map[string]func(c *Coder){
		"mode":     func(c *Coder) { c.Greeting(&Greeting{Hello: peer.Hello{Mode: peer.Mirror + 1}}) },
		"conflict": func(c *Coder) { c.MergeQuery(&MergeQuery{Options: peer.MergeOptions{Conflict: plan.Fail + 1}}) },
		"offset":   func(c *Coder) { c.Wants(&[]fetch.Want{{Path: "a", Gen: index.GenID{Tag: 1}, Size: 1, Offset: 2}}) },
		"path":     func(c *Coder) { c.Wants(&[]fetch.Want{{Path: "../a", Gen: index.GenID{Tag: 1}}}) },
		"no gen":   func(c *Coder) { c.Wants(&[]fetch.Want{{Path: "a"}}) },
	} {
		frames, err := encode(request)
		if err != nil {
			t.Fatal(err)
		}
		err = decode(frames, 0, map[string]func(*Coder){
			"mode":     func(c *Coder) { c.Greeting(&Greeting{}) },
			"conflict": func(c *Coder) { c.MergeQuery(&MergeQuery{}) },
			"offset":   func(c *Coder) { c.Wants(&[]fetch.Want{}) },
			"path":     func(c *Coder) { c.Wants(&[]fetch.Want{}) },
			"no gen":   func(c *Coder) { c.Wants(&[]fetch.Want{}) },
		}[name])
		if !errors.Is(err, ErrProtocol) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestAnnouncedLengthsCostNothing(t *testing.T) {
	huge := func(c *Coder) { c.uvarint(many) }
	frames, err := encode(huge)
	if err != nil {
		t.Fatal(err)
	}
	allocated := testing.AllocsPerRun(10, func() {
		var ws []fetch.Want
		if err := decode(frames, 0, func(c *Coder) { c.Wants(&ws) }); err == nil {
			t.Fatal("a list that never came was taken")
		}
		if cap(ws) > 16 {
			t.Fatalf("room for %d wants", cap(ws))
		}
	})
	if allocated > 100 {
		t.Errorf("%v allocations", allocated)
	}
}
