package stage

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"latus/index"
	"latus/sync/digest"
	"latus/sync/fetch"
	"latus/sync/plan"
	"latus/sync/tree/memory"
	"latus/sync/tree/treetest"
)

// texts is a source that has one content a path. What is after a "|" never comes: the
// connection is lost there.
type texts map[index.Path]string

var errLost = errors.New("connection lost")

func (s texts) Send(_ context.Context, wants []fetch.Want, sink fetch.Sink) error {
	for n, w := range wants {
		text, has := s[w.Path]
		if !has {
			if err := sink.Missing(n, fetch.ErrNoSource); err != nil {
				return err
			}
			continue
		}
		text, rest, lost := strings.Cut(text, "|")
		if err := sink.Data(n, []byte(text[w.Offset:])); err != nil {
			return err
		}
		if lost {
			return errLost
		}
		if err := sink.Done(n, digest.Of([]byte(text+rest))); err != nil {
			return err
		}
	}
	return nil
}

func want(p index.Path, text string) fetch.Want {
	return fetch.Want{Path: p, Gen: index.GenID{Tag: 1}, Size: int64(len(text)), Hash: digest.Of([]byte(text))}
}

// taken is what a sink makes of wants, by path.
func taken(s *Stage, wants []fetch.Want, bundle *Bundle, src fetch.Source) (*Sink, map[index.Path]Ended) {
	order := func(n int) Order {
		o := Order{Name: ContentName(wants[n].Path, wants[n].Gen), Meta: Meta{Mode: 0o644, Mtime: 7e9}}
		if wants[n].Path.Dir() != "" {
			o.Bundle = bundle
		}
		return o
	}
	k := NewSink(context.Background(), s, wants, order, make(chan struct{}, 1))
	k.Fetch(src)
	all := map[index.Path]Ended{}
	for _, e := range k.Take() {
		all[wants[e.N].Path] = e
	}
	return k, all
}

// text is what a staged version holds.
func text(t *testing.T, s *Stage, of Staged) string {
	t.Helper()
	dir, name, release, err := s.hold(of.Name)
	treetest.Check(t, err)
	defer release()
	f, err := dir.Read(name)
	treetest.Check(t, err)
	defer f.Close()
	b := make([]byte, of.Fresh.Size)
	_, err = f.ReadAt(b, 0)
	treetest.Check(t, err)
	return string(b)
}

// What is handed out as staged is whole and what was asked for; whatever is not is an error,
// and leaves nothing behind.
func TestWhatIsTakenIsWhole(t *testing.T) {
	big := strings.Repeat("not small ", SmallFile/5)
	m := memory.New()
	s := opened(t, m)
	is := texts{"small": "small", "big": big, "other": "other bytes", "other big": big, "d/a": "a", "d/b": "bb"}
	asked := texts{"small": "small", "big": big, "other": "these bytes", "other big": strings.ToUpper(big), "d/a": "a", "d/b": "bb", "gone": "gone"}
	var wants []fetch.Want
	for _, p := range []index.Path{"small", "big", "other", "other big", "d/a", "d/b", "gone"} {
		wants = append(wants, want(p, asked[p]))
	}
	d := NewBundle("bundle", Meta{Mode: 0o755}, 2)
	k, all := taken(s, wants, d, is)
	if len(all) != len(wants) || len(k.Begun()) > 0 {
		t.Fatalf("%d of %d ended, and %v are to be kept", len(all), len(wants), k.Begun())
	}
	for p, why := range map[index.Path]error{"other": ErrWrongHash, "other big": ErrWrongHash, "gone": fetch.ErrNoSource} {
		if !errors.Is(all[p].Err, why) {
			t.Errorf("%s: %v", p, all[p].Err)
		}
	}
	names := []string{"bundle"}
	for _, p := range []index.Path{"small", "big", "d/a", "d/b"} {
		out := all[p].Staged
		if all[p].Err != nil || out.Hash != digest.Of([]byte(asked[p])) || out.Fresh.Mtime != 7e9 || text(t, s, out) != asked[p] {
			t.Errorf("%s: %v, %+v", p, all[p].Err, out)
		}
		if out.Bundled() != (p.Dir() == "d") {
			t.Errorf("%s lies in %s", p, out.Name)
		}
		if !out.Bundled() {
			names = append(names, out.Name)
		}
	}
	if made, whole := d.Close(); !whole || made.Name != "bundle" || made.Fresh.Kind != index.Dir {
		t.Errorf("the bundle is %+v, whole: %v", made, whole)
	}
	left, err := s.Dir().List()
	treetest.Check(t, err)
	slices.Sort(names)
	slices.Sort(left)
	if !slices.Equal(left, names) {
		t.Errorf("staging holds %q, not %q", left, names)
	}
}

// What was cut short goes on with what has come of it.
func TestCutShortGoesOn(t *testing.T) {
	head, tail := strings.Repeat("head ", SmallFile/5), strings.Repeat("tail ", SmallFile/5)
	m := memory.New()
	s := opened(t, m)
	w := want("f", head+tail)
	k, all := taken(s, []fetch.Want{w}, nil, texts{"f": head + "|" + tail})
	name := ContentName("f", w.Gen)
	if !errors.Is(all["f"].Err, errLost) || !slices.Equal(k.Begun(), []string{name}) {
		t.Fatal(all["f"].Err, k.Begun())
	}
	treetest.Check(t, Sweep(m, func(name string) bool { return slices.Contains(k.Begun(), name) }))
	again := Resume(m, []plan.Want{{Path: w.Path, Head: &index.Head{Gen: w.Gen, Hash: w.Hash, Size: w.Size}}})
	if again[0].Offset != int64(len(head)) {
		t.Fatalf("%d bytes are there", again[0].Offset)
	}
	k, all = taken(s, again, nil, texts{"f": head + tail})
	if all["f"].Err != nil || text(t, s, all["f"].Staged) != head+tail {
		t.Fatal(all["f"].Err)
	}
	if came, resumed, here := k.Forget(0); came != int64(len(tail)) || resumed != int64(len(head)) || here != 0 {
		t.Errorf("%d came, %d were there, %d were found here", came, resumed, here)
	}
}
