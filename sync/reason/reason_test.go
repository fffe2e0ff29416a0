package reason

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"runtime"
	"slices"
	"strconv"
	"syscall"
	"testing"
)

// declared are the constants of type Code, by name.
func declared(t *testing.T) map[string]Code {
	f, err := parser.ParseFile(token.NewFileSet(), "reason.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	codes := map[string]Code{}
	for _, d := range f.Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok || g.Tok != token.CONST {
			continue
		}
		for _, s := range g.Specs {
			v := s.(*ast.ValueSpec)
			word, err := strconv.Unquote(v.Values[0].(*ast.BasicLit).Value)
			if kind, ok := v.Type.(*ast.Ident); !ok || kind.Name != "Code" || err != nil {
				t.Errorf("%s is no code: %v", v.Names[0].Name, err)
			}
			codes[v.Names[0].Name] = Code(word)
		}
	}
	return codes
}

func TestEveryCodeHasAWordAndASentenceOfItsOwn(t *testing.T) {
	codes, known := declared(t), Codes()
	if len(codes) != len(known) {
		t.Errorf("%d codes are declared, %d have a sentence", len(codes), len(known))
	}
	told := map[string]Code{}
	for name, c := range codes {
		s := c.Error()
		if !slices.Contains(known, c) || s == "" || s == string(c) {
			t.Errorf("%s has no sentence", name)
		}
		if len(c) > 16 {
			t.Errorf("%s: %q is no short code", name, string(c))
		}
		if other, twice := told[s]; twice {
			t.Errorf("%q and %q say the same", string(c), string(other))
		}
		told[s] = c
	}
}

func TestAnUnknownCodeIsShownAsItIs(t *testing.T) {
	c := Code("of-tomorrow")
	if got := c.Why().String(); got != "of-tomorrow" {
		t.Errorf("got %q", got)
	}
	if got := (Reason{c, "too warm for it"}).String(); got != "too warm for it" {
		t.Errorf("got %q", got)
	}
	if c.Lasting() {
		t.Error("nothing is known of it")
	}
}

func TestReasonsInWords(t *testing.T) {
	if New(NoSpace, "no space left") != NoSpace.Why() {
		t.Error("the sentence is there twice")
	}
	if r := NoSpace.Why().After("cannot be made: "); r.Code != NoSpace || r.String() != "cannot be made: no space left" {
		t.Errorf("got %+v", r)
	}
	if r := NotEmpty.Why().Then(": a, b"); r.Code != NotEmpty || r.String() != "the directory still holds what is left alone here: a, b" {
		t.Errorf("got %+v", r)
	}
	if r := Words("busy"); r.Code != "" || r.String() != "busy" || (Reason{}).String() != "" {
		t.Errorf("got %+v", r)
	}
}

func TestCodeOf(t *testing.T) {
	for _, c := range []struct {
		err  error
		want Code
	}{
		{nil, ""},
		{errors.New("permission denied"), ""},
		{NoBytes, NoBytes},
		{fmt.Errorf("cannot be made: %w", NoSpace), NoSpace},
		{&fs.PathError{Op: "open", Path: "f", Err: fs.ErrPermission}, NoAccess},
		{fmt.Errorf("cannot be read: %w", syscall.EACCES), NoAccess},
		{syscall.EPERM, NoRight},
		{&fs.PathError{Op: "open", Path: "f", Err: syscall.EPERM}, NoRight},
		{errors.Join(errors.New("a"), Damaged), Damaged},
	} {
		if got := CodeOf(c.err); got != c.want {
			t.Errorf("%v: %q, not %q", c.err, string(got), string(c.want))
		}
	}
	if !NoAccess.Lasting() || !NoRight.Lasting() || NoSpace.Lasting() {
		t.Error("running again gives nobody access")
	}
	if NoAccess.Error() != fs.ErrPermission.Error() || NoRight.Error() != syscall.Errno(1).Error() && runtime.GOOS != "windows" {
		t.Error("what is said of a file differs from what is said of another")
	}
}
