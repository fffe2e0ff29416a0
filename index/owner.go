package index

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Owner says who owns a path, in a text that means the same everywhere:
// USER=UID:GROUP=GID. A name that is not known is left out together with its "=".
// Names go before numbers where both are known. "": nobody has told.
type Owner string

// IDs are a user and a group as one machine numbers them, each plus 1; 0: unknown,
// or not to be changed.
type IDs struct{ User, Group uint32 }

// NewIDs are the ids of a user and a group. The greatest number stands for nobody.
func NewIDs(user, group uint32) IDs { return IDs{user + 1, group + 1} }

// Known tells whether both are known.
func (i IDs) Known() bool { return i.User != 0 && i.Group != 0 }

// Or fills in what i leaves open.
func (i IDs) Or(o IDs) IDs {
	if i.User == 0 {
		i.User = o.User
	}
	if i.Group == 0 {
		i.Group = o.Group
	}
	return i
}

// Name is a user or a group: its name, "" if it has none, and its number.
type Name struct {
	Name string
	ID   uint32
}

// maxOwnerName bounds a name, in bytes.
const maxOwnerName = 256

// ErrBadOwner is wrapped by every error of ParseOwner.
var ErrBadOwner = errors.New("not a valid owner")

// MakeOwner is the Owner of a user and a group. A name that could not be told from
// the rest of the text is left out.
func MakeOwner(user, group Name) Owner { return Owner(user.text() + ":" + group.text()) }

func (n Name) text() string {
	id := strconv.FormatUint(uint64(n.ID), 10)
	if n.Name == "" || !validOwnerName(n.Name) {
		return id
	}
	return n.Name + "=" + id
}

func validOwnerName(s string) bool {
	return len(s) <= maxOwnerName && utf8.ValidString(s) &&
		!strings.ContainsFunc(s, func(r rune) bool { return r == ':' || r == '=' || r == '"' || unicode.IsControl(r) })
}

// ParseOwner checks untrusted text and makes an Owner of it.
func ParseOwner(s string) (Owner, error) {
	user, group, ok := strings.Cut(s, ":")
	if !ok || !validOwnerPart(user) || !validOwnerPart(group) {
		return "", fmt.Errorf("%w: %q", ErrBadOwner, s)
	}
	return Owner(s), nil
}

func validOwnerPart(s string) bool {
	name, id, named := strings.Cut(s, "=")
	if !named {
		name, id = "", s
	}
	n, err := strconv.ParseUint(id, 10, 32)
	return err == nil && n < math.MaxUint32 && strconv.FormatUint(n, 10) == id && (!named || name != "" && validOwnerName(name))
}

// User and Group take an Owner apart.
func (o Owner) User() Name  { u, _, _ := strings.Cut(string(o), ":"); return ownerPart(u) }
func (o Owner) Group() Name { _, g, _ := strings.Cut(string(o), ":"); return ownerPart(g) }

func ownerPart(s string) Name {
	name, id, named := strings.Cut(s, "=")
	if !named {
		name, id = "", s
	}
	n, _ := strconv.ParseUint(id, 10, 32)
	return Name{name, uint32(n)}
}
