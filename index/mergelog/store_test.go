package mergelog

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"latus/index"
)

// memory is a Store in memory with a log in it, or none. It can be told to fail.
type memory struct {
	index.Store // for what a log needs not

	files map[string][]byte
	calls int // of anything that changes something
	fail  func(call string) error
	short int // how much of a failing write gets through
}

func newMemory() *memory { return &memory{files: map[string][]byte{}} }

func (m *memory) call(name string) error {
	m.calls++
	if m.fail != nil {
		return m.fail(name)
	}
	return nil
}

func (m *memory) Open(name string) (io.ReadCloser, error) {
	b, ok := m.files[name]
	if !ok {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return io.NopCloser(bytes.NewReader(b)), nil
}

func (m *memory) Append(name string) (index.StoreFile, error) {
	m.files[name] = append([]byte{}, m.files[name]...)
	return &memoryFile{m: m, name: name}, m.call("append")
}

func (m *memory) SyncDir() error { return m.call("syncdir") }

type memoryFile struct {
	index.StoreFile

	m    *memory
	name string
}

func (f *memoryFile) Write(p []byte) (int, error) {
	err := f.m.call("write")
	if err != nil {
		p = p[:min(f.m.short, len(p))]
	}
	f.m.files[f.name] = append(f.m.files[f.name], p...)
	return len(p), err
}

func (f *memoryFile) Sync() error  { return f.m.call("sync") }
func (f *memoryFile) Close() error { return nil }

var errFault = errors.New("fault")

// drawNumber favours the ends of the range and what is usual.
func drawNumber(t *rapid.T, label string) int64 {
	return rapid.OneOf(
		rapid.Just(int64(0)), rapid.Int64Range(-3, 3), rapid.Int64(),
		rapid.Int64Range(1_700_000_000_000_000_000, 1_700_000_001_000_000_000),
		rapid.SampledFrom([]int64{math.MinInt64, math.MaxInt64}),
	).Draw(t, label)
}

var drawName = rapid.OneOf(
	rapid.SampledFrom([]string{"a", "b", "a.b", "a b", "é", "\ufffd", "a\"b", "a\\b", "a\nb", "\x01\x1f\x7f", "\xff\xfe", "\xed\xa0\x80", "<&>", "\u2028"}),
	rapid.StringN(1, 8, 40),
	rapid.Map(rapid.SliceOfN(rapid.Byte(), 1, 6), func(b []byte) string { return string(b) }),
).Filter(index.ValidName)

func drawPath(t *rapid.T) index.Path {
	p := index.Path("")
	for _, name := range rapid.SliceOfN(drawName, 1, 3).Draw(t, "names") {
		p = p.Join(name)
	}
	return p
}

var drawText = rapid.OneOf(rapid.Just(""), drawName)

func drawGen(t *rapid.T, label string) index.GenID {
	return rapid.SampledFrom([]index.GenID{{}, {Author: 1, Tag: 11}, {Author: 3, Tag: math.MaxUint64}, {Author: math.MaxUint64, Tag: 1}}).Draw(t, label)
}

func drawHash(t *rapid.T) (h index.Hash) {
	if rapid.Bool().Draw(t, "hashed") {
		copy(h[:], rapid.SliceOfN(rapid.Byte(), len(h), len(h)).Draw(t, "hash"))
	}
	return h
}

func drawAttrs(t *rapid.T) index.Attrs {
	return rapid.SampledFrom([]index.Attrs{"", "", index.NoAttrs, "comment=aGk;", "%25%22=;a=AA;"}).Draw(t, "attrs")
}

// An error of the file names operation and file once, whatever the store says itself.
func TestErrorsNameTheFileOnce(t *testing.T) {
	for err, want := range map[error]string{
		fs.ErrPermission: "read log.jsonl: permission denied",
		&fs.PathError{Op: "read", Path: FileName, Err: fs.ErrPermission}:                             "read log.jsonl: permission denied",
		fmt.Errorf("%w", errors.Join(&fs.PathError{Op: "seek", Path: FileName, Err: fs.ErrInvalid})): "seek log.jsonl: invalid argument",
		&fs.PathError{Op: "open", Path: "/t/.latus/key", Err: fs.ErrPermission}:                      "read log.jsonl: open /t/.latus/key: permission denied",
	} {
		if got := about("read", err); got.Error() != want || !errors.Is(got, err) {
			t.Errorf("%v became %v, want %s", err, got, want)
		}
	}
}

// TestSpecification reads the example of the specification.
func TestSpecification(t *testing.T) {
	text, err := os.ReadFile("../../docs/index-format.md")
	if err != nil {
		t.Fatal(err)
	}
	_, part, _ := strings.Cut(string(text), "## log.jsonl")
	_, part, _ = strings.Cut(part, "```jsonl\n")
	block, _, _ := strings.Cut(part, "```")
	s := newMemory()
	s.files[FileName] = []byte(block)
	all := runs(t, s)
	if len(all) != 1 || len(all[0].Records) != 1 || all[0].End == nil || !all[0].Records[0].Hash.Known() {
		t.Errorf("%+v", all)
	}
}
