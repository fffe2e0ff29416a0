package sync_test

import (
	"flag"
	"fmt"
	"strings"

	"latus/index"
)

var alarms = flag.Bool("alarms", false, "random histories fail where trees do not remember the same after a run, although the next one puts it right")

// unlikeMemories is what two trees of a run remember differently.
func unlikeMemories(sites ...*site) string {
	var s strings.Builder
	for _, b := range sites[1:] {
		sites[0].index(func(x *index.Index) {
			b.index(func(y *index.Index) {
				say := func(p index.Path) {
					e, o := x.Get(p), y.Get(p)
					if e == nil {
						e = &index.Entry{Path: p}
					}
					if o == nil {
						o = &index.Entry{Path: p}
					}
					if e.Digest() != o.Digest() {
						fmt.Fprintf(&s, "%s: %s\n  %s\n%s: %s\n  %s\n", sites[0].name, p, told(e), b.name, p, told(o))
					}
				}
				for e := range x.All() {
					say(e.Path)
				}
				for e := range y.All() {
					if x.Get(e.Path) == nil {
						say(e.Path)
					}
				}
			})
		})
	}
	return s.String()
}

func told(e *index.Entry) string {
	var s strings.Builder
	for _, h := range e.Heads {
		fmt.Fprintf(&s, "%v %v; ", h.Kind, h.Gen)
	}
	fmt.Fprintf(&s, "mode %o %d %v; owner %q %d %v; attrs %q %d %v; pending %v, witness %v", e.Mode.Value, e.Mode.Stamp, e.Mode.Gen,
		e.Owner.Value, e.Owner.Stamp, e.Owner.Gen, e.Attrs.Value, e.Attrs.Stamp, e.Attrs.Gen, e.Pending, e.Witness)
	return s.String()
}
