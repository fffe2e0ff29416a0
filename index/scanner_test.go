package index

import (
	"reflect"
	"strings"
	"testing"
)

// FuzzLine: whatever line the scanner takes, encoding/json takes too, and both
// read the same.
func FuzzLine(f *testing.F) {
	s := newMemory()
	past(f, s)
	for line := range strings.Lines(string(s.files[FileName])) {
		f.Add([]byte(line[:max(0, len(line)-tailSize)] + "}"))
	}
	for _, line := range []string{
		`{"p":"a","heads":[{"k":"l","g":1,"t":"x"},{"g":2}],"have":[1,{"g":2,"s":-1}],"o":[644,-5,2],"w":{"k":"f","o":644}}`,
		`{"p":"a","g":1,"f":1,"q":2000000000,"s":1,"m":2,"u":-3,"l":["AAAAAAAAAAE",["AAAAAAAAAAE",1,2],[3,4]],"from":{"p":"b","g":2},"o":[644,1],"w":[1,null,5,600]}`,
		`{"author":"0000000000000001","seq":5,"tags":"AAAAAAAAAAEAAAAAAAAAAg","steps":[0]}`,
		`{"intend":"update","p":"a","g":1,"h":"","from":"c","staged":"s","new":[7],"old":{},"trash":"t","run":"r"}`,
		`{"hash":"a","g":2,"h":"AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}`,
		`{"author":"0000000000000001","seq":1,"tags":"AAAAAAAAAAE","steps":[]}`,
		`{"drop":"a/b"}`, `{"settle":"é"}`, `{"commit":3}`, `{"done":"a","g":1,"w":{}}`,
		`{"p":"a","g":01}`, `{"p":"a\\","g":1}`, `{"p":"a","g":1,"w":[-1]}`, `{"p":"` + "\xff" + `","g":1}`,
	} {
		f.Add([]byte(line))
	}
	tab := &table{gens: []Generation{gen(1, 1, 11), {GenID: GenID{2, 22}}}}
	f.Fuzz(func(t *testing.T, body []byte) {
		var fast, slow record
		sc := scanner{decoder: &decoder{table: tab}, b: body}
		if !sc.record(&fast) {
			return
		}
		if err := (&decoder{table: tab}).decodeJSON(body, &slow); err != nil {
			t.Fatalf("only the scanner takes %q: %v", body, err)
		}
		if !reflect.DeepEqual(fast, slow) {
			t.Fatalf("%q reads as\n%+v, by encoding/json\n%+v", body, fast, slow)
		}
	})
}

// TestScannerTakesWhatIsWritten: plain entries never go the slow way.
func TestScannerTakesWhatIsWritten(t *testing.T) {
	g, entries := synced(50, true)
	x := mustLoad(t, newMemory())
	for i, e := range entries {
		switch i % 5 {
		case 1:
			e.Pending, e.Have = true, e.Heads
		case 2:
			e.Heads = append(e.Heads, Head{Gen: GenID{5, 5}, Kind: Link, Target: "é", Clock: 2, Origin: &Origin{Path: "o", Gen: g.GenID, Linked: true}})
		case 3:
			e.Mode.Stamp, e.Witness.Mtime = g.Time, 7
		case 4:
			e.Heads[0].Lineage = []Ancestor{{Hash: 4}, {Size: 3, Mtime: 2}}
		}
	}
	author(t, x, g, entries)
	firstSync(t, x, g, entries, 20)
	tx := x.Begin()
	tx.Drop(entries[0].Path)
	tx.Settle(entries[0].Path)
	tx.Annotate(entries[2].Path, GenID{5, 5}, Hash{1})
	commit(t, tx)
	for line := range strings.Lines(string(x.journal.store.(*memory).files[FileName])) {
		if strings.HasPrefix(line, `{"latus"`) {
			continue
		}
		var r record
		sc := scanner{decoder: &decoder{table: &x.journal.table}, b: []byte(line[:len(line)-tailSize] + "}")}
		if !sc.record(&r) {
			t.Errorf("the scanner refuses %s", line)
		}
	}
}
