// Package reason says why a path stays as it is, or what is to be known of it: in words
// for people, and by a code where latus itself goes by it. Nothing tells one from another by
// its words.
package reason

import (
	"errors"
	"io/fs"
	"syscall"
)

// Code is what latus goes by. It is a word that stays what it is, on every wire; one of a
// newer latus may not be known here. A Code is an error, too, whose text is its sentence.
type Code string

// Of a path that waits.
const (
	Ignored      Code = "ignored"
	NoParent     Code = "parent"
	NoLink       Code = "link" // there are none on this filesystem
	BadName      Code = "name"
	Twin         Code = "twin"
	InTheWay     Code = "in-the-way" // is something that is ignored here: a directory where a file shall be, or the other way round
	Conflict     Code = "conflict"
	NoDelete     Code = "no-delete"
	KeepsDeleted Code = "keeps-deleted" // a directory
	NotEmpty     Code = "not-empty"     // a directory that was deleted elsewhere: what lies in it nobody but this tree knows of
	Undecided    Code = "undecided"     // a version could not be read, so nobody knows whether there is a conflict
	Unlike       Code = "unlike"        // by what either has read
	NoBytes      Code = "no-bytes"      // of the version, or of the loser of a conflict there
	ReadOnly     Code = "read-only"
	OnlyReads    Code = "only-reads"
)

// Of a path that could not be looked at, or brought to its place.
const (
	Damaged  Code = "damaged"
	Suspect  Code = "suspect" // a file that a scan read, and that looks as if nobody had written it
	Mount    Code = "mount"
	NoAccess Code = "no-access"
	NoRight  Code = "no-right" // to do this, whatever the permission bits say
	NoSpace  Code = "no-space"
	Special  Code = "special" // where a file, link or directory was, or is to be
)

// Of what is worth a notice.
const (
	NestedBefore Code = "nested"  // a tree inside a tree, that was there in an earlier run
	Unclear      Code = "unclear" // a line of an ignore file that nobody understands
)

var sentences = map[Code]string{
	Ignored:      "ignored here",
	NoParent:     "its directory cannot be here",
	NoLink:       "cannot be a symbolic link here",
	BadName:      "a name that cannot exist here",
	Twin:         "another name of the same letters is here",
	InTheWay:     "something that is ignored here has this name",
	Conflict:     "both sides changed it",
	NoDelete:     "deleted elsewhere, and nothing is deleted here",
	KeepsDeleted: "the directory still holds what was deleted elsewhere, and nothing is deleted here",
	NotEmpty:     "the directory still holds what is left alone here",
	Undecided:    "cannot tell whether both sides have the same content",
	Unlike:       "has other content than in another tree, though size and mtime are the same: touch the one that is right, and sync again",
	NoBytes:      "no tree of this run has these bytes",
	ReadOnly:     "changed elsewhere, and this tree is served read-only",
	OnlyReads:    "changed elsewhere, and who brings it may only read this tree",
	Damaged:      "content does not match its recorded hash: damaged on disk?",
	Suspect:      "content changed but size and mtime did not (damaged?)",
	Mount:        "another filesystem, or a subvolume, begins here",
	NoAccess:     "permission denied",
	NoRight:      "operation not permitted",
	NoSpace:      "no space left",
	Special:      "a socket, FIFO or device",
	NestedBefore: "is a tree itself, as before; its .latus is left alone",
	Unclear:      "a line is not understood and passed over",
}

// Codes are all that this latus knows, in no order.
func Codes() []Code {
	all := make([]Code, 0, len(sentences))
	for c := range sentences {
		all = append(all, c)
	}
	return all
}

// Error is the sentence of c; of a code that is not known here, the code as it is.
func (c Code) Error() string {
	if s, ok := sentences[c]; ok {
		return s
	}
	return string(c)
}

// Lasting tells whether a path that is left for c stays so however often one syncs the same
// trees: somebody has to do something about it.
func (c Code) Lasting() bool {
	switch c {
	case NoLink, BadName, Twin, InTheWay, Conflict, NoDelete, KeepsDeleted, Unlike, NoBytes, Suspect, Mount, NoAccess, NoRight, Special:
		return true
	}
	return false
}

// Why is c with nothing to add.
func (c Code) Why() Reason { return Reason{Code: c} }

// CodeOf is the code of err; "": none. Where nobody may do a thing (EPERM), as with a file
// that was made immutable, access is not what is missing.
func CodeOf(err error) (c Code) {
	switch {
	case errors.As(err, &c):
	case errors.Is(err, syscall.EPERM):
		return NoRight
	case errors.Is(err, fs.ErrPermission):
		return NoAccess
	}
	return c
}

// Reason is a code, words, or both. The zero value is no reason at all.
type Reason struct {
	Code Code   // "": nothing depends on it
	Text string // for people; "": the sentence of Code
}

// New is a reason in words, which are left out where they are the sentence of c.
func New(c Code, text string) Reason {
	if text == sentences[c] {
		text = ""
	}
	return Reason{c, text}
}

// Of is err as a reason.
func Of(err error) Reason { return New(CodeOf(err), err.Error()) }

// Words is a reason that nothing depends on.
func Words(text string) Reason { return Reason{Text: text} }

func (r Reason) String() string {
	if r.Text == "" {
		return r.Code.Error()
	}
	return r.Text
}

// After is r with words before it.
func (r Reason) After(words string) Reason { return Reason{r.Code, words + r.String()} }

// Then is r with words after it.
func (r Reason) Then(words string) Reason { return Reason{r.Code, r.String() + words} }
