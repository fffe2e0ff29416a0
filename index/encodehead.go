package index

import (
	"strconv"

	"latus/index/jsontext"
)

func (e *encoder) listed(b []byte, i int, h *Head) []byte {
	b = jsontext.Comma(b, i)
	start := len(b)
	return jsontext.CloseObject(e.head(b, h), start)
}

func (e *encoder) head(b []byte, h *Head) []byte {
	if h.Kind != File {
		b = appendKind(b, h.Kind)
	}
	b = e.gen(b, h.Gen)
	if h.First {
		b = append(b, `,"f":1`...)
	}
	if h.Clock != 1 {
		b = jsontext.AppendUint(b, "q", uint64(h.Clock))
	}
	if h.Size != 0 {
		b = jsontext.AppendInt(b, "s", h.Size)
	}
	if h.Mtime != 0 {
		b = jsontext.AppendInt(b, "m", h.Mtime)
	}
	if h.Utime != h.Mtime {
		b = jsontext.AppendInt(b, "u", h.Utime)
	}
	b = jsontext.AppendSome(b, "t", h.Target)
	if h.Hash.Known() {
		b = appendHash(b, h.Hash)
	}
	if len(h.Lineage) > 0 {
		b = append(jsontext.AppendKey(b, "l"), '[')
		for i := range h.Lineage {
			b = appendAncestor(jsontext.Comma(b, i), &h.Lineage[i])
		}
		b = append(b, ']')
	}
	if h.Origin != nil {
		b = e.origin(b, h.Origin)
	}
	return b
}

// origin appends ,"from":{"p":…,"g":…,"n":1}.
func (e *encoder) origin(b []byte, o *Origin) []byte {
	b = jsontext.AppendKey(b, "from")
	start := len(b)
	b = e.gen(jsontext.AppendString(b, "p", string(o.Path)), o.Gen)
	if o.Linked {
		b = append(b, `,"n":1`...)
	}
	return jsontext.CloseObject(b, start)
}

func (e *encoder) gen(b []byte, id GenID) []byte {
	return jsontext.AppendUint(b, "g", e.table.number(id))
}

// appendAncestor appends "hash", or [size,mtime], or ["hash",size,mtime].
func appendAncestor(b []byte, a *Ancestor) []byte {
	times := a.Hash == 0 || a.Size != 0 || a.Mtime != 0
	if times {
		b = append(b, '[')
	}
	if a.Hash != 0 {
		b = append(b, '"')
		b = appendTag(b, a.Hash)
		b = append(b, '"')
	}
	if times {
		if a.Hash != 0 {
			b = append(b, ',')
		}
		b = strconv.AppendInt(b, a.Size, 10)
		b = strconv.AppendInt(append(b, ','), a.Mtime, 10)
		b = append(b, ']')
	}
	return b
}

// appendTag appends the base64 of v's bytes, the high one first: so the short
// form of a hash looks like the beginning of the hash.
func appendTag(b []byte, v uint64) []byte {
	raw := bigEndian(v)
	return jsontext.Base64.AppendEncode(b, raw[:])
}

func appendHash(b []byte, h Hash) []byte {
	b = append(b, `,"h":"`...)
	if h.Known() {
		b = jsontext.Base64.AppendEncode(b, h[:])
	}
	return append(b, '"')
}

func appendID(b []byte, key string, id uint64) []byte {
	b = append(jsontext.AppendKey(b, key), '"')
	return append(jsontext.AppendHex(b, id), '"')
}
