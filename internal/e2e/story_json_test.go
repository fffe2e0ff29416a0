package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

func init() { storyCommands["json"] = cmdJSON }

// json [-count=N] [FIELD=VALUE | FIELD]...: every line that the last command printed
// is one JSON object, and N of them (at least one, if N is not given) have all these
// fields, those with a VALUE exactly that. Dots lead into objects and arrays:
// losers.0.size.
func cmdJSON(ts *testscript.TestScript, neg bool, args []string) {
	want := -1
	if len(args) > 0 && strings.HasPrefix(args[0], "-count=") {
		var err error
		want, err = strconv.Atoi(strings.TrimPrefix(args[0], "-count="))
		ts.Check(err)
		args = args[1:]
	}
	if neg || len(args) == 0 {
		ts.Fatalf("usage: json [-count=N] [FIELD=VALUE | FIELD]...")
	}
	found := 0
	for line := range strings.Lines(ts.ReadFile("stdout")) {
		d := json.NewDecoder(strings.NewReader(line))
		d.UseNumber()
		var object map[string]any
		if err := d.Decode(&object); err != nil || d.More() {
			ts.Fatalf("not one JSON object: %q: %v", line, err)
		}
		if hasFields(object, args) {
			found++
		}
	}
	if want < 0 && found == 0 || want >= 0 && found != want {
		ts.Fatalf("%d lines have %q", found, args)
	}
}

func hasFields(object map[string]any, fields []string) bool {
	for _, f := range fields {
		name, value, exact := strings.Cut(f, "=")
		v, ok := field(object, strings.Split(name, "."))
		if !ok || exact && jsonText(v) != value {
			return false
		}
	}
	return true
}

func field(v any, name []string) (any, bool) {
	if len(name) == 0 {
		return v, true
	}
	switch in := v.(type) {
	case map[string]any:
		if v, ok := in[name[0]]; ok {
			return field(v, name[1:])
		}
	case []any:
		if i, err := strconv.Atoi(name[0]); err == nil && i >= 0 && i < len(in) {
			return field(in[i], name[1:])
		}
	}
	return nil, false
}

// jsonText is a string as it is, and everything else as JSON.
func jsonText(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	b := &bytes.Buffer{}
	e := json.NewEncoder(b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return fmt.Sprint(err)
	}
	return strings.TrimSpace(b.String())
}
