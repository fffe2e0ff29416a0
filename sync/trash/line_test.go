package trash

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"latus/index"
)

// FuzzList: no list stops the trash from being opened, the fast way to read a
// line agrees with encoding/json, and what was read is written as it was.
func FuzzList(f *testing.F) {
	it := Item{ID: "20261122-131405-1a2b.1", Path: "a/b", Gen: gen(7), Kind: index.File, Size: 5, Mtime: -3,
		Mode: 0o4755, Hash: index.Hash{1, 2, 3}, Why: "replaced", Run: "20261122-131405-1a2b", At: 9}
	f.Add(string(appendLine(nil, &it)))
	it.Path, it.Hash, it.Gen, it.Kind, it.Mode = "bad\xff\n\"\\", index.Hash{}, index.GenID{}, index.Link, 0
	f.Add(string(appendLine(nil, &it)))
	f.Add(`{"id":"r.1","path":"p","kind":"file","size":1,"mtime":1,"mode":"0","why":"w","run":"x","at":1}`)
	f.Add(`{"id":"../x.1","path":"../p"}` + "\n\n{}\nnull\n")
	f.Fuzz(func(t *testing.T, text string) {
		for l := range strings.SplitSeq(text, "\n") {
			fast, ok := scanLine(l)
			slow, okSlow := parseLine(l)
			if ok && (!okSlow || fast != slow) {
				t.Fatalf("%q: %+v, encoding/json %+v", l, fast, slow)
			}
		}
		for _, it := range parseList(text) {
			again := appendLine(nil, &it)
			if !json.Valid(again) {
				t.Fatalf("%q is not JSON", again)
			}
			if got := parseList(string(again)); len(got) != 1 || got[0] != it {
				t.Fatalf("%+v came back as %+v", it, got)
			}
		}
	})
}

// TestSpecification reads the example of the specification, which the note of the
// total beside it counts.
func TestSpecification(t *testing.T) {
	text, err := os.ReadFile("../../docs/index-format.md")
	must(t, err)
	_, section, _ := strings.Cut(string(text), "## trash/list.jsonl")
	_, section, _ = strings.Cut(section, "```jsonl\n")
	list, section, _ := strings.Cut(section, "```")
	_, section, _ = strings.Cut(section, "```json\n")
	note, _, _ := strings.Cut(section, "```")
	var sum total
	must(t, json.Unmarshal([]byte(note), &sum))
	items := parseList(list)
	if len(items) != sum.Items || len(list) != int(sum.List) || items[0].Size != sum.Bytes {
		t.Fatalf("%d items in %d bytes, and %+v", len(items), len(list), sum)
	}
	if string(appendLine(nil, &items[0])) != list {
		t.Fatalf("%s is written as %s", list, appendLine(nil, &items[0]))
	}
}
