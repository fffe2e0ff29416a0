package plan

import (
	"strings"
	"testing"

	"latus/index"
)

// makeCase is a shelf, and the plan that it makes, line by line.
type makeCase struct {
	name  string
	given func(s shelf, in *Input)
	want  string
}

func makes(t *testing.T, cases []makeCase) {
	for _, c := range cases {
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

func TestMake(t *testing.T) {
	makes(t, []makeCase{
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
	})
}

func TestMakeOfAnotherKind(t *testing.T) {
	makes(t, []makeCase{
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
	})
}

func TestMakeModes(t *testing.T) {
	s := shelf{}
	s.has("a", fileHead(old, 1))
	s["a"].Mode = index.ModeReg{Value: 0o755, Stamp: 1, Gen: news}
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
