package index

import (
	"cmp"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/zeebo/blake3"

	"latus/index/jsontext"
)

// Attrs are the extended attributes of a path, in a text that means the same
// everywhere: NAME=VALUE; for each, in the order of the names. Names go without what a
// system puts before all of them ("user." on Linux); their letters, digits and .-_:/#@+
// as they are, other bytes as %XX. Values are base64. NoAttrs: there are none. "":
// nobody has told.
type Attrs string

// NoAttrs says that there are none.
const NoAttrs Attrs = "-"

// MaxAttrs bounds an Attrs, in bytes.
const MaxAttrs = 64 << 10

// Attr is one extended attribute.
type Attr struct {
	Name  string
	Value string // any bytes
}

// Sum stands for an Attrs where only its changes matter. 0: unknown.
type Sum uint64

// noSum is that of NoAttrs.
const noSum Sum = 1

// Known tells whether somebody has looked.
func (s Sum) Known() bool { return s != 0 }

var (
	// ErrBadAttrs is wrapped by every error of ParseAttrs.
	ErrBadAttrs = errors.New("no valid extended attributes")
	// ErrManyAttrs is what MakeAttrs fails with where the text would go beyond MaxAttrs.
	ErrManyAttrs = errors.New("its extended attributes are too large")
)

// MakeAttrs tells list, whose names differ. It puts it in order.
func MakeAttrs(list []Attr) (Attrs, error) {
	if len(list) == 0 {
		return NoAttrs, nil
	}
	slices.SortFunc(list, func(a, b Attr) int { return cmp.Compare(a.Name, b.Name) })
	var b []byte
	for _, a := range list {
		if len(a.Value) > MaxAttrs {
			return "", ErrManyAttrs
		}
		for i := range len(a.Name) {
			if c := a.Name[i]; plainInName(c) {
				b = append(b, c)
			} else {
				b = fmt.Appendf(b, "%%%02X", c)
			}
		}
		b = append(jsontext.Base64.AppendEncode(append(b, '='), []byte(a.Value)), ';')
	}
	if len(b) > MaxAttrs {
		return "", ErrManyAttrs
	}
	return Attrs(b), nil
}

func plainInName(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte(".-_:/#@+", c) >= 0
}

// ParseAttrs checks untrusted text and makes an Attrs of it. Each set of attributes has
// one text only.
func ParseAttrs(s string) (Attrs, error) {
	list, ok := Attrs(s).list()
	if ok {
		for i := 1; i < len(list); i++ {
			ok = ok && list[i-1].Name < list[i].Name
		}
		a, err := MakeAttrs(list)
		ok = ok && err == nil && string(a) == s
	}
	if !ok {
		return "", fmt.Errorf("%w: %.100q", ErrBadAttrs, s)
	}
	return Attrs(s), nil
}

// List takes them apart, in the order of the names.
func (a Attrs) List() []Attr {
	list, _ := a.list()
	return list
}

func (a Attrs) list() (list []Attr, ok bool) {
	if a == "" || a == NoAttrs {
		return nil, a == NoAttrs
	}
	if len(a) > MaxAttrs {
		return nil, false
	}
	for rest := string(a); rest != ""; {
		one, after, ended := strings.Cut(rest, ";")
		text, value, ok := strings.Cut(one, "=")
		name, good := attrName(text)
		b, err := jsontext.Base64.DecodeString(value)
		if !ended || !ok || !good || err != nil {
			return nil, false
		}
		list, rest = append(list, Attr{name, string(b)}), after
	}
	return list, true
}

// maxAttrName bounds a name, in bytes, as Linux does.
const maxAttrName = 255

func attrName(text string) (name string, ok bool) {
	b := make([]byte, 0, len(text))
	for ; text != ""; text = text[1:] {
		c := text[0]
		if c == '%' {
			var raw [1]byte
			if len(text) < 3 {
				return "", false
			}
			if _, err := hex.Decode(raw[:], []byte(text[1:3])); err != nil {
				return "", false
			}
			c, text = raw[0], text[2:]
		}
		b = append(b, c)
	}
	return string(b), len(b) > 0 && len(b) <= maxAttrName && !slices.Contains(b, 0)
}

// Sum is what a witness remembers of a.
func (a Attrs) Sum() Sum {
	switch a {
	case "":
		return 0
	case NoAttrs:
		return noSum
	}
	h := blake3.Sum256([]byte(a))
	return max(Sum(binary.BigEndian.Uint64(h[:])), noSum+1)
}
