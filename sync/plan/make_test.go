package plan

import (
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"

	"latus/index"
)

// shelf is an index for tests: entries as a merge leaves them.
type shelf map[index.Path]*index.Entry

func (s shelf) all() iter.Seq[*index.Entry] {
	return func(yield func(*index.Entry) bool) {
		for _, p := range sortedPaths(s) {
			if !yield(s[p]) {
				return
			}
		}
	}
}

func gen(author index.PeerID, tag uint64) index.GenID { return index.GenID{Author: author, Tag: tag} }

var (
	old     = gen(1, 1) // what all had
	news    = gen(2, 2) // what the other side did
	ours    = gen(1, 3) // what this side did
	hashed1 = hashOf(1)
)

func fileHead(g index.GenID, content int) index.Head {
	return index.Head{Gen: g, Kind: index.File, Clock: 1, Size: int64(100 + content), Mtime: int64(10 * g.Tag), Utime: int64(10 * g.Tag), Hash: hashOf(content)}
}

func dirHead(g index.GenID) index.Head {
	return index.Head{Gen: g, Kind: index.Dir, Clock: 1, Utime: int64(10 * g.Tag)}
}

func linkHead(g index.GenID, target string) index.Head {
	return index.Head{Gen: g, Kind: index.Link, Clock: 1, Mtime: int64(10 * g.Tag), Utime: int64(10 * g.Tag), Target: target}
}

func gone(g index.GenID) index.Head {
	return index.Head{Gen: g, Kind: index.Deleted, Clock: 1, Utime: int64(10 * g.Tag)}
}

// has puts an acknowledged version into the shelf.
func (s shelf) has(p index.Path, h index.Head) {
	w := index.Witness{Kind: h.Kind, Size: h.Size, Mtime: h.Mtime, Mode: 0o644, Inode: 7}
	if h.Kind == index.Dir {
		w.Mode = 0o755
	}
	s[p] = &index.Entry{Path: p, Heads: []index.Head{h}, Witness: w}
}

// gets replaces the heads of p by what a merge brought.
func (s shelf) gets(p index.Path, heads ...index.Head) {
	e := &index.Entry{Path: p}
	if s[p] != nil {
		*e = *s[p]
	}
	e.Have, e.Pending = e.Acked(), true
	sortHeads(heads)
	e.Heads = heads
	s[p] = e
}

func (s shelf) input() Input {
	return Input{
		Entries: s.all(),
		Get:     func(p index.Path) *index.Entry { return s[p] },
		Disk:    Disk{Clock: 1, ModeBits: 0o777, Links: true, Times: true},
	}
}

func (p *Plan) lines() string {
	var lines []string
	for _, a := range p.Actions {
		line := a.Op.String() + " " + string(a.Path)
		if a.From != "" {
			line += " < " + string(a.From)
		}
		if a.Trash != "" {
			line += " < trash " + a.Trash
		}
		if a.Aside {
			line += " aside"
		}
		if a.Want >= 0 {
			line += fmt.Sprint(" want ", p.Wants[a.Want].Path)
		}
		if a.OldHead.Gen != (index.GenID{}) {
			line += fmt.Sprint(" over ", a.OldHead.Gen.Tag)
		}
		lines = append(lines, line)
	}
	for _, q := range p.Questions {
		lines = append(lines, fmt.Sprintf("ask %s %d", q.Path, q.Gen.Tag))
	}
	for _, c := range p.Conflicts {
		lines = append(lines, fmt.Sprintf("conflict %s %d over %v", c.Path, c.Winner.Gen.Tag, tagsOf(c.Losers)))
	}
	for _, h := range p.Held {
		lines = append(lines, fmt.Sprintf("held %s: %s %v", h.Path, h.Reason, h.Problem))
	}
	for _, a := range p.Acks {
		lines = append(lines, "ack "+string(a))
	}
	if p.Losses > 0 {
		lines = append(lines, fmt.Sprint("losses ", p.Losses))
	}
	return strings.Join(lines, "\n")
}

func unhashed(h index.Head) index.Head {
	h.Hash = index.Hash{}
	return h
}

func sized(h index.Head, size int64) index.Head {
	h.Size = size
	return h
}

func from(h index.Head, p index.Path, g index.GenID) index.Head {
	h.Origin = &index.Origin{Path: p, Gen: g}
	return h
}

func TestMake(t *testing.T) {
	for _, c := range []struct {
		name  string
		given func(s shelf, in *Input)
		want  string
	}{
		{"nothing to do", func(s shelf, _ *Input) {
			s.has("a", fileHead(old, 1))
			s.has("d", dirHead(old))
			s.has("d/b", fileHead(old, 2))
		}, ``},
		{"a new file in a new directory", func(s shelf, _ *Input) {
			s.gets("d", dirHead(news))
			s.gets("d/a", fileHead(news, 1))
		}, `
mkdir d
create d/a want d/a`},
		{"an update", func(s shelf, _ *Input) {
			s.has("a", fileHead(old, 1))
			s.gets("a", fileHead(news, 2))
		}, `
update a want a over 1`},
		{"a touch", func(s shelf, _ *Input) {
			s.has("a", fileHead(old, 1))
			s.gets("a", fileHead(news, 1))
		}, `
touch a over 1`},
		{"an mtime that is the same at a coarse clock", func(s shelf, in *Input) {
			in.Disk.Clock = 100
			s.has("a", fileHead(old, 1))
			s.gets("a", fileHead(news, 1))
		}, `
ack a`},
		{"update or touch, nobody knows", func(s shelf, _ *Input) {
			s.has("a", unhashed(fileHead(old, 1)))
			s.gets("a", unhashed(fileHead(news, 1)))
		}, `
update a want a over 1
ask a 2
ask a 1`},
		{"and nobody can tell", func(s shelf, in *Input) {
			in.Unanswered = func(index.Path, index.GenID) bool { return true }
			s.has("a", unhashed(fileHead(old, 1)))
			s.gets("a", unhashed(fileHead(news, 1)))
		}, `
update a want a over 1`},
		{"deletions, children first", func(s shelf, _ *Input) {
			s.has("d", dirHead(old))
			s.has("d/a", fileHead(old, 1))
			s.has("d/b", fileHead(old, 2))
			s.gets("d", gone(news))
			s.gets("d/a", gone(news))
			s.gets("d/b", gone(news))
		}, `
delete d/b over 1
delete d/a over 1
rmdir d over 1
losses 2`},
		{"a deletion of what is not there", func(s shelf, _ *Input) {
			s.gets("a", gone(news))
		}, `
ack a`},
		{"a move by hash", func(s shelf, _ *Input) {
			s.has("a", fileHead(old, 1))
			s.gets("a", gone(news))
			s.gets("b", fileHead(news, 1))
		}, `
move b < a`},
		{"a move by hint, never hashed", func(s shelf, _ *Input) {
			s.has("a", unhashed(fileHead(old, 1)))
			s.gets("a", gone(news))
			s.gets("b", from(unhashed(fileHead(news, 1)), "a", old))
		}, `
move b < a`},
		{"a hint is not for checksums", func(s shelf, in *Input) {
			in.Rule.Checksum = true
			s.has("a", unhashed(fileHead(old, 1)))
			s.gets("a", gone(news))
			s.gets("b", from(unhashed(fileHead(news, 1)), "a", old))
		}, `
create b want b
delete a over 1
ask b 2
ask a 1
losses 1`},
		{"a hint about another version", func(s shelf, _ *Input) {
			s.has("a", unhashed(fileHead(ours, 1)))
			s.gets("a", gone(news))
			s.gets("b", from(unhashed(sized(fileHead(news, 1), 5)), "a", old))
		}, `
create b want b
delete a over 3
losses 1`},
		{"a possible move is asked for by size", func(s shelf, _ *Input) {
			s.has("a", unhashed(fileHead(old, 1)))
			s.gets("a", gone(news))
			s.gets("b", unhashed(fileHead(news, 1)))
		}, `
create b want b
delete a over 1
ask b 2
ask a 1
losses 1`},
		{"a copy of what stays", func(s shelf, _ *Input) {
			s.has("a", fileHead(old, 1))
			s.gets("b", fileHead(news, 1))
		}, `
copy b < a`},
		{"moved once, then copied", func(s shelf, _ *Input) {
			s.has("a", fileHead(old, 1))
			s.gets("a", gone(news))
			s.gets("b", fileHead(news, 1))
			s.gets("c", fileHead(news, 1))
		}, `
move b < a
copy c < b`},
		{"fetched once, then copied", func(s shelf, _ *Input) {
			s.gets("b", fileHead(news, 1))
			s.gets("c", fileHead(news, 1))
		}, `
create b want b
copy c < b`},
		{"out of the trash", func(s shelf, in *Input) {
			in.TrashByHash = func(h index.Hash) (string, bool) { return "T", h == hashed1 }
			s.gets("b", fileHead(news, 1))
		}, `
undelete b < trash T`},
		{"a large file that may be in the trash", func(s shelf, in *Input) {
			in.TrashSize = func(int64) bool { return true }
			s.gets("b", sized(unhashed(fileHead(news, 1)), 65<<10))
			s.gets("c", sized(unhashed(fileHead(news, 1)), 64<<10))
		}, `
create b want b
create c want c
ask b 2`},
		{"a chain", func(s shelf, _ *Input) {
			s.has("a", fileHead(old, 1))
			s.has("b", fileHead(old, 2))
			s.gets("a", gone(news))
			s.gets("b", fileHead(news, 1))
			s.gets("c", fileHead(news, 2))
		}, `
move c < b
move b < a`},
		{"a swap", func(s shelf, _ *Input) {
			s.has("a", fileHead(old, 1))
			s.has("b", fileHead(old, 2))
			s.gets("a", fileHead(news, 2))
			s.gets("b", fileHead(news, 1))
		}, `
move b < a
move a < b aside`},
		{"a move onto a file", func(s shelf, _ *Input) {
			s.has("a", fileHead(old, 1))
			s.has("b", fileHead(old, 2))
			s.gets("a", gone(news))
			s.gets("b", fileHead(news, 1))
		}, `
move b < a over 1`},
		{"a file into a directory of its own name", func(s shelf, _ *Input) {
			s.has("a", fileHead(old, 1))
			s.gets("a", dirHead(news))
			s.gets("a/b", fileHead(news, 1))
		}, `
mkdir a
move a/b < a aside`},
		{"a file out of a directory onto its name", func(s shelf, _ *Input) {
			s.has("a", dirHead(old))
			s.has("a/b", fileHead(old, 1))
			s.gets("a", fileHead(news, 1))
			s.gets("a/b", gone(news))
		}, `
move a < a/b aside over 1`},
		{"a directory becomes a file", func(s shelf, _ *Input) {
			s.has("a", dirHead(old))
			s.has("a/b", fileHead(old, 1))
			s.gets("a", fileHead(news, 2))
			s.gets("a/b", gone(news))
		}, `
delete a/b over 1
create a want a over 1
losses 1`},
		{"a file becomes a directory", func(s shelf, _ *Input) {
			s.has("a", fileHead(old, 1))
			s.gets("a", dirHead(news))
			s.gets("a/b", fileHead(news, 2))
		}, `
mkdir a over 1
create a/b want a/b
losses 1`},
		{"a link becomes another", func(s shelf, _ *Input) {
			s.has("a", linkHead(old, "x"))
			s.gets("a", linkHead(news, "y"))
		}, `
link a over 1`},
		{"a directory is renamed", func(s shelf, _ *Input) {
			s.has("d", dirHead(old))
			s.has("d/a", fileHead(old, 1))
			s.has("d/e", dirHead(old))
			s.has("d/e/b", fileHead(old, 2))
			s.has("d/e/l", linkHead(old, "x"))
			for _, p := range []index.Path{"d", "d/a", "d/e", "d/e/b", "d/e/l"} {
				s.gets(p, gone(news))
			}
			s.gets("n", dirHead(news))
			s.gets("n/a", withMtime(fileHead(news, 1), 10))
			s.gets("n/e", dirHead(news))
			s.gets("n/e/b", fileHead(news, 2))
			s.gets("n/e/l", linkHead(news, "x"))
		}, `
move n < d
touch n/e/b over 1`},
		{"a directory with twins and an empty file is renamed", func(s shelf, _ *Input) {
			s.has("d", dirHead(old))
			s.gets("n", dirHead(news))
			for _, f := range []struct {
				name    string
				content int
			}{{"/a", 1}, {"/b", 1}, {"/c", 1}, {"/z", 3}} {
				s.has("d"+index.Path(f.name), fileHead(old, f.content))
				s.gets("n"+index.Path(f.name), withMtime(fileHead(news, f.content), 10))
				s.gets("d"+index.Path(f.name), gone(news))
			}
			s.has("d/empty", sized(fileHead(old, 2), 0))
			s.gets("n/empty", withMtime(sized(fileHead(news, 2), 0), 10))
			s.gets("d/empty", gone(news))
			s.gets("d", gone(news))
		}, `
move n < d`},
		{"a renamed directory takes what is ignored along", func(s shelf, in *Input) {
			in.Ignored = func(p index.Path, _ bool) bool { return p.Base() == "o" }
			s.has("d", dirHead(old))
			s.has("d/a", fileHead(old, 1))
			s.has("d/o", fileHead(old, 2))
			for _, p := range []index.Path{"d", "d/a", "d/o"} {
				s.gets(p, gone(news))
			}
			s.gets("n", dirHead(news))
			s.gets("n/a", withMtime(fileHead(news, 1), 10))
		}, `
move n < d
held d/o: ignored here false`},
		{"a directory is renamed while a file in it was edited here", func(s shelf, _ *Input) {
			s.has("d", dirHead(old))
			s.has("d/a", fileHead(old, 1))
			s.has("d/b", fileHead(ours, 4))
			s.gets("d", gone(news))
			s.gets("d/a", gone(news))
			s.gets("d/b", fileHead(ours, 4), gone(news))
			s.gets("n", dirHead(news))
			s.gets("n/a", fileHead(news, 1))
			s.gets("n/b", fileHead(news, 2))
		}, `
mkdir n
move n/a < d/a
create n/b want n/b
ack d
ack d/b`},
		{"a directory that only a descendant needs", func(s shelf, _ *Input) {
			s.gets("d", gone(news))
			s.gets("d/e/a", fileHead(news, 1))
		}, `
mkdir d
mkdir d/e
create d/e/a want d/e/a`},
		{"it goes with the descendant", func(s shelf, _ *Input) {
			s.has("d", dirHead(old))
			s["d"].Heads = []index.Head{gone(news)}
			s.has("d/a", fileHead(old, 1))
			s.gets("d/a", gone(news))
		}, `
delete d/a over 1
rmdir d
losses 1`},
		{"a file whose name a directory needs", func(s shelf, _ *Input) {
			s.has("d", fileHead(old, 1))
			s.gets("d/a", fileHead(news, 2))
		}, `
mkdir d over 1
create d/a want d/a
conflict d 0 over [1]
losses 1`},
		{"and gets its name back", func(s shelf, in *Input) {
			in.InTrash = func(p index.Path, g index.GenID) (string, bool) { return "T", p == "d" && g == old }
			s.has("d", fileHead(old, 1))
			s["d"].Witness = index.Witness{Kind: index.Dir, Mode: 0o755}
			s.has("d/a", fileHead(old, 2))
			s.gets("d/a", gone(news))
		}, `
delete d/a over 1
undelete d < trash T
losses 1`},
		{"a directory with something ignored stays", func(s shelf, in *Input) {
			in.Ignored = func(p index.Path, _ bool) bool { return p.Base() == "o" }
			s.has("d", dirHead(old))
			s.has("d/o", fileHead(old, 1))
			s.gets("d", gone(news))
			s.gets("d/o", gone(news))
		}, `
held d: the directory still holds what is left alone here false
held d/o: ignored here false`},
		{"and so does one with something that has no entry", func(s shelf, in *Input) {
			in.Keeps = func(p index.Path) bool { return p == "d/e" }
			s.has("d", dirHead(old))
			s.has("d/a", fileHead(old, 1))
			s.has("d/e", dirHead(old))
			for _, p := range []index.Path{"d", "d/a", "d/e"} {
				s.gets(p, gone(news))
			}
		}, `
delete d/a over 1
held d: the directory still holds what is left alone here false
held d/e: the directory still holds what is left alone here false
losses 1`},
		{"a conflict won", func(s shelf, _ *Input) {
			s.has("a", fileHead(ours, 1))
			s.gets("a", fileHead(ours, 1), fileHead(news, 2))
		}, `
keep a want a
conflict a 3 over [2]`},
		{"a conflict won, and the loser's bytes are here by another name", func(s shelf, in *Input) {
			in.TrashByHash = func(h index.Hash) (string, bool) { return "T", h == fileHead(news, 2).Hash }
			s.has("a", fileHead(ours, 1))
			s.gets("a", fileHead(ours, 1), fileHead(news, 2))
		}, `
conflict a 3 over [2]
ack a`},
		{"a conflict lost", func(s shelf, _ *Input) {
			s.has("a", fileHead(old, 1))
			s.gets("a", fileHead(old, 1), fileHead(news, 2))
		}, `
update a want a over 1
conflict a 2 over [1]`},
		{"a loser's bytes are not moved elsewhere", func(s shelf, _ *Input) {
			s.has("a", fileHead(old, 1))
			s.gets("a", fileHead(old, 1), fileHead(news, 2))
			s.gets("b", fileHead(news, 1))
		}, `
update a want a over 1
create b want b
conflict a 2 over [1]`},
		{"a conflict that nobody settles", func(s shelf, in *Input) {
			in.Conflict = Fail
			s.has("a", fileHead(old, 1))
			s.gets("a", fileHead(old, 1), fileHead(news, 2))
		}, `
conflict a 2 over [1]
held a: both sides changed it true`},
		{"a file against a needed directory, left alone with all below", func(s shelf, in *Input) {
			in.Conflict = Fail
			s.has("d", fileHead(old, 1))
			s.gets("d/a", fileHead(news, 2))
		}, `
conflict d 0 over [1]
held d: both sides changed it true
held d/a: its directory cannot be here false`},
		{"not decided yet", func(s shelf, _ *Input) {
			s.has("a", unhashed(fileHead(old, 1)))
			s.gets("a", unhashed(fileHead(old, 1)), unhashed(fileHead(news, 1)))
		}, `
ask a 2
ask a 1
held a: cannot tell whether both sides have the same content true`},
		{"never decided: the winner goes in, the rest is not acknowledged", func(s shelf, in *Input) {
			in.Unanswered = func(index.Path, index.GenID) bool { return true }
			s.has("a", unhashed(fileHead(old, 1)))
			s.gets("a", unhashed(fileHead(old, 1)), unhashed(fileHead(news, 1)))
		}, `
update a want a over 1
held a: cannot tell whether both sides have the same content true`},
		{"two first scans found the same", func(s shelf, _ *Input) {
			mine, theirs := unhashed(fileHead(old, 1)), unhashed(fileHead(news, 1))
			mine.First, theirs.First, theirs.Mtime = true, true, mine.Mtime
			s.has("a", mine)
			s.gets("a", theirs)
		}, `
ack a`},
		{"a name of the same letters", func(s shelf, in *Input) {
			in.Disk.Fold = strings.ToLower
			s.has("README", fileHead(old, 1))
			s.gets("readme", fileHead(news, 2))
		}, `
held readme: another name of the same letters is here true`},
		{"two new names of the same letters", func(s shelf, in *Input) {
			in.Disk.Fold = strings.ToLower
			s.gets("README", fileHead(news, 1))
			s.gets("Readme", fileHead(news, 2))
		}, `
create README want README
held Readme: another name of the same letters is here true`},
		{"a rename that changes case only", func(s shelf, in *Input) {
			in.Disk.Fold = strings.ToLower
			s.has("Foo", fileHead(old, 1))
			s.gets("Foo", gone(news))
			s.gets("foo", fileHead(news, 1))
		}, `
move foo < Foo aside`},
		{"a directory's rename that changes case only", func(s shelf, in *Input) {
			in.Disk.Fold = strings.ToLower
			s.has("D", dirHead(old))
			s.has("D/a", fileHead(old, 1))
			s.gets("D", gone(news))
			s.gets("D/a", gone(news))
			s.gets("d", dirHead(news))
			s.gets("d/a", withMtime(fileHead(news, 1), 10))
		}, `
move d < D aside`},
		{"a name makes room for its twin", func(s shelf, in *Input) {
			in.Disk.Fold = strings.ToLower
			s.has("Foo", fileHead(old, 1))
			s.gets("Foo", gone(news))
			s.gets("foo", fileHead(news, 2))
		}, `
delete Foo over 1
create foo want foo
losses 1`},
		{"a name that cannot be", func(s shelf, in *Input) {
			in.Disk.Legal = func(name string) bool { return name != "con" }
			s.gets("con", dirHead(news))
			s.gets("con/a", fileHead(news, 1))
		}, `
held con: a name that cannot exist here true
held con/a: its directory cannot be here false`},
		{"links that cannot be", func(s shelf, in *Input) {
			in.Disk.Links = false
			s.gets("l", linkHead(news, "x"))
		}, `
held l: cannot be a symbolic link here true`},
		{"what could not be read stays", func(s shelf, in *Input) {
			in.Blocked = func(p index.Path) (string, bool) { return "permission denied", p == "d/a" }
			s.has("d", dirHead(old))
			s.has("d/a", fileHead(old, 1))
			s.gets("d", gone(news))
			s.gets("d/a", gone(news))
		}, `
held d: the directory still holds what is left alone here false
held d/a: permission denied false`},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := shelf{}
			in := s.input()
			c.given(s, &in)
			if got := Make(in).lines(); got != strings.TrimSpace(c.want) {
				t.Errorf("got\n%s\nwant\n%s", got, strings.TrimSpace(c.want))
			}
		})
	}
}

func withMtime(h index.Head, mtime int64) index.Head {
	h.Mtime = mtime
	return h
}

func TestMakeModes(t *testing.T) {
	s := shelf{}
	s.has("a", fileHead(old, 1))
	s["a"].Mode = index.ModeReg{Mode: 0o755, Stamp: 1, Gen: news}
	s["a"].Pending, s["a"].Have = true, s["a"].Heads
	in := s.input()
	p := Make(in)
	if len(p.Actions) != 1 || p.Actions[0].Op != Touch || p.Actions[0].Mode != 0o755 {
		t.Errorf("a changed mode makes %v", p.lines())
	}
	in.Disk.ModeBits = 0o200 // like FAT: only writable or not
	if p := Make(in); len(p.Actions) != 0 || len(p.Acks) != 1 {
		t.Errorf("bits that do not stick make %v", p.lines())
	}
}

// A tree at rest costs one pass and no memory for its entries.
func TestMakeAllocatesNothingAtRest(t *testing.T) {
	s := shelf{}
	for d := range 20 {
		dir := index.Path(fmt.Sprintf("d%02d", d))
		s.has(dir, dirHead(old))
		for f := range 50 {
			s.has(dir.Join(fmt.Sprintf("f%02d", f)), fileHead(old, f))
		}
	}
	var es []*index.Entry
	for e := range s.all() {
		es = append(es, e)
	}
	in := s.input()
	in.Entries = slices.Values(es)
	if n := testing.AllocsPerRun(10, func() { Make(in) }); n > 30 {
		t.Errorf("%.0f allocations for %d entries at rest", n, len(es))
	}
	if p := Make(in); p.Files != 1000 {
		t.Errorf("%d files, not 1000", p.Files)
	}
}

func BenchmarkMakeAtRest(b *testing.B) {
	s := shelf{}
	for d := range 1000 {
		dir := index.Path(fmt.Sprintf("d%04d", d))
		s.has(dir, dirHead(old))
		for f := range 100 {
			s.has(dir.Join(fmt.Sprintf("f%02d", f)), fileHead(old, f))
		}
	}
	var es []*index.Entry
	for e := range s.all() {
		es = append(es, e)
	}
	in := s.input()
	in.Entries = slices.Values(es)
	b.ReportAllocs()
	for b.Loop() {
		Make(in)
	}
}

func BenchmarkMakeFirstSync(b *testing.B) {
	s := shelf{}
	for d := range 1000 {
		dir := index.Path(fmt.Sprintf("d%04d", d))
		s.gets(dir, dirHead(news))
		for f := range 100 {
			s.gets(dir.Join(fmt.Sprintf("f%02d", f)), fileHead(news, 100*d+f))
		}
	}
	var es []*index.Entry
	for e := range s.all() {
		es = append(es, e)
	}
	in := s.input()
	in.Entries = slices.Values(es)
	b.ReportAllocs()
	for b.Loop() {
		Make(in)
	}
}
