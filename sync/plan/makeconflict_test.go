package plan

import (
	"testing"

	"latus/index"
)

func TestMakeConflicts(t *testing.T) {
	makes(t, []makeCase{
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
	})
}
