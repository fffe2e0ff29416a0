package index

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"unicode/utf8"

	"latus/index/jsontext"
)

// This is the decoder that says what a line means: it takes all that the format allows. Most
// lines do not come here, as scanner.go has taken them before; why there are two, and what
// holds them equal, is said there.

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
		b, err := jsontext.Base64.DecodeString(*inBase64)
		*text = string(b)
		return err
	}
	return nil
}
