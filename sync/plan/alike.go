package plan

import "latus/index"

// How many files of one size are named to whoever has the bytes, and from how many
// on nobody is asked about more than a few.
const (
	manyAlike = 4096
	fewAlike  = 16
)

// alike is the files of one size that may have one content.
type alike struct {
	needs []*node
	stays []Question // files that stay on this disk, hashes known or not
	heads []index.Head
}

// compare asks whether large files that are still needed are copies: of a file of
// the same size that stays here, or of one another. Whoever has the bytes answers
// only if a glance at both does not tell them apart, so that a coincidence costs
// nothing. It takes a pass over all entries, made only if there is something large.
func (m *maker) compare(needs []*node, p *pool) {
	bySize := make(map[int64]*alike)
	var order []*alike
	for _, n := range needs {
		if n.want.Kind != index.File || n.want.Size <= worthAsking || n.source.op != None {
			continue
		}
		a := bySize[n.want.Size]
		if a == nil {
			a = &alike{}
			bySize[n.want.Size] = a
			order = append(order, a)
		}
		a.needs = append(a.needs, n)
	}
	if len(order) == 0 {
		return
	}
	for e := range m.in.Entries {
		a := bySize[e.Witness.Size]
		if a == nil || len(a.stays) > manyAlike {
			continue
		}
		if h := p.stays(e); h != nil && h.Size == e.Witness.Size {
			a.stays = append(a.stays, Question{Path: e.Path, Gen: h.Gen})
			a.heads = append(a.heads, *h)
		}
	}
	for _, a := range order {
		m.askAlike(a)
	}
}

// askAlike asks about files of one size. What is known of them is named only for
// the others' sake.
func (m *maker) askAlike(a *alike) {
	if len(a.needs)+len(a.stays) < 2 {
		return
	}
	if len(a.stays) > manyAlike {
		if len(a.needs) <= fewAlike {
			for _, n := range a.needs {
				m.ask(n.path, n.want)
			}
		}
		return
	}
	var qs []Question
	open := false // whether there is an answer to come
	about := func(q Question, h *index.Head) {
		q.Use = IfAlike
		if h.Hash.Known() || m.in.Unanswered(q.Path, q.Gen) {
			q.Use = Likeness
		}
		open = open || q.Use == IfAlike
		qs = append(qs, q)
	}
	for _, n := range a.needs {
		about(Question{Path: n.path, Gen: n.want.Gen}, n.want)
	}
	for i, q := range a.stays {
		about(q, &a.heads[i])
	}
	if open {
		for _, q := range qs {
			m.question(q)
		}
	}
}
