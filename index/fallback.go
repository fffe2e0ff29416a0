package index

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"unicode/utf8"
)

var errLine = errors.New("no line of an index")

// decodeJSON reads a line of any shape that means what a usual line means.
func (d *decoder) decodeJSON(body []byte, r *record) error {
	if !utf8.Valid(body) {
		return fmt.Errorf("%w: not UTF-8", errLine)
	}
	var l jsonLine
	if err := json.Unmarshal(body, &l); err != nil {
		return err
	}
	switch {
	case l.Commit != nil:
		r.kind, r.count = commitRecord, *l.Commit
		return nil
	case l.Floor != nil:
		r.kind, r.mark = floorRecord, Mark{PeerID(*l.Floor), l.Seq}
		if r.mark.Author == 0 || r.mark.Seq == 0 {
			return errLine
		}
		return nil
	case l.Tags != nil:
		r.kind = packRecord
		return d.jsonPack(&l, &r.pack)
	case l.Tag != nil:
		r.kind = tableRecord
		if l.Author == nil || l.G == nil {
			return errLine
		}
		r.number = *l.G
		r.gen = Generation{GenID: GenID{PeerID(*l.Author), uint64(*l.Tag)}, Seq: l.Seq, Time: l.Time}
		return nil
	case l.Intend != nil || l.IntendB != nil:
		r.kind = intendRecord
		return d.jsonIntend(&l, r)
	case l.P != nil || l.PB != nil:
		r.kind = putRecord
		return d.jsonEntry(&l, r)
	case l.Drop != nil || l.DropB != nil:
		r.kind = dropRecord
		return d.jsonPath(l.Drop, l.DropB, &r.path)
	case l.Settle != nil || l.SettleB != nil:
		r.kind = settleRecord
		return d.jsonPath(l.Settle, l.SettleB, &r.path)
	case l.Done != nil || l.DoneB != nil:
		r.kind = doneRecord
		if l.W != nil {
			r.done.look = look(*l.W)
		}
		return errors.Join(d.jsonPath(l.Done, l.DoneB, &r.path), d.jsonHashed(&l, &r.done))
	case l.Hash != nil || l.HashB != nil:
		r.kind = hashRecord
		return errors.Join(d.jsonPath(l.Hash, l.HashB, &r.path), d.jsonHashed(&l, &r.done))
	}
	return errLine
}

func (d *decoder) jsonHashed(l *jsonLine, r *done) (err error) {
	if l.H != nil {
		r.hash = Hash(*l.H)
	}
	r.gen, err = d.jsonGen(l.G)
	return err
}

func (d *decoder) jsonPack(l *jsonLine, p *pack) error {
	tags, ok := d.parseTags([]byte(*l.Tags))
	if !ok || l.Author == nil {
		return errLine
	}
	*p = pack{author: PeerID(*l.Author), seq: l.Seq, tags: tags, steps: l.Steps}
	return nil
}

func (d *decoder) jsonIntend(l *jsonLine, r *record) (err error) {
	i := &intend{hashImplied: l.H == nil, runImplied: l.Run == nil && l.RunB == nil}
	r.intend = i
	if l.H != nil {
		i.Hash = Hash(*l.H)
	}
	if l.New != nil {
		i.new = look(*l.New)
	}
	if l.Old != nil {
		i.old = look(*l.Old)
	}
	var from *string
	if l.From != nil {
		if err := json.Unmarshal(l.From, &from); err != nil {
			return err
		}
	}
	if i.Gen, err = d.jsonGen(l.G); err != nil {
		return err
	}
	if err := d.jsonPath(l.P, l.PB, &r.path); err != nil {
		return err
	}
	i.Path = r.path
	return errors.Join(
		jsonString(l.Intend, l.IntendB, &i.Op),
		jsonString(from, l.FromB, (*string)(&i.From)),
		jsonString(l.Staged, l.StagedB, &i.Staged),
		jsonString(l.Trash, l.TrashB, &i.Trash),
		jsonString(l.Run, l.RunB, &i.Run),
	)
}

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

func (d *decoder) jsonGen(n *uint64) (GenID, error) {
	if n == nil || *n > math.MaxInt64 {
		return GenID{}, errLine
	}
	id, ok := d.gen(*n)
	if !ok {
		return id, fmt.Errorf("%w: no generation %d", errLine, *n)
	}
	return id, nil
}

func (d *decoder) jsonPath(s, inBase64 *string, p *Path) error {
	var text string
	if err := jsonString(s, inBase64, &text); err != nil {
		return err
	}
	var err error
	*p, err = ParsePath(text)
	return err
}

// jsonString reads a string from whichever variant of its key is there.
func jsonString(s, inBase64 *string, text *string) error {
	switch {
	case s != nil:
		*text = *s
	case inBase64 != nil:
		b, err := base64Text.DecodeString(*inBase64)
		*text = string(b)
		return err
	}
	return nil
}
