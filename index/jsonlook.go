package index

import (
	"encoding/json"
	"math"
	"strconv"

	"latus/index/jsontext"
)

// jsonLook is a look: a list for a short one, an object for a whole one.
type jsonLook look

func (l *jsonLook) UnmarshalJSON(b []byte) error {
	if b[0] == '[' {
		l.form = lookShort
		return l.readShort(b)
	}
	l.form = lookWhole
	return l.readWhole(b)
}

func (l *jsonLook) readWhole(b []byte) error {
	var w struct {
		K jsonKind    `json:"k"`
		O json.Number `json:"o"`
		S int64       `json:"s"`
		M int64       `json:"m"`
		I uint64      `json:"i"`
		B int64       `json:"b"`
		C int64       `json:"c"`
		U *uint32     `json:"uid"`
		D *uint32     `json:"gid"`
		A *jsonSum    `json:"a"`
	}
	if err := json.Unmarshal(b, &w); err != nil {
		return err
	}
	l.w = Witness{Kind: Kind(w.K), Size: w.S, Mtime: w.M, Ctime: w.C, Btime: w.B, Inode: w.I}
	if !jsonIDs(w.U, w.D, &l.w.Owner) {
		return errLine
	}
	if w.A != nil {
		l.w.Attrs = Sum(*w.A)
	}
	if w.O == "" {
		return nil
	}
	return octalNumber(w.O, &l.w.Mode)
}

// readShort reads [inode,btime,ctime,mode,uid,gid,attrs], as appendShort cuts it.
func (l *jsonLook) readShort(b []byte) error {
	var raw []json.RawMessage
	if err := json.Unmarshal(b, &raw); err != nil {
		return err
	}
	if len(raw) == 7 {
		if err := json.Unmarshal(raw[6], (*jsonSum)(&l.w.Attrs)); err != nil {
			return errLine
		}
		raw = raw[:6]
	}
	if len(raw) < 1 || len(raw) > 6 || len(raw) == 5 {
		return errLine
	}
	var list [6]*json.Number // nil: null, or not there
	for i := range raw {
		if err := json.Unmarshal(raw[i], &list[i]); err != nil {
			return errLine
		}
	}
	if list[0] == nil {
		return errLine
	}
	var err error
	if l.w.Inode, err = strconv.ParseUint(string(*list[0]), 10, 64); err != nil {
		return errLine
	}
	for _, t := range []struct {
		from *json.Number
		told *bool
		to   *int64
	}{{list[1], &l.born, &l.w.Btime}, {list[2], &l.seen, &l.w.Ctime}} {
		if t.from == nil {
			continue
		}
		*t.told = true
		if *t.to, err = t.from.Int64(); err != nil {
			return errLine
		}
	}
	var ids [2]*uint32
	for i, n := range list[4:] {
		if n == nil {
			continue
		}
		v, err := strconv.ParseUint(string(*n), 10, 32)
		if err != nil {
			return errLine
		}
		id := uint32(v)
		ids[i] = &id
	}
	if !jsonIDs(ids[0], ids[1], &l.w.Owner) {
		return errLine
	}
	if list[3] == nil {
		return nil
	}
	l.moded = true
	return octalNumber(*list[3], &l.w.Mode)
}

func jsonIDs(user, group *uint32, o *IDs) bool {
	for _, id := range []struct {
		from *uint32
		to   *uint32
	}{{user, &o.User}, {group, &o.Group}} {
		if id.from == nil {
			continue
		}
		if *id.from == math.MaxUint32 {
			return false
		}
		*id.to = *id.from + 1
	}
	return true
}

type jsonSum Sum

func (v *jsonSum) UnmarshalJSON(b []byte) error {
	var s string
	if err := json.Unmarshal(b, &s); err != nil {
		return err
	}
	if s == "" {
		*v = jsonSum(noSum)
		return nil
	}
	n, ok := jsontext.ParseHex(s)
	if *v = jsonSum(n); !ok || Sum(n) <= noSum {
		return errLine
	}
	return nil
}
