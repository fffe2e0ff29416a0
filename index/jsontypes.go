package index

import (
	"encoding/json"
	"errors"
	"math"
	"strconv"

	"latus/index/jsontext"
)

// jsonLine is any line, as encoding/json reads it.
type jsonLine struct {
	P         *string         `json:"p"`
	PB        *string         `json:"p_base64"`
	Heads     *[]jsonHead     `json:"heads"`
	Have      *[]jsonHave     `json:"have"`
	O         json.RawMessage `json:"o"`
	Own       json.RawMessage `json:"own"`
	Att       json.RawMessage `json:"att"`
	W         *jsonLook       `json:"w"`
	Done      *string         `json:"done"`
	DoneB     *string         `json:"done_base64"`
	Hash      *string         `json:"hash"`
	HashB     *string         `json:"hash_base64"`
	Drop      *string         `json:"drop"`
	DropB     *string         `json:"drop_base64"`
	Settle    *string         `json:"settle"`
	SettleB   *string         `json:"settle_base64"`
	Intend    *string         `json:"intend"`
	IntendB   *string         `json:"intend_base64"`
	From      json.RawMessage `json:"from"`
	FromB     *string         `json:"from_base64"`
	Staged    *string         `json:"staged"`
	StagedB   *string         `json:"staged_base64"`
	New       *jsonLook       `json:"new"`
	Old       *jsonLook       `json:"old"`
	Trash     *string         `json:"trash"`
	TrashB    *string         `json:"trash_base64"`
	Run       *string         `json:"run"`
	RunB      *string         `json:"run_base64"`
	Author    *jsonID         `json:"author"`
	Seq       uint64          `json:"seq"`
	Tag       *jsonID         `json:"tag"`
	Floor     *jsonID         `json:"floor"`
	Time      int64           `json:"time"`
	Tags      *string         `json:"tags"`
	Steps     []uint64        `json:"steps"`
	Commit    *uint64         `json:"commit"`
	jsonHead0                 // of a put line with one head; its G also elsewhere
}

// jsonHead0 is a head without its origin, whose key means a path in an intent.
type jsonHead0 struct {
	K  *jsonKind      `json:"k"`
	G  *uint64        `json:"g"`
	F  int            `json:"f"`
	Q  *uint32        `json:"q"`
	S  int64          `json:"s"`
	M  int64          `json:"m"`
	U  *int64         `json:"u"`
	T  *string        `json:"t"`
	TB *string        `json:"t_base64"`
	H  *jsonHash      `json:"h"`
	L  []jsonAncestor `json:"l"`
}

type jsonHead struct {
	jsonHead0
	From json.RawMessage `json:"from"`
}

type jsonOrigin struct {
	P  *string `json:"p"`
	PB *string `json:"p_base64"`
	G  *uint64 `json:"g"`
	N  int     `json:"n"`
}

// jsonHave is a head, or the number of one that is among the entry's heads.
type jsonHave struct {
	number *uint64
	head   jsonHead
}

func (h *jsonHave) UnmarshalJSON(b []byte) error {
	if b[0] == '{' {
		return json.Unmarshal(b, &h.head)
	}
	h.number = new(uint64)
	return json.Unmarshal(b, h.number)
}

// jsonLook is a look: a list for a short one, an object for a whole one.
type jsonLook look

func (l *jsonLook) UnmarshalJSON(b []byte) error {
	if b[0] != '[' {
		l.form = lookWhole
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
	l.form = lookShort
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
	list := make([]*json.Number, len(raw))
	for i := range raw {
		if err := json.Unmarshal(raw[i], &list[i]); err != nil {
			return errLine
		}
	}
	if len(list) < 1 || len(list) > 6 || len(list) == 5 || list[0] == nil {
		return errLine
	}
	var err error
	if l.w.Inode, err = strconv.ParseUint(string(*list[0]), 10, 64); err != nil {
		return errLine
	}
	if len(list) > 1 && list[1] != nil {
		l.born = true
		if l.w.Btime, err = list[1].Int64(); err != nil {
			return errLine
		}
	}
	if len(list) > 2 && list[2] != nil {
		l.seen = true
		if l.w.Ctime, err = list[2].Int64(); err != nil {
			return errLine
		}
	}
	if len(list) > 4 {
		ids := [2]*uint32{}
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
	}
	if len(list) > 3 && list[3] != nil {
		l.moded = true
		return octalNumber(*list[3], &l.w.Mode)
	}
	return nil
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

type jsonKind Kind

func (k *jsonKind) UnmarshalJSON(b []byte) error {
	var s string
	if err := json.Unmarshal(b, &s); err != nil || len(s) != 1 {
		return errLine
	}
	kind, ok := parseKind(s[0])
	if *k = jsonKind(kind); !ok {
		return errLine
	}
	return nil
}

type jsonHash Hash

func (h *jsonHash) UnmarshalJSON(b []byte) error {
	var s string
	if err := json.Unmarshal(b, &s); err != nil || !parseHash([]byte(s), (*Hash)(h)) {
		return errLine
	}
	return nil
}

type jsonID uint64

func (id *jsonID) UnmarshalJSON(b []byte) error {
	var s string
	if err := json.Unmarshal(b, &s); err != nil {
		return err
	}
	v, ok := jsontext.ParseHex(s)
	if *id = jsonID(v); !ok {
		return errLine
	}
	return nil
}

type jsonAncestor Ancestor

func (a *jsonAncestor) UnmarshalJSON(b []byte) error {
	var list []json.RawMessage
	if b[0] != '[' {
		list = append(list, b)
	} else if err := json.Unmarshal(b, &list); err != nil {
		return err
	}
	if len(list) > 0 && list[0][0] == '"' {
		var s string
		if err := json.Unmarshal(list[0], &s); err != nil {
			return err
		}
		var ok bool
		if a.Hash, ok = parseTag([]byte(s)); !ok {
			return errLine
		}
		list = list[1:]
	}
	switch {
	case b[0] != '[' && a.Hash != 0:
		return nil
	case len(list) != 2:
		return errLine
	}
	return errors.Join(json.Unmarshal(list[0], &a.Size), json.Unmarshal(list[1], &a.Mtime))
}

func octalNumber(n json.Number, mode *uint32) error {
	v, err := strconv.ParseUint(string(n), 10, 64)
	if err != nil {
		return errLine
	}
	var ok bool
	if *mode, ok = parseOctal(v); !ok {
		return errLine
	}
	return nil
}
