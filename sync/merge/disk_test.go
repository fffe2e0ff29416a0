package merge

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"latus/index"
	"latus/sync/fetch"
	"latus/sync/tree"
)

// texts hands out what a story says.
type texts map[index.Path]string

func (s texts) of(w fetch.Want) (string, bool) {
	p := w.Path
	if w.Gen.Author == other {
		p += "\x00lost"
	}
	text, ok := s[p]
	return text, ok
}

func (s texts) Send(ctx context.Context, wants []fetch.Want, sink fetch.Sink) error {
	for n, w := range wants {
		if err := ctx.Err(); err != nil {
			return err
		}
		text, ok := s.of(w)
		if !ok {
			if err := sink.Missing(n, fetch.ErrNoSource); err != nil {
				return err
			}
			continue
		}
		for rest := text[w.Offset:]; rest != ""; {
			cut := min(len(rest), 100_000)
			if err := sink.Data(n, []byte(rest[:cut])); err != nil {
				return err
			}
			rest = rest[cut:]
		}
		if err := sink.Done(n, hash(text)); err != nil {
			return err
		}
	}
	return nil
}

// must ends the test for an error that the test did not ask for.
func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func put(t testing.TB, tr tree.Tree, p index.Path, th thing) {
	t.Helper()
	parent, name := p.Split()
	d, err := tr.Open(parent)
	must(t, err)
	defer d.Close()
	write(t, d, name, th)
}

func write(t testing.TB, d tree.Dir, name string, th thing) {
	t.Helper()
	switch th.kind {
	case index.Dir:
		must(t, d.Mkdir(name, 0o755))
	case index.Link:
		must(t, d.Symlink(th.text, name))
		if err := d.Chtime(name, th.mtime()); !errors.Is(err, tree.ErrUnsupported) {
			must(t, err)
		}
	default:
		f, err := d.Create(name, 0o600)
		must(t, err)
		_, err = io.WriteString(f, th.text)
		must(t, err)
		must(t, f.Chmod(th.mode))
		must(t, f.Chtime(th.mtime()))
		must(t, f.Close())
	}
}

// closeDirs gives directories their modes, once there is something in them.
func closeDirs(t testing.TB, tr tree.Tree, s state) {
	for _, p := range slices.Backward(s.sorted()) {
		if s[p].kind == index.Dir {
			d, err := tr.Open(p.Dir())
			must(t, err)
			must(t, d.Chmod(p.Base(), s[p].mode))
			d.Close()
		}
	}
}

func stat(t testing.TB, tr tree.Tree, p index.Path) tree.Info {
	t.Helper()
	d, err := tr.Open(p.Dir())
	must(t, err)
	defer d.Close()
	i, err := d.Stat(p.Base())
	must(t, err)
	return i
}

func everything() *story {
	big := strings.Repeat("large content ", 20_000)
	return &story{
		was: state{
			"touched": file("touched"), "updated": file("old"), "same": file("same"),
			"gone": file("deleted"), "moved-from": file("moved"), "copied": file("copied"),
			"dir": dir(), "dir/a": file("in dir a"), "dir/sub": dir(), "dir/sub/b": file("in dir b"), "dir/sub/l": link("there"),
			"dir/gone": file("deleted in dir"), "dir/edit": file("old in dir"), "dir/off": file("renamed in dir"),
			"dir/nosub": dir(), "dir/nosub/z": file("deleted below dir"),
			"leaving": dir(), "leaving/x": file("leaving x"),
			"ring1": file("one"), "ring2": file("two"), "ring3": file("three"),
			"over": file("displaced by a move"), "onto-from": file("moved over another"),
			"was-file": file("makes way for a directory"), "was-dir": dir(), "was-dir/in": file("in what was a directory"),
			"link": link("old target"), "link-of": file("makes way for a link"), "unlinked": link("makes way for a file"),
			"fought": file("old, fought over"), "mode": file("mode"), "dirmode": dir(),
			"self":   file("makes way for its own directory"),
			"locked": dir().with(0o555), "locked/in": file("in a locked directory"), "locked/gone": file("goes from a locked directory"),
		},
		shall: state{
			"touched": file("touched").aged(5), "updated": file("new"), "same": file("same"),
			"new": file("new file"), "empty": file(""), "big": file(big), "exec": file("exec").with(0o755),
			"moved-to": file("moved"), "copied": file("copied"), "copy": file("copied"), "made": file(big).aged(3),
			"moved": dir(), "moved/a": file("in dir a"), "moved/sub": dir(), "moved/sub/b": file("in dir b").aged(9), "moved/sub/l": link("there"),
			"moved/edit": file("new in dir"), "moved/off2": file("renamed in dir"),
			"ring1": file("two"), "ring2": file("three"), "ring3": file("one"),
			"over":     file("moved over another"),
			"was-file": dir(), "was-file/in": file("in what was a file"), "was-dir": file("was a directory"),
			"link": link("new target"), "link-of": link("x"), "unlinked": file("was a link"), "new-link": link("../y"),
			"fought": file("won"), "mode": file("mode").with(0o600), "dirmode": dir().with(0o700),
			"self": dir(), "self/self": file("makes way for its own directory"),
			"newdir": dir(), "newdir/deep": dir(), "newdir/deep/f": file("deep"), "undeleted": file("out of the trash"),
			"locked": dir().with(0o555), "locked/in": file("new in a locked directory"), "locked/new": file("added to a locked directory"),
			"pack": dir().with(0o750), "pack/a": file("packed a"), "pack/b": file("packed b").with(0o600), "pack/l": link("a"), "pack/copy": file("copied"),
			"pack/in": dir(), "pack/in/c": file("packed c").aged(4), "pack/in/d": file("packed d"), "pack/in/big": file(big + "d"), "pack/z": file("packed z"),
			"shut": dir().with(0o500), "shut/in": file("in a shut directory").with(0o400),
		},
		losers:  map[index.Path]string{"fought": "lost"},
		trashed: []string{"out of the trash"},
	}
}
