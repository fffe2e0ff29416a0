package plan

import (
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"

	"latus/index"
	"latus/index/mergelog"
	"latus/sync/reason"
)

func (s shelf) get(p index.Path) *index.Entry { return s[p] }

func (s shelf) below(dir index.Path) iter.Seq[*index.Entry] {
	return func(yield func(*index.Entry) bool) {
		for _, p := range sortedPaths(s) {
			if p.Under(dir) && !yield(s[p]) {
				return
			}
		}
	}
}

// implied puts a directory onto the disk that somebody has deleted.
func (s shelf) implied(p index.Path, mode uint32) {
	s.vanished(p)
	s[p].Witness = index.Witness{Kind: index.Dir, Mode: mode}
}

// vanished acknowledges a deletion of p.
func (s shelf) vanished(p index.Path) {
	s[p] = &index.Entry{Path: p, Heads: []index.Head{gone(news)}}
}

var undoer = gen(1, 9)

// undoOf undoes records on s, and describes what is authored and what is left.
func undoOf(s shelf, left map[index.Path]reason.Reason, records ...mergelog.Record) (*Undone, string) {
	u := Undo(Undoing{
		Records: records, Get: s.get, Below: s.below, Left: left,
		Stood: map[index.Path]mergelog.Former{"later": {Kind: index.Dir, Mode: 0o750}},
		Old: func(r *mergelog.Record) (index.Head, uint32, reason.Reason) {
			if r.Trash == "purged" {
				return index.Head{}, 0, reason.Words("purged")
			}
			h := fileHead(old, 1)
			h.Gen = r.OldGen
			return h, 0o644, reason.Reason{}
		},
	}, Authoring{Gen: undoer, Now: 1000, Clock: 1, ModeBits: 0o777})
	var b []string
	for _, e := range u.Entries {
		h, _ := Display(e.Heads)
		t := fmt.Sprintf("%s %v", e.Path, h.Kind)
		if h.Gen != undoer {
			t += " as it is"
		}
		if h.Origin != nil {
			t += fmt.Sprintf(" of %s %d", h.Origin.Path, h.Origin.Gen.Tag)
		}
		if e.Mode.Gen == undoer {
			t += fmt.Sprintf(" mode %o", e.Mode.Value)
		}
		b = append(b, t)
	}
	for _, h := range u.Left {
		b = append(b, fmt.Sprintf("%s: %s", h.Path, h.Reason))
	}
	return u, strings.Join(b, "\n")
}

func did(op Op, p index.Path, h index.Head) mergelog.Record {
	r := mergelog.Record{Op: op.String(), Path: p, Kind: h.Kind, Size: h.Size, Mtime: h.Mtime, Hash: h.Hash, Gen: h.Gen, Mode: 0o644, Target: h.Target}
	if h.Kind == index.Dir {
		r.Mode = 0o755
	}
	return r
}

// over is r in the place of what was there.
func over(r mergelog.Record, h index.Head, mode uint32, trash string) mergelog.Record {
	r.OldGen, r.Trash = h.Gen, trash
	r.Was = mergelog.Former{Kind: h.Kind, Size: h.Size, Mtime: h.Mtime, Mode: mode, Target: h.Target}
	return r
}

func shifted(from, to index.Path, h index.Head) mergelog.Record {
	r := did(Move, to, h)
	r.From = from
	r.Took = mergelog.Former{Kind: h.Kind, Gen: old, Size: h.Size, Mtime: h.Mtime, Mode: 0o644}
	return r
}

func TestUndo(t *testing.T) {
	one, two, three := fileHead(old, 1), fileHead(news, 2), fileHead(news, 3)
	deletion := gone(news)
	for _, c := range []struct {
		name    string
		disk    func(s shelf)
		left    map[index.Path]reason.Reason
		records []mergelog.Record
		want    string
	}{
		{name: "an update", disk: func(s shelf) { s.has("f", two) },
			records: []mergelog.Record{over(did(Update, "f", two), one, 0o600, "r.1")},
			want:    "f file of f 1"},
		{name: "a creation", disk: func(s shelf) { s.has("f", two) },
			records: []mergelog.Record{did(Create, "f", two)},
			want:    "f deleted"},
		{name: "a creation that was undone by hand", disk: func(s shelf) { s.vanished("f") },
			records: []mergelog.Record{did(Create, "f", two)}},
		{name: "a deletion", disk: func(s shelf) { s.vanished("f") },
			records: []mergelog.Record{over(did(Delete, "f", deletion), one, 0o600, "r.1")},
			want:    "f file of f 1"},
		{name: "a deletion of what the index forgot", disk: func(s shelf) {},
			records: []mergelog.Record{over(did(Delete, "f", deletion), one, 0o600, "r.1")},
			want:    "f file of f 1"},
		{name: "a deletion, made anew since", disk: func(s shelf) { s.has("f", fileHead(ours, 4)) },
			records: []mergelog.Record{over(did(Delete, "f", deletion), one, 0o600, "r.1")},
			want:    "f: " + leftTaken.String()},
		{name: "edited since", disk: func(s shelf) { s.has("f", fileHead(ours, 4)) },
			records: []mergelog.Record{over(did(Update, "f", two), one, 0o600, "r.1")},
			want:    "f: " + leftChanged.String()},
		{name: "a mode set since", disk: func(s shelf) { s.has("f", two); s["f"].Witness.Mode = 0o600 },
			records: []mergelog.Record{over(did(Update, "f", two), one, 0o644, "r.1")},
			want:    "f: " + leftChanged.String()},
		{name: "purged", disk: func(s shelf) { s.has("f", two) },
			records: []mergelog.Record{over(did(Update, "f", two), one, 0o600, "purged")},
			want:    "f: purged"},
		{name: "a mode", disk: func(s shelf) { s.has("f", two) },
			records: []mergelog.Record{over(did(Touch, "f", two), two, 0o600, "")},
			want:    "f file as it is mode 600"},
		{name: "an mtime", disk: func(s shelf) { s.has("f", two) },
			records: []mergelog.Record{over(did(Touch, "f", two), fileHead(old, 2), 0o644, "")},
			want:    "f file of f 2"},
		{name: "a touch in an older log", disk: func(s shelf) { s.has("f", two) },
			records: []mergelog.Record{did(Touch, "f", two)},
			want:    "f: " + leftUntold.String()},
		{name: "a link", disk: func(s shelf) { s.has("l", linkHead(news, "new")) },
			records: []mergelog.Record{over(did(MakeLink, "l", linkHead(news, "new")), one, 0o600, "r.1")},
			want:    "l file of l 1"},
		{name: "a move", disk: func(s shelf) { s.vanished("a"); s.has("b", two) },
			records: []mergelog.Record{shifted("a", "b", two)},
			want:    "a file of b 2\nb deleted"},
		{name: "a move onto another file", disk: func(s shelf) { s.vanished("a"); s.has("b", two) },
			records: []mergelog.Record{over(shifted("a", "b", two), one, 0o644, "r.1")},
			want:    "a file of b 2\nb file of b 1"},
		{name: "two that changed places", disk: func(s shelf) { s.has("a", two); s.has("b", three) },
			records: []mergelog.Record{shifted("b", "a", two), shifted("a", "b", three)},
			want:    "a file of b 2\nb file of a 2"},
		{name: "a chain, its end edited since", disk: func(s shelf) { s.vanished("a"); s.has("b", two); s.has("c", fileHead(ours, 4)) },
			records: []mergelog.Record{shifted("b", "c", three), shifted("a", "b", two)},
			want:    "b: " + leftMate.String() + "\nc: " + leftChanged.String()},
		{name: "a new directory", disk: func(s shelf) { s.has("d", dirHead(news)); s.has("d/f", two) },
			records: []mergelog.Record{did(Mkdir, "d", dirHead(news)), did(Create, "d/f", two)},
			want:    "d deleted\nd/f deleted"},
		{name: "a new directory that holds what is newer", disk: func(s shelf) {
			s.has("d", dirHead(news))
			s.has("d/e", dirHead(news))
			s.has("d/e/mine", fileHead(ours, 4))
			s.has("d/f", two)
		},
			records: []mergelog.Record{did(Mkdir, "d", dirHead(news)), did(Mkdir, "d/e", dirHead(news)), did(Create, "d/f", two)},
			want:    "d/f deleted\nd: " + leftFull.String() + "\nd/e: " + leftFull.String()},
		{name: "a directory in the place of a file", disk: func(s shelf) { s.has("p", dirHead(news)); s.has("p/f", two) },
			records: []mergelog.Record{over(did(Mkdir, "p", dirHead(news)), one, 0o644, "r.1"), did(Create, "p/f", two)},
			want:    "p file of p 1\np/f deleted"},
		{name: "a file in the place of a directory", disk: func(s shelf) { s.has("p", two); s.vanished("p/f") },
			records: []mergelog.Record{over(did(Create, "p", two), dirHead(old), 0o755, ""), over(did(Delete, "p/f", deletion), one, 0o644, "r.1")},
			want:    "p dir of p 1\np/f file of p/f 1"},
		{name: "what was in a directory that is an edited file now", disk: func(s shelf) { s.has("p", fileHead(ours, 4)); s.vanished("p/f") },
			records: []mergelog.Record{over(did(Create, "p", two), dirHead(old), 0o755, ""), over(did(Delete, "p/f", deletion), one, 0o644, "r.1")},
			want:    "p: " + leftChanged.String() + "\np/f: " + leftParent.String()},
		{name: "a moved directory, one file in it edited since", disk: func(s shelf) {
			s.vanished("a")
			s.vanished("a/x")
			s.vanished("a/y")
			s.has("b", dirHead(news))
			s.has("b/x", two)
			s.has("b/y", fileHead(ours, 4))
		},
			records: func() []mergelog.Record {
				x, y := shifted("a/x", "b/x", two), shifted("a/y", "b/y", three)
				x.Along, y.Along = true, true
				d := shifted("a", "b", dirHead(news))
				d.Took.Mode = 0o755
				return []mergelog.Record{x, y, d}
			}(),
			want: "a dir of b 2\na/x file of b/x 2\nb/x deleted\nb: " + leftFull.String() + "\nb/y: " + leftChanged.String()},
		{name: "the loser of a conflict", disk: func(s shelf) {
			s.has("f", two)
			s["f"].Heads = []index.Head{one, two}
		},
			records: []mergelog.Record{over(did(Update, "f", two), one, 0o600, "r.1"), did(Keep, "f", one)},
			want:    "f file of f 1"},
		{name: "what waits for another run", disk: func(s shelf) {
			s.has("f", two)
			s["f"].Have, s["f"].Pending = s["f"].Heads, true
			s["f"].Heads = []index.Head{fileHead(gen(3, 8), 5)}
		},
			records: []mergelog.Record{over(did(Update, "f", two), one, 0o600, "r.1")},
			want:    "f: " + leftPending.String()},
		{name: "what must stay", disk: func(s shelf) { s.vanished("a"); s.has("b", two); s.has("f", two) },
			left:    map[index.Path]reason.Reason{"a": reason.Words("no room")},
			records: []mergelog.Record{shifted("a", "b", two), did(Create, "f", two)},
			want:    "f deleted\na: no room\nb: " + leftMate.String()},
		{name: "the only content of a directory that somebody deleted", disk: func(s shelf) {
			s.implied("d", 0o700)
			s.has("d/f", two)
		},
			records: []mergelog.Record{did(Create, "d/f", two)},
			want:    "d dir mode 700\nd/f deleted"},
		{name: "some of the content of one", disk: func(s shelf) {
			s.implied("d", 0o700)
			s.has("d/f", two)
			s.has("d/mine", one)
		},
			records: []mergelog.Record{did(Create, "d/f", two)},
			want:    "d/f deleted"},
		{name: "a directory that stood for its content went with it", disk: func(s shelf) { s.vanished("d"); s.vanished("d/f") },
			records: []mergelog.Record{over(did(Delete, "d/f", deletion), one, 0o644, "r.1"), over(did(Rmdir, "d", deletion), index.Head{Kind: index.Dir}, 0o700, "")},
			want:    "d dir mode 700\nd/f file of d/f 1"},
		{name: "a directory of which nobody had a version, for content that came", disk: func(s shelf) {
			s.implied("d", 0o755)
			s.has("d/f", two)
		},
			records: []mergelog.Record{did(Mkdir, "d", index.Head{Kind: index.Dir}), did(Create, "d/f", two)},
			want:    "d/f deleted"},
		{name: "the same in the place of a file that lost to it", disk: func(s shelf) {
			s.implied("d", 0o755)
			s["d"].Heads = []index.Head{one}
			s.has("d/f", two)
		},
			records: []mergelog.Record{did(Mkdir, "d", index.Head{Kind: index.Dir}), did(Create, "d/f", two)},
			want:    "d deleted\nd/f deleted"},
		{name: "a new directory in which something waits for another run", disk: func(s shelf) {
			s.has("d", dirHead(news))
			s["d/f"] = &index.Entry{Path: "d/f", Heads: []index.Head{two}, Pending: true}
		},
			records: []mergelog.Record{did(Mkdir, "d", dirHead(news))},
			want:    "d deleted"},
		{name: "a deletion in a directory that is gone by now", disk: func(s shelf) { s.vanished("d/f") },
			records: []mergelog.Record{over(did(Delete, "d/f", deletion), one, 0o644, "r.1")},
			want:    "d dir mode 700\nd/f file of d/f 1"},
		{name: "the same, and the log tells how that was", disk: func(s shelf) { s.vanished("later"); s.vanished("later/f") },
			records: []mergelog.Record{over(did(Delete, "later/f", deletion), one, 0o644, "r.1")},
			want:    "later dir mode 750\nlater/f file of later/f 1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := shelf{}
			c.disk(s)
			u, got := undoOf(s, c.left, c.records...)
			if got != c.want {
				t.Fatalf("got:\n%s\nwant:\n%s", got, c.want)
			}
			for _, e := range u.Entries {
				was := s[e.Path]
				if was == nil {
					was = &index.Entry{}
				}
				h, _ := Display(e.Heads)
				if !e.Pending || h.Gen == undoer && len(e.Heads) != 1 {
					t.Errorf("%s: heads %v, pending %v", e.Path, e.Heads, e.Pending)
				}
				for _, o := range was.Heads {
					if h.Gen == undoer && h.Utime <= o.Utime {
						t.Errorf("%s: not later than what it supersedes", e.Path)
					}
				}
				if !slices.EqualFunc(e.Acked(), was.Acked(), func(a, b index.Head) bool { return a.Gen == b.Gen }) {
					t.Errorf("%s: acknowledged are %v, were %v", e.Path, e.Acked(), was.Acked())
				}
			}
		})
	}
}
