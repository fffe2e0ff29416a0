package wire

import (
	"strings"

	"latus/sync/reason"
)

// reason visits why a path is left. A code that is not known here is kept as it is. Who
// speaks a version without codes is told all of it in words, and understood by them.
func (c *Coder) reason(r *reason.Reason) {
	if c.version < CodesSince {
		text := r.String()
		if c.text(&text); c.reading {
			*r = inWords(text)
		}
		return
	}
	code := string(r.Code)
	c.text(&code)
	if c.text(&r.Text); c.reading {
		*r = reason.New(reason.Code(code), r.Text)
	}
}

// How those without codes word what depends on more than a sentence.
const (
	unclearInWords  = " is not understood and passed over: "
	notEmptyInWords = "the directory still holds what is left alone here: "
	mountInWords    = "another filesystem is mounted here"
)

// inWords is a reason of somebody who has no codes. What latus goes by was worded as it is
// here when there were none.
func inWords(text string) reason.Reason {
	for _, c := range reason.Codes() {
		if text == c.Error() {
			return c.Why()
		}
	}
	switch {
	case text == mountInWords:
		return reason.New(reason.Mount, text)
	case strings.HasPrefix(text, notEmptyInWords):
		return reason.New(reason.NotEmpty, text)
	case strings.HasPrefix(text, "line ") && strings.Contains(text, unclearInWords):
		return reason.New(reason.Unclear, text)
	}
	for _, c := range []reason.Code{reason.NoSpace, reason.NoAccess, reason.NoRight} {
		if strings.HasSuffix(text, c.Error()) {
			return reason.New(c, text)
		}
	}
	return reason.Words(text)
}
