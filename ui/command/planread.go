package command

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"latus/index"
	"latus/sync/peer"
	"latus/sync/plan"
	"latus/ui"
)

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
		if err := checkState(s.State); err != nil || s.State == "" {
			return fmt.Errorf("%q is no state", s.State)
		}
	}
	return nil
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
	return c, checkState(a.State)
}

// checkState says why s is nothing that stateText writes; nil: it is.
func checkState(s string) error {
	if s == "" {
		return nil
	}
	_, err := index.ParseID(s)
	return err
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
