package ui

import (
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"latus/index"
	"latus/sync/peer"
	"latus/sync/plan"
)

// ChangeLine shows a change to one tree as a line.
type ChangeLine func(tree int, c peer.Change) string

// TextOptions rule a Text.
type TextOptions struct {
	Trees    []string                                              // how the user named them
	Quiet    bool                                                  // only errors
	Plan     bool                                                  // show what each tree will do before it does
	Line     ChangeLine                                            // how a change is shown; nil: not at all
	Stats    bool                                                  // rsync-like totals at the end
	Conflict plan.ConflictPolicy                                   // what was done about conflicts
	OneWay   bool                                                  // the first tree takes nothing from the others
	Maker    func(index.Head) string                               // the tree that made a version, as the user named it, "" if it is none of them; nil: nobody knows
	Purge    func(tree int) string                                 // what drops old versions in a tree's trash, "" if there are none; nil: nobody knows
	Command  func(tree int, command string, args ...string) string // a command about a tree as it is to be typed, "" if there is no latus for it; nil: nobody knows
	Zone     *time.Location                                        // nil: local time
	Bar      *Bar                                                  // nil: no progress
	Clock    func() time.Time                                      // this is one of many runs, and the line that sums it up begins with the time; nil: the only one
}

// Text shows a run to a person: conflicts and one line that sums it up, on a
// terminal also the plan and progress. Problems and notices go to Screen.Err,
// the rest to Screen.Out.
type Text struct {
	screen Screen
	o      TextOptions
	plans  []string // what each tree will do, "" until it is ready
	hints  map[string]bool
	open   index.Path // of a conflict that somebody may want to settle
	held   bool       // a directory holds that name, which no file can take from it
	loser  int        // the tree whose version it took it from
}

// NewText returns a Text that shows a run of o.Trees on s.
func NewText(s Screen, o TextOptions) *Text {
	if o.Zone == nil {
		o.Zone = time.Local
	}
	return &Text{screen: s, o: o, plans: make([]string, len(o.Trees)), hints: map[string]bool{}}
}

// Verbose shows a change as a line of plain words.
func Verbose(trees []string) ChangeLine {
	return func(tree int, c peer.Change) string {
		s := treeName(trees, tree) + ": " + Verb(c.Op.String()) + " "
		if c.From != "" {
			s += Name(c.From) + " -> "
		}
		return s + Name(c.Path) + details(c)
	}
}

// Verb is the word for an action. Undelete is the one of programs: what is put back from
// the trash need not have been deleted, it may have been replaced.
func Verb(op string) string {
	if op == plan.Undelete.String() {
		return "restore"
	}
	return op
}

func treeName(trees []string, tree int) string {
	if tree < 0 || tree >= len(trees) {
		return ""
	}
	return Safe(trees[tree])
}

func (t *Text) Phase(p peer.Phase) { t.o.Bar.Phase(p) }

func (t *Text) Progress(p peer.Progress) { t.o.Bar.Progress(p) }

func (t *Text) Planned(tree int, p *peer.Proposal) {
	if t.o.Quiet || !t.o.Plan || tree < 0 || tree >= len(t.plans) {
		return
	}
	t.plans[tree] = t.planned(p)
	for _, each := range t.plans {
		if each == "" {
			return // not all are ready
		}
	}
	for i, each := range t.plans {
		t.out(treeName(t.o.Trees, i) + ": " + each)
	}
}

// planned sums up what a plan will do, never "". What is to be deleted stands
// out.
func (t *Text) planned(p *peer.Proposal) string {
	rest := maps.Clone(p.Counts)
	delete(rest, plan.Delete.String())
	parts := []string{Operations(rest)}
	if n := p.Counts[plan.Delete.String()]; n > 0 {
		parts = append(parts, paint(t.screen.OutColor, red, "delete "+Count(int64(n), "file")))
	}
	if p.Bytes > 0 {
		parts = append(parts, Bytes(p.Bytes)+" to get")
	}
	parts = slices.DeleteFunc(parts, func(s string) bool { return s == "" })
	if len(parts) == 0 {
		return "nothing to do"
	}
	return strings.Join(parts, ", ")
}

// Operations sums up counts of changes by name: "3 create, 1 delete".
func Operations(counts map[string]int) string {
	var parts []string
	for op := plan.Create; op <= plan.MakeLink; op++ {
		if n := counts[op.String()]; n > 0 {
			parts = append(parts, Thousands(int64(n))+" "+Verb(op.String()))
		}
	}
	return strings.Join(parts, ", ")
}

func (t *Text) Change(tree int, c peer.Change) {
	t.o.Bar.Path(Name(c.Path))
	if t.o.Quiet || t.o.Line == nil {
		return
	}
	t.out(t.o.Line(tree, c))
}

func (t *Text) Problem(tree int, p peer.Problem) {
	t.err(paint(t.screen.ErrColor, red, "problem:") + " " + about(t.o.Trees, tree, p))
	// One example of each kind of advice is enough.
	if h := ProblemHint(typer(t.o.Command, tree), purger(t.o.Purge, tree), p); h != "" && !t.hints[p.Reason.String()] {
		t.hints[p.Reason.String()] = true
		t.err("hint: " + h)
	}
}

// typer is what ProblemHint asks for commands about a tree.
func typer(typed func(int, string, ...string) string, tree int) func(string, ...string) string {
	return func(command string, args ...string) string {
		if typed != nil {
			if s := typed(tree, command, args...); s != "" {
				return s
			}
		}
		for i, a := range args {
			args[i] = Word(a, "PATH")
		}
		return strings.Join(append([]string{"latus", command, "TREE"}, args...), " ")
	}
}

// purger is what ProblemHint asks about a tree.
func purger(purge func(tree int) string, tree int) func() string {
	return func() string {
		if purge == nil {
			return ""
		}
		return purge(tree)
	}
}

func (t *Text) Notice(tree int, p peer.Problem) {
	if !t.o.Quiet {
		t.err("notice: " + about(t.o.Trees, tree, p))
	}
}

// about joins the tree, the path and the reason, as far as there are any.
func about(trees []string, tree int, p peer.Problem) string {
	s := Safe(p.Reason.String())
	if p.Path != "" {
		s = Name(p.Path) + ": " + s
	}
	if name := treeName(trees, tree); name != "" {
		s = name + ": " + s
	}
	return s
}

func (t *Text) End(s Summary) {
	t.o.Bar.Close()
	if t.open != "" && !s.Dry {
		if hint := "hint: " + t.settling(); t.o.Conflict == plan.Fail {
			t.err(hint) // it goes with the problems
		} else if !t.o.Quiet {
			t.out(hint)
		}
	}
	t.open = ""
	if t.o.Quiet || s.Failure != nil && s.Changes == 0 {
		return
	}
	if t.o.Stats {
		io.WriteString(t.screen.Out, Fold(Stats(s), t.screen.OutWidth()))
	}
	if t.o.Clock != nil {
		t.out(t.o.Clock().In(t.o.Zone).Format("15:04:05") + " " + Closing(s))
		return
	}
	t.out(Closing(s))
	if t.screen.OutTerminal {
		for _, line := range Afterwards(s) {
			t.out(line)
		}
	}
}

func (t *Text) out(line string) {
	t.o.Bar.Clear()
	io.WriteString(t.screen.Out, Fold(line, t.screen.OutWidth())+"\n")
}

func (t *Text) err(line string) {
	t.o.Bar.Clear()
	io.WriteString(t.screen.Err, Fold(line, t.screen.ErrWidth())+"\n")
}
