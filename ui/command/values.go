package command

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"latus/sync/filter"
)

// choice is the value of a flag that takes one of a few words.
type choice struct {
	of    []string
	value string
	bare  string // what the flag means without a value; "": it needs one
}

func (c *choice) String() string { return c.value }

func (c *choice) Set(s string) error {
	if !slices.Contains(c.of, s) {
		return fmt.Errorf("%q is none of %s", s, strings.Join(c.of, ", "))
	}
	c.value = s
	return nil
}

// parsed is the value of a flag that parse reads.
type parsed[T any] struct {
	value T
	text  string // as given, "" if the flag was not
	parse func(string) (T, error)
}

func (p *parsed[T]) String() string { return p.text }

func (p *parsed[T]) Set(s string) (err error) {
	p.value, err = p.parse(s)
	p.text = s
	return err
}

// patterns are the values of --exclude, --include and --exclude-from together, in
// the order given: in gitignore syntax the last one that matches decides.
type patterns struct {
	list  []string
	typed []typedPattern // those that do not come from a file
	given []string       // the flags, as words of a command line
	told  []string       // what there is to say of lines of files that can match nothing
	wrong string         // the first of them that is not understood; "": all are
	stdin io.Reader
}

type typedPattern struct{ flag, text string }

// patternFlag is one of the three flags.
type patternFlag struct {
	all *patterns
	add func(*patterns, string) error
}

func (f *patternFlag) String() string { return "" }

func (f *patternFlag) Set(s string) error { return f.add(f.all, s) }

// exclude takes in a pattern as it is typed. Only a file has comments: a # is nothing
// but that here.
func (p *patterns) exclude(s string) error {
	if strings.HasPrefix(s, "#") {
		s = `\` + s
	}
	return p.take("--exclude", s, s)
}

func (p *patterns) include(s string) error { return p.take("--include", s, "!"+s) }

func (p *patterns) take(flag, s, line string) error {
	if err := filter.Check(s); err != nil {
		return err
	}
	p.list, p.given = append(p.list, line), append(p.given, flag, s)
	p.typed = append(p.typed, typedPattern{flag, s})
	return nil
}

// below refuses a pattern that begins with the path of a tree: it would match only what
// has all of that path once more inside of the tree.
func (p *patterns) below(roots []string) error {
	for _, t := range p.typed {
		pattern := strings.TrimPrefix(t.text, "!")
		if !filepath.IsAbs(pattern) {
			continue
		}
		for _, root := range roots {
			rel, err := filepath.Rel(root, pattern)
			switch {
			case err != nil || rel == ".." || strings.HasPrefix(rel, ".."+string(filepath.Separator)) || root == filepath.Dir(root):
			case rel == ".":
				return usage("%s: %q is the root of the tree: write what is in it", t.flag, t.text)
			default:
				return usage("%s: a pattern begins at the root of the tree: write %q", t.flag, "/"+filepath.ToSlash(rel))
			}
		}
	}
	return nil
}

// excludeFrom takes in a file of patterns; "-" is the standard input.
func (p *patterns) excludeFrom(name string) error {
	var text []byte
	var err error
	if name == "-" {
		text, err = io.ReadAll(p.stdin)
	} else {
		text, err = os.ReadFile(name)
	}
	if err != nil {
		return err
	}
	p.given = append(p.given, "--exclude-from", name)
	list, faults := filter.Read(text)
	p.list = append(p.list, list...)
	for _, told := range filter.Tell(faults) {
		said := "--exclude-from: " + name + ": " + told.Text
		p.told = append(p.told, said)
		if told.Unclear && p.wrong == "" {
			p.wrong = said
		}
	}
	return nil
}

// record takes in patterns that were checked when a plan was made of them.
func (p *patterns) record(list []string) {
	p.list = list
	for _, line := range list {
		if include, ok := strings.CutPrefix(line, "!"); ok {
			p.given = append(p.given, "--include", include)
		} else {
			p.given = append(p.given, "--exclude", line)
		}
	}
}
