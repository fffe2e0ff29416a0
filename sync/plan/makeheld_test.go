package plan

import (
	"strings"
	"testing"

	"latus/index"
	"latus/sync/reason"
)

func TestMakeDirectoriesThatAreNeeded(t *testing.T) {
	makes(t, []makeCase{
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
		{"and so does what says that it is ignored", func(s shelf, in *Input) {
			in.Keeps = func(p index.Path) bool { return p == "d" }
			in.Rules = func(p index.Path) bool { return p.Base() == "rules" }
			s.has("d", dirHead(old))
			s.has("d/e", dirHead(old))
			s.has("d/e/rules", fileHead(old, 1))
			s.has("d/rules", fileHead(old, 2))
			for _, p := range []index.Path{"d", "d/e", "d/e/rules", "d/rules"} {
				s.gets(p, gone(news))
			}
		}, `
delete d/e/rules over 1
rmdir d/e over 1
held d: the directory still holds what is left alone here false
losses 1`},
		{"from where it is copied", func(s shelf, in *Input) {
			rulesThatMove(s, in)
		}, `
mkdir e
copy e/rules < d/rules
held d: the directory still holds what is left alone here false`},
		{"also where the directory would be moved, and it would not go along", func(s shelf, in *Input) {
			in.Keeps = func(p index.Path) bool { return p == "d" }
			in.Rules = func(p index.Path) bool { return p.Base() == "rules" }
			s.has("d", dirHead(old))
			s.has("d/a", fileHead(old, 1))
			s.has("d/rules", fileHead(old, 2))
			for _, p := range []index.Path{"d", "d/a", "d/rules"} {
				s.gets(p, gone(news))
			}
			s.gets("e", dirHead(news))
			s.gets("e/a", withMtime(fileHead(news, 1), 10))
		}, `
mkdir e
move e/a < d/a
held d: the directory still holds what is left alone here false`},
		{"or brought from elsewhere, where that costs no more", func(s shelf, in *Input) {
			rulesThatMove(s, in)
			in.Distant = true
		}, `
mkdir e
create e/rules want e/rules
held d: the directory still holds what is left alone here false`},
	})
}

// rulesThatMove is a directory that was renamed, and stays for something that would not be
// ignored at its new place.
func rulesThatMove(s shelf, in *Input) {
	in.Keeps = func(p index.Path) bool { return p == "d" }
	in.Rules = func(p index.Path) bool { return p.Base() == "rules" }
	in.Exposes = func(from, to index.Path) bool { return true }
	s.has("d", dirHead(old))
	s.has("d/rules", fileHead(old, 1))
	s.gets("d", gone(news))
	s.gets("d/rules", gone(news))
	s.gets("e", dirHead(news))
	s.gets("e/rules", withMtime(fileHead(news, 1), 10))
}

func TestMakeNamesThatCannotBe(t *testing.T) {
	makes(t, []makeCase{
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
			in.Blocked = func(p index.Path) (reason.Reason, bool) { return reason.NoAccess.Why(), p == "d/a" }
			s.has("d", dirHead(old))
			s.has("d/a", fileHead(old, 1))
			s.gets("d", gone(news))
			s.gets("d/a", gone(news))
		}, `
held d: the directory still holds what is left alone here false
held d/a: permission denied false`},
	})
}
