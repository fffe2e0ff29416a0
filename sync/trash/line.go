package trash

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"strconv"
	"strings"
	"unicode/utf8"

	"latus/index"
)

// line is one of the list, as encoding/json sees it. The path is escaped as JSON wants
// it; one that is not valid UTF-8 is also there in base64.
type line struct {
	ID     string `json:"id"`
	Path   string `json:"path"`
	Base64 []byte `json:"path_base64,omitempty"`
	Gen    string `json:"gen,omitempty"` // author.tag, 16 hex digits each
	Kind   string `json:"kind"`
	Size   int64  `json:"size"`
	Mtime  int64  `json:"mtime"`
	Mode   string `json:"mode"` // octal
	Hash   string `json:"hash,omitempty"`
	Why    string `json:"why"`
	Run    string `json:"run"`
	At     int64  `json:"at"`
}

func appendLine(b []byte, it *Item) []byte {
	b = appendString(append(b, `{"id":`...), it.ID)
	b = appendString(append(b, `,"path":`...), string(it.Path))
	if !utf8.ValidString(string(it.Path)) {
		b = append(b, `,"path_base64":"`...)
		b = base64.StdEncoding.AppendEncode(b, []byte(it.Path))
		b = append(b, '"')
	}
	if it.Gen != (index.GenID{}) {
		b = append(b, `,"gen":"`...)
		b = appendHex16(b, uint64(it.Gen.Author))
		b = appendHex16(append(b, '.'), it.Gen.Tag)
		b = append(b, '"')
	}
	b = appendString(append(b, `,"kind":`...), it.Kind.String())
	b = strconv.AppendInt(append(b, `,"size":`...), it.Size, 10)
	b = strconv.AppendInt(append(b, `,"mtime":`...), it.Mtime, 10)
	b = strconv.AppendUint(append(b, `,"mode":"0`...), uint64(it.Mode), 8)
	b = append(b, '"')
	if it.Hash.Known() {
		b = hex.AppendEncode(append(b, `,"hash":"`...), it.Hash[:])
		b = append(b, '"')
	}
	b = appendString(append(b, `,"why":`...), it.Why)
	b = appendString(append(b, `,"run":`...), it.Run)
	b = strconv.AppendInt(append(b, `,"at":`...), it.At, 10)
	return append(b, '}', '\n')
}

func appendHex16(b []byte, v uint64) []byte {
	const digits = "0123456789abcdef"
	for shift := 60; shift >= 0; shift -= 4 {
		b = append(b, digits[v>>shift&15])
	}
	return b
}

// appendString quotes s; bytes that are not UTF-8 become U+FFFD.
func appendString(b []byte, s string) []byte {
	b = append(b, '"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b = append(b, '\\', byte(r))
		case r < 0x20 || r == 0x7f:
			const digits = "0123456789abcdef"
			b = append(b, `\u00`...)
			b = append(b, digits[r>>4], digits[r&15])
		default:
			b = utf8.AppendRune(b, r)
		}
	}
	return append(b, '"')
}

// parseList reads what can be read. A line that makes no sense is skipped: it
// was torn by a crash, or somebody edited the list.
func parseList(text string) []Item {
	items := make([]Item, 0, strings.Count(text, "\n"))
	for text != "" {
		var l string
		l, text, _ = strings.Cut(text, "\n")
		it, ok := scanLine(l)
		if !ok {
			it, ok = parseLine(l)
		}
		if ok {
			items = append(items, it)
		}
	}
	return items
}

// parseLine reads any JSON that has what a line needs.
func parseLine(text string) (Item, bool) {
	var l line
	if json.Unmarshal([]byte(text), &l) != nil {
		return Item{}, false
	}
	it := Item{ID: l.ID, Path: index.Path(l.Path), Size: l.Size, Mtime: l.Mtime, Why: l.Why, Run: l.Run, At: l.At}
	if l.Base64 != nil {
		it.Path = index.Path(l.Base64)
	}
	ok := parseGen(l.Gen, &it.Gen) && parseKind(l.Kind, &it.Kind) && parseMode(l.Mode, &it.Mode) && parseHash(l.Hash, &it.Hash)
	return it, ok && it.valid()
}

// scanLine reads a line of the shape that appendLine writes, of which nearly all
// are, many times faster.
func scanLine(text string) (Item, bool) {
	s := scanner{rest: text}
	var it Item
	it.ID = s.text(`{"id":"`)
	it.Path = index.Path(s.text(`,"path":"`))
	if s.has(`,"gen":"`) && !parseGen(s.text(`,"gen":"`), &it.Gen) {
		return it, false
	}
	kind := s.text(`,"kind":"`)
	it.Size = s.number(`,"size":`)
	it.Mtime = s.number(`,"mtime":`)
	mode := s.text(`,"mode":"`)
	if s.has(`,"hash":"`) && !parseHash(s.text(`,"hash":"`), &it.Hash) {
		return it, false
	}
	it.Why = s.text(`,"why":"`)
	it.Run = s.text(`,"run":"`)
	it.At = s.number(`,"at":`)
	if s.bad || s.rest != "}" {
		return it, false
	}
	return it, parseKind(kind, &it.Kind) && parseMode(mode, &it.Mode) && it.valid()
}

type scanner struct {
	rest string
	bad  bool
}

func (s *scanner) has(key string) bool { return strings.HasPrefix(s.rest, key) }

func (s *scanner) skip(key string) bool {
	if s.bad || !s.has(key) {
		s.bad = true
		return false
	}
	s.rest = s.rest[len(key):]
	return true
}

// text reads a string without escapes.
func (s *scanner) text(key string) string {
	if !s.skip(key) {
		return ""
	}
	i := strings.IndexByte(s.rest, '"')
	if i < 0 || strings.IndexByte(s.rest[:i], '\\') >= 0 || !plain(s.rest[:i]) {
		s.bad = true
		return ""
	}
	v := s.rest[:i]
	s.rest = s.rest[i+1:]
	return v
}

// plain tells whether s may stand in JSON as it is.
func plain(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < 0x20 {
			return false
		}
	}
	return utf8.ValidString(s)
}

func (s *scanner) number(key string) int64 {
	if !s.skip(key) {
		return 0
	}
	i := 0
	for i < len(s.rest) && (s.rest[i] == '-' || '0' <= s.rest[i] && s.rest[i] <= '9') {
		i++
	}
	v, err := strconv.ParseInt(s.rest[:i], 10, 64)
	if err != nil || strconv.FormatInt(v, 10) != s.rest[:i] {
		s.bad = true
	}
	s.rest = s.rest[i:]
	return v
}

// valid tells whether a line read from disk may be believed.
func (it *Item) valid() bool {
	folder, _, ok := splitID(it.ID)
	if !ok || it.Size < 0 {
		return false
	}
	it.Run = runOf(folder)
	_, err := index.ParsePath(string(it.Path))
	return err == nil
}

func parseGen(s string, g *index.GenID) bool {
	if s == "" {
		return true
	}
	if len(s) != 33 || s[16] != '.' {
		return false
	}
	author, err1 := index.ParseID(s[:16])
	tag, err2 := index.ParseID(s[17:])
	*g = index.GenID{Author: index.PeerID(author), Tag: tag}
	return err1 == nil && err2 == nil
}

func parseKind(s string, k *index.Kind) bool {
	switch s {
	case index.File.String():
		*k = index.File
	case index.Link.String():
		*k = index.Link
	default:
		return false
	}
	return true
}

func parseMode(s string, m *uint32) bool {
	v, err := strconv.ParseUint(s, 8, 32)
	*m = uint32(v) & 0o7777
	return err == nil
}

func parseHash(s string, h *index.Hash) bool {
	if s == "" {
		return true
	}
	if len(s) != 2*len(h) {
		return false
	}
	_, err := hex.Decode(h[:], []byte(s))
	return err == nil
}
