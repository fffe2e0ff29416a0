package index

import (
	"encoding/json"
	"strconv"
)

func (d *decoder) jsonEntry(l *jsonLine, r *record) error {
	if err := d.jsonPath(l.P, l.PB, &r.path); err != nil {
		return err
	}
	r.text, r.path = []byte(r.path), ""
	e := &Entry{}
	r.entry = e
	heads := []jsonHead{{l.jsonHead0, l.From}}
	if l.Heads != nil {
		heads = *l.Heads
	}
	for i := range heads {
		h, err := d.jsonHeadValue(&heads[i])
		if err != nil {
			return err
		}
		e.Heads = append(e.Heads, h)
	}
	if l.Have != nil {
		e.Pending = true
		if err := d.jsonHave(*l.Have, e); err != nil {
			return err
		}
	}
	if l.O != nil {
		if err := d.jsonMode(l.O, e); err != nil {
			return err
		}
	}
	if l.Own != nil {
		if err := jsonReg(d, l.Own, e, &e.Owner, ParseOwner); err != nil {
			return err
		}
	}
	if l.Att != nil {
		if err := jsonReg(d, l.Att, e, &e.Attrs, ParseAttrs); err != nil {
			return err
		}
	}
	if l.W != nil && !e.see(look(*l.W)) {
		return errLine
	}
	return nil
}

func (d *decoder) jsonHave(have []jsonHave, e *Entry) error {
	for i := range have {
		if have[i].number == nil {
			h, err := d.jsonHeadValue(&have[i].head)
			if err != nil {
				return err
			}
			e.Have = append(e.Have, h)
			continue
		}
		gen, err := d.jsonGen(have[i].number)
		at := headAt(e.Heads, gen)
		if err != nil || at < 0 {
			return errLine
		}
		e.Have = append(e.Have, e.Heads[at])
	}
	return nil
}

func (d *decoder) jsonHeadValue(j *jsonHead) (Head, error) {
	h := Head{Kind: File, First: j.F == 1, Clock: 1, Size: j.S, Mtime: j.M, Utime: j.M}
	if j.K != nil {
		h.Kind = Kind(*j.K)
	}
	if j.Q != nil {
		h.Clock = *j.Q
	}
	if j.U != nil {
		h.Utime = *j.U
	}
	h.Utime = min(h.Utime, MaxTime)
	if j.H != nil {
		h.Hash = Hash(*j.H)
	}
	for _, a := range j.L {
		h.Lineage = append(h.Lineage, Ancestor(a))
	}
	if j.From != nil {
		var from jsonOrigin
		if err := json.Unmarshal(j.From, &from); err != nil {
			return h, err
		}
		var err error
		h.Origin = &Origin{Linked: from.N == 1}
		if h.Origin.Gen, err = d.jsonGen(from.G); err != nil {
			return h, err
		}
		if err := d.jsonPath(from.P, from.PB, &h.Origin.Path); err != nil {
			return h, err
		}
	}
	if err := jsonString(j.T, j.TB, &h.Target); err != nil {
		return h, err
	}
	var err error
	h.Gen, err = d.jsonGen(j.G)
	return h, err
}

func (d *decoder) jsonMode(raw json.RawMessage, e *Entry) error {
	var list []json.Number
	if raw[0] != '[' {
		var mode json.Number
		if err := json.Unmarshal(raw, &mode); err != nil || len(e.Heads) == 0 {
			return errLine
		}
		e.Mode.Stamp, e.Mode.Gen = e.Heads[0].Utime, e.Heads[0].Gen
		return octalNumber(mode, &e.Mode.Value)
	}
	if err := json.Unmarshal(raw, &list); err != nil || len(list) < 2 || len(list) > 3 {
		return errLine
	}
	if err := d.jsonSet(list[1:], &e.Mode.Stamp, &e.Mode.Gen); err != nil {
		return err
	}
	return octalNumber(list[0], &e.Mode.Value)
}

// jsonSet reads when and by whom a register was set: [g] or [stamp,g].
func (d *decoder) jsonSet(list []json.Number, stamp *int64, gen *GenID) error {
	n, err := strconv.ParseUint(string(list[len(list)-1]), 10, 64)
	if err != nil {
		return errLine
	}
	if *gen, err = d.jsonGen(&n); err != nil {
		return err
	}
	*stamp = d.table.at(n).Time
	if len(list) == 2 {
		if *stamp, err = list[0].Int64(); err != nil {
			return errLine
		}
	}
	*stamp = min(*stamp, MaxTime)
	return nil
}

// jsonReg reads a register whose value is a text.
func jsonReg[T ~string](d *decoder, raw json.RawMessage, e *Entry, r *Reg[T], parse func(string) (T, error)) error {
	text := raw
	if raw[0] == '[' {
		var list []json.RawMessage
		if err := json.Unmarshal(raw, &list); err != nil || len(list) < 2 || len(list) > 3 {
			return errLine
		}
		text = list[0]
		numbers := make([]json.Number, len(list)-1)
		for i := range numbers {
			if err := json.Unmarshal(list[i+1], &numbers[i]); err != nil {
				return errLine
			}
		}
		if err := d.jsonSet(numbers, &r.Stamp, &r.Gen); err != nil {
			return err
		}
	} else if len(e.Heads) > 0 {
		r.Stamp, r.Gen = e.Heads[0].Utime, e.Heads[0].Gen
	} else {
		return errLine
	}
	var s string
	if err := json.Unmarshal(text, &s); err != nil {
		return errLine
	}
	if s == "" {
		return nil
	}
	var err error
	r.Value, err = parse(s)
	return err
}
