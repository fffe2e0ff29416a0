package index

import (
	"encoding/json"
	"errors"
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
