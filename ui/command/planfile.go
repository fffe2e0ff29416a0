package command

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"unicode/utf8"

	"latus/index"
	latussync "latus/sync"
	"latus/sync/peer"
	"latus/sync/plan"
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

// readPlan reads what write wrote. Whatever else it is given is an error: what it
// returns names trees that can be named, options that sync takes, and actions that
// there are.
func readPlan(r io.Reader) (*planFile, error) {
	text, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	var version struct {
		Version *int `json:"version"`
	}
	switch err := json.Unmarshal(text, &version); {
	case len(text) == 0:
		return nil, errors.New("it is empty")
	case err != nil:
		return nil, fmt.Errorf("it is no plan, or not all of one: %w", err)
	case version.Version == nil:
		return nil, errors.New("it is no plan: it has no version")
	case *version.Version != planVersion:
		return nil, fmt.Errorf("it has version %d; this latus reads version %d", *version.Version, planVersion)
	}
	p := &planFile{}
	if err := strictly(text, p); err != nil {
		return nil, fmt.Errorf("it is damaged: %w", err)
	}
	if err := p.check(); err != nil {
		return nil, fmt.Errorf("it is damaged: %w", err)
	}
	return p, nil
}

func (p *planFile) check() error {
	if len(p.Trees) < 2 {
		return errors.New("it is about less than two trees")
	}
	trees := map[string]bool{}
	for _, t := range p.Trees {
		if trees[t.Tree] {
			return fmt.Errorf("%q is there twice", t.Tree)
		}
		trees[t.Tree] = true
		if t.Peer != "" {
			if id, err := index.ParseID(t.Peer); err != nil || id == 0 {
				return fmt.Errorf("%q is no id of a tree", t.Peer)
			}
		}
	}
	if _, err := parseTargets(p.specs()); err != nil {
		return err
	}
	planned := map[planKey]bool{}
	for i := range p.Actions {
		a := &p.Actions[i]
		c, err := a.change()
		k := planKey{a.Tree, c.Path}
		switch {
		case err != nil:
			return err
		case !trees[a.Tree]:
			return fmt.Errorf("%q is none of its trees", a.Tree)
		case planned[k]:
			return fmt.Errorf("two things are to be done to %q", c.Path)
		}
		planned[k] = true
	}
	for _, s := range p.Seen {
		if _, err := pathOf(s.JSONPath); err != nil {
			return err
		}
		if _, err := stateOf(s.State); err != nil || s.State == "" {
			return fmt.Errorf("%q is no state", s.State)
		}
	}
	return nil
}

// specs are the trees as a run takes them.
func (p *planFile) specs() []string {
	specs := make([]string, len(p.Trees))
	for i, t := range p.Trees {
		specs[i] = t.Tree
	}
	return specs
}

// change is the action as a run knows it.
func (a *planAction) change() (c peer.Change, err error) {
	if c.Path, err = pathOf(a.JSONPath); err != nil {
		return c, err
	}
	if a.From != "" || a.FromBytes != "" {
		if c.From, err = pathOf(ui.JSONPath{Path: a.From, Bytes: a.FromBytes}); err != nil {
			return c, err
		}
	}
	for op := plan.Create; op <= plan.MakeLink; op++ {
		if op.String() == a.Action {
			c.Op = op
		}
	}
	for _, k := range []index.Kind{index.File, index.Dir, index.Link} {
		if k.String() == a.Kind {
			c.Kind = k
		}
	}
	if c.Size = a.Size; c.Op == plan.None || c.Kind == index.Absent || c.Size < 0 {
		return c, fmt.Errorf("%q: %s %s of %d bytes: there is no such action", c.Path, a.Action, a.Kind, a.Size)
	}
	_, err = stateOf(a.State)
	return c, err
}

// stateText and stateOf are a sum over what trees had to tell of a path.
func stateText(news map[index.Path]uint64, p index.Path) string {
	if sum, ok := news[p]; ok {
		return fmt.Sprintf("%016x", sum)
	}
	return ""
}

func stateOf(s string) (uint64, error) {
	if s == "" {
		return 0, nil
	}
	return index.ParseID(s)
}

// pathOf reads what ui.NewJSONPath wrote.
func pathOf(j ui.JSONPath) (index.Path, error) {
	s := j.Path
	if j.Bytes != "" {
		b, err := base64.StdEncoding.DecodeString(j.Bytes)
		if err != nil || utf8.Valid(b) {
			return "", fmt.Errorf("%q is no path in base64", j.Bytes)
		}
		s = string(b)
	}
	return index.ParsePath(s)
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
