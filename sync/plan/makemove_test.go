package plan

import (
	"testing"

	"latus/index"
)

func TestMakeMoves(t *testing.T) {
	makes(t, []makeCase{
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
	})
}

func TestMakeMovesOfDirectories(t *testing.T) {
	makes(t, []makeCase{
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
	})
}
