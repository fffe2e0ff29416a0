package command

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"

	"latus/index"
	latussync "latus/sync"
	"latus/ui"
)

// planVersion is the version of the file that `latus plan` writes.
const planVersion = 1

// planFile is a plan that was written down: what would be done, what it was made
// of, and the options to do it with.
type planFile struct {
	Version   int            `json:"version"`
	Latus     string         `json:"latus"`
	Made      string         `json:"made"`
	Options   planOptions    `json:"options"`
	Trees     []planTree     `json:"trees"`
	Actions   []planAction   `json:"actions"`
	Seen      []planSight    `json:"seen"` // other paths that differ between the trees: nothing is to be done for them by themselves
	Conflicts []planConflict `json:"conflicts"`
	Problems  []planProblem  `json:"problems"`
}

type planTree struct {
	Tree string `json:"tree"` // as it is named to a run, from any directory
	Name string `json:"name"`
	Peer string `json:"peer,omitempty"` // its id; "": it is new
}

// planAction is an action; State sums up what the trees had to tell of its path.
type planAction struct {
	Tree   string `json:"tree"`
	Action string `json:"action"`
	Kind   string `json:"kind"`
	ui.JSONPath
	From      string `json:"from,omitempty"`
	FromBytes string `json:"from_base64,omitempty"`
	Size      int64  `json:"size"`
	State     string `json:"state,omitempty"`
}

// planKey is what an action is about; no two of a plan are about the same.
type planKey struct {
	tree string
	path index.Path
}

type planSight struct {
	ui.JSONPath
	State string `json:"state"`
}

type planConflict struct {
	ui.JSONPath
	Winner ui.JSONVersion   `json:"winner"`
	Losers []ui.JSONVersion `json:"losers"`
}

type planProblem struct {
	Tree string `json:"tree,omitempty"`
	ui.JSONPath
	Reason string `json:"reason"`
}

// write writes p as JSON, one action a line.
func (p *planFile) write(w io.Writer) error {
	lines := planWriter{w: w}
	lines.member("{\n", "version", p.Version)
	lines.member(",\n", "latus", p.Latus)
	lines.member(",\n", "made", p.Made)
	lines.member(",\n", "options", p.Options)
	writeList(&lines, "trees", p.Trees)
	writeList(&lines, "actions", p.Actions)
	writeList(&lines, "seen", p.Seen)
	writeList(&lines, "conflicts", p.Conflicts)
	writeList(&lines, "problems", p.Problems)
	lines.text("\n}\n")
	return lines.err
}

// planWriter writes until something goes wrong.
type planWriter struct {
	w   io.Writer
	err error
}

func (l *planWriter) text(s string) {
	if l.err == nil {
		_, l.err = io.WriteString(l.w, s)
	}
}

func (l *planWriter) value(v any) {
	var b []byte
	if l.err == nil {
		b, l.err = json.Marshal(v)
	}
	l.text(string(b))
}

func (l *planWriter) member(before, name string, v any) {
	l.text(fmt.Sprintf("%s%q: ", before, name))
	l.value(v)
}

func writeList[T any](l *planWriter, name string, list []T) {
	l.text(fmt.Sprintf(",\n%q: [", name))
	for i, v := range list {
		if i > 0 {
			l.text(",")
		}
		l.text("\n  ")
		l.value(v)
	}
	if len(list) > 0 {
		l.text("\n")
	}
	l.text("]")
}

// makesTree tells whether a directory is to become a tree.
func (p *planFile) makesTree() bool {
	return slices.ContainsFunc(p.Trees, func(t planTree) bool { return t.Peer == "" })
}

// specs are the trees as a run takes them.
func (p *planFile) specs() []string {
	specs := make([]string, len(p.Trees))
	for i, t := range p.Trees {
		specs[i] = t.Tree
	}
	return specs
}

// stateText is a sum over what trees had to tell of p; "": they had nothing to tell.
func stateText(news map[index.Path]uint64, p index.Path) string {
	if sum, ok := news[p]; ok {
		return fmt.Sprintf("%016x", sum)
	}
	return ""
}

// newPlanFile writes an outlook down.
func newPlanFile(o *latussync.Outlook, trees []string) *planFile {
	p := &planFile{Version: planVersion}
	named := map[index.Path]bool{}
	for i, t := range o.Trees {
		tree := planTree{Tree: trees[i], Name: t.Name}
		if t.Peer != 0 {
			tree.Peer = t.Peer.String()
		}
		p.Trees = append(p.Trees, tree)
		for _, c := range t.Actions {
			named[c.Path] = true
			from := ui.NewJSONPath(c.From)
			p.Actions = append(p.Actions, planAction{
				Tree: trees[i], Action: c.Op.String(), Kind: c.Kind.String(), JSONPath: ui.NewJSONPath(c.Path),
				From: from.Path, FromBytes: from.Bytes, Size: c.Size, State: stateText(o.News, c.Path),
			})
		}
	}
	for path := range o.News {
		if !named[path] {
			p.Seen = append(p.Seen, planSight{ui.NewJSONPath(path), stateText(o.News, path)})
		}
	}
	sortSights(p.Seen)
	return p
}

func sortSights(ss []planSight) {
	slices.SortFunc(ss, func(a, b planSight) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Bytes, b.Bytes))
	})
}
