package wire

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"pgregory.net/rapid"

	"latus/index"
	"latus/sync/chunk"
	"latus/sync/fetch"
	"latus/sync/peer"
	"latus/sync/plan"
	"latus/sync/reason"
)

// draw fills a value of any contract type, field by field: a field that is added
// to the contract is drawn from then on, and a codec that forgets it fails.
func draw(t *rapid.T, v reflect.Value, field string) {
	switch p := v.Addr().Interface().(type) {
	case *index.Path:
		*p = drawPath(t)
		return
	case *index.Kind:
		*p = rapid.SampledFrom([]index.Kind{index.File, index.Dir, index.Link, index.Deleted}).Draw(t, field)
		return
	case *plan.Op:
		*p = plan.Op(rapid.IntRange(0, int(plan.Keep)).Draw(t, field))
		return
	case *plan.Use:
		*p = plan.Use(rapid.IntRange(0, int(plan.Likeness)).Draw(t, field))
		return
	case *plan.ConflictPolicy:
		*p = plan.ConflictPolicy(rapid.IntRange(0, int(plan.Fail)).Draw(t, field))
		return
	case *Compression:
		*p = rapid.SampledFrom([]Compression{Auto, Always, Never}).Draw(t, field)
		return
	case *reason.Reason:
		codes := append(reason.Codes(), "", "of-tomorrow")
		slices.Sort(codes)
		*p = reason.New(rapid.SampledFrom(codes).Draw(t, field), Clean(rapid.StringN(0, 20, -1).Draw(t, field)))
		return
	case *peer.Mode:
		*p = peer.Mode(rapid.IntRange(0, int(peer.Mirror)).Draw(t, field))
		return
	case *index.GenID:
		*p = drawGen(t)
		return
	case *index.Hash:
		if rapid.Bool().Draw(t, "hashed") {
			copy(p[:], rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, field))
		}
		return
	case *[]*peer.Delta:
		for range rapid.IntRange(0, 3).Draw(t, field) {
			d := drawn[peer.Delta](t)
			*p = append(*p, &d)
		}
		return
	case *[]*index.Entry:
		*p = drawEntries(t)
		return
	case *index.Head:
		*p = drawHead(t)
		return
	case *index.Floor:
		for _, author := range rapid.SliceOfDistinct(rapid.Uint64Min(1), rapid.ID).Draw(t, field) {
			*p = p.Raise(index.Mark{Author: index.PeerID(author), Seq: rapid.Uint64Range(1, maxSeq).Draw(t, "seq")})
		}
		return
	case *index.Summary:
		drawSummary(t, p)
		return
	case *fetch.Want:
		drawStruct(t, v)
		p.Offset = min(p.Offset, p.Size)
		if rapid.IntRange(0, 3).Draw(t, "in parts") == 0 {
			p.Offset, p.Base, p.Hash[0] = 0, 0, 1
			p.Parts = drawParts(t, p.Size)
		}
		if p.Base == 0 {
			p.Start = nil
		}
		return
	case **fetch.Parts:
		return // see Want
	case *peer.Delta:
		drawStruct(t, v)
		p.Moved = nil
		for i, e := range p.Entries {
			if len(e.Heads) == 1 && rapid.Bool().Draw(t, "moved") {
				h := &e.Heads[0]
				*h = index.Head{Gen: h.Gen, Kind: index.File, Clock: h.Clock, Utime: h.Utime, Origin: &index.Origin{Path: "z/" + e.Path, Gen: h.Gen}}
				p.Moved = append(p.Moved, i)
			}
		}
		if p.Moved == nil {
			p.Sum = 0
		}
		return
	}
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(rapid.Bool().Draw(t, field))
	case reflect.Int, reflect.Int64:
		if field == "Mtime" {
			v.SetInt(rapid.Int64().Draw(t, field))
		} else {
			v.SetInt(rapid.Int64Min(0).Draw(t, field))
		}
	case reflect.Uint8, reflect.Uint32, reflect.Uint64:
		u := rapid.Uint64().Draw(t, field)
		if field == "N" {
			u %= maxSeq
		}
		v.SetUint(u & (1<<(v.Type().Bits()-1)<<1 - 1))
	case reflect.Float64:
		v.SetFloat(rapid.Float64Range(0, 100).Draw(t, field))
	case reflect.String:
		raw := field == "Spec" || field == "Filter" || field == "Path" || field == "Machine" || field == "Target"
		if raw {
			v.SetString(string(rapid.SliceOfN(rapid.ByteRange(1, 255), 0, 20).Draw(t, field)))
		} else {
			v.SetString(Clean(rapid.StringN(0, 20, -1).Draw(t, field)))
		}
	case reflect.Pointer:
		if rapid.Bool().Draw(t, field+" is there") {
			v.Set(reflect.New(v.Type().Elem()))
			draw(t, v.Elem(), field)
		}
	case reflect.Slice:
		n := rapid.IntRange(-1, 4).Draw(t, "length of "+field)
		if n >= 0 {
			v.Set(reflect.MakeSlice(v.Type(), n, n))
		}
		for i := range max(n, 0) {
			draw(t, v.Index(i), field)
		}
	case reflect.Map:
		if n := rapid.IntRange(-1, 3).Draw(t, "length of "+field); n >= 0 {
			v.Set(reflect.MakeMap(v.Type()))
			for i := range n {
				x := reflect.New(v.Type().Elem()).Elem()
				draw(t, x, field)
				v.SetMapIndex(reflect.ValueOf(fmt.Sprint("key", i)), x)
			}
		}
	case reflect.Struct:
		drawStruct(t, v)
	default:
		panic("a contract type of a kind the test does not know: " + v.Type().String())
	}
}

func drawStruct(t *rapid.T, v reflect.Value) {
	for i := range v.NumField() {
		draw(t, v.Field(i), v.Type().Field(i).Name)
	}
}

func drawn[T any](t *rapid.T) T {
	var x T
	draw(t, reflect.ValueOf(&x).Elem(), "")
	return x
}

var names = []string{"a", "b", "a b", "\xff\xfe", "ä", "x\ny", "-", strings.Repeat("n", 255)}

func drawPath(t *rapid.T) index.Path {
	return index.Path(strings.Join(rapid.SliceOfN(rapid.SampledFrom(names), 1, 4).Draw(t, "path"), "/"))
}

// Few authors and tags, so that they come again.
func drawGen(t *rapid.T) index.GenID {
	return index.GenID{
		Author: index.PeerID(rapid.Uint64Range(1, 3).Draw(t, "author")),
		Tag:    rapid.Uint64Range(1<<60, 1<<60+5).Draw(t, "tag"),
	}
}

func drawParts(t *rapid.T, size int64) *fetch.Parts {
	p := &fetch.Parts{Cut: chunk.Fine(rapid.Int64Min(0).Draw(t, "cut"), rapid.Bool().Draw(t, "blocks"))}
	at := int64(0)
	for range rapid.IntRange(0, 3).Draw(t, "ranges") {
		if size-at < 2 {
			break
		}
		r := fetch.Range{At: rapid.Int64Range(at, size-1).Draw(t, "at")}
		r.Len = rapid.Int64Range(1, size-r.At).Draw(t, "length")
		p.Ranges = append(p.Ranges, r)
		at = r.At + r.Len
	}
	for range rapid.IntRange(0, 3).Draw(t, "have") {
		p.Have = append(p.Have, chunk.Chunk{
			Size: rapid.Int64Range(1, p.Cut.Longest()).Draw(t, "size"), Sum: rapid.Uint64().Draw(t, "sum"),
		})
	}
	return p
}

func drawHead(t *rapid.T) index.Head {
	h := index.Head{
		Gen:   drawGen(t),
		First: rapid.Bool().Draw(t, "first"),
		Clock: rapid.SampledFrom([]uint32{1, 1, 1e6, 2e9}).Draw(t, "clock"),
		Utime: rapid.Int64Max(index.MaxTime).Draw(t, "utime"),
	}
	draw(t, reflect.ValueOf(&h.Kind).Elem(), "kind")
	draw(t, reflect.ValueOf(&h.Hash).Elem(), "hash")
	draw(t, reflect.ValueOf(&h.Origin).Elem(), "origin")
	h.Mtime = rapid.Int64().Draw(t, "mtime")
	h.Size = rapid.Int64Min(0).Draw(t, "size")
	if h.Kind == index.Link {
		draw(t, reflect.ValueOf(&h.Target).Elem(), "Target")
	}
	for range rapid.IntRange(0, index.MaxLineage).Draw(t, "lineage") {
		a := index.Ancestor{Hash: rapid.Uint64().Draw(t, "hash")}
		if a.Hash == 0 {
			a.Size, a.Mtime = rapid.Int64Min(0).Draw(t, "size"), rapid.Int64().Draw(t, "mtime")
		}
		h.Lineage = append(h.Lineage, a)
	}
	return h
}

func drawEntries(t *rapid.T) []*index.Entry {
	paths := rapid.SliceOfNDistinct(rapid.Custom(drawPath), 0, 6, rapid.ID[index.Path]).Draw(t, "paths")
	slices.SortFunc(paths, index.Compare)
	es := []*index.Entry{}
	for _, p := range paths {
		e := &index.Entry{Path: p}
		for range rapid.IntRange(0, 3).Draw(t, "heads") {
			e.Heads = append(e.Heads, drawHead(t))
		}
		slices.SortFunc(e.Heads, func(a, b index.Head) int {
			if less(a.Gen, b.Gen) {
				return -1
			}
			return 1
		})
		e.Heads = slices.CompactFunc(e.Heads, func(a, b index.Head) bool { return a.Gen == b.Gen })
		if rapid.Bool().Draw(t, "has a mode") {
			if rapid.Bool().Draw(t, "owned") {
				e.Owner = index.OwnerReg{
					Value: rapid.SampledFrom([]index.Owner{"", "0:0", "ann=1000:staff=50", "jörg=1:9"}).Draw(t, "owner"),
					Stamp: rapid.Int64Max(index.MaxTime).Draw(t, "owner stamp"), Gen: drawGen(t),
				}
			}
			if rapid.Bool().Draw(t, "attributed") {
				e.Attrs = index.AttrsReg{
					Value: rapid.SampledFrom([]index.Attrs{"", index.NoAttrs, "comment=aGk;", "%25=;a=AA;"}).Draw(t, "attrs"),
					Stamp: rapid.Int64Max(index.MaxTime).Draw(t, "attrs stamp"), Gen: drawGen(t),
				}
			}
			e.Mode = index.ModeReg{Value: 0o644, Stamp: rapid.Int64Max(index.MaxTime).Draw(t, "stamp"), Gen: drawGen(t)}
		}
		es = append(es, e)
	}
	return es
}

func drawSummary(t *rapid.T, s *index.Summary) {
	authors := rapid.SliceOfNDistinct(rapid.Uint64(), 0, 4, rapid.ID[uint64]).Draw(t, "authors")
	slices.Sort(authors)
	*s = index.Summary{}
	for _, author := range authors {
		k := index.AuthorKnown{Author: index.PeerID(author)}
		k.Common = rapid.Uint64Range(0, maxSeq).Draw(t, "common")
		k.Hash = rapid.Uint64().Draw(t, "hash")
		seq := uint64(0)
		for range rapid.IntRange(0, 3).Draw(t, "more") {
			seq += rapid.Uint64Range(1, 5).Draw(t, "step")
			k.More = append(k.More, index.Generation{
				GenID: index.GenID{Author: k.Author, Tag: rapid.Uint64().Draw(t, "tag")},
				Seq:   seq, Time: rapid.Int64().Draw(t, "time"),
			})
		}
		*s = append(*s, k)
	}
}
