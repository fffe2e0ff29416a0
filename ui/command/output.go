package command

import (
	"fmt"
	"io"

	"latus/ui"
)

// output is where a command writes to besides trees. It remembers what could not be
// written: a run goes on all the same, and says so at its end.
type output struct {
	io.Writer
	name   string
	failed error
}

func (s *Session) output(name string, w io.Writer) *output {
	o := &output{Writer: w, name: name}
	s.outputs = append(s.outputs, o)
	return o
}

func (o *output) Write(b []byte) (int, error) {
	n, err := o.Writer.Write(b)
	if err != nil && o.failed == nil {
		o.failed = err
	}
	return n, err
}

// delivered is the exit code of a command that came to its end with code: another one if
// some of what it had to say was lost on the way.
func (s *Session) delivered(code int) int {
	for _, o := range s.outputs {
		if o.failed == nil || unheard(o.failed) {
			continue
		}
		s.complain(ui.Failure{
			Text: fmt.Sprintf("not all of %s could be written: %v", o.name, o.failed),
			Hint: "what was done is done; make room where that goes, or send it elsewhere",
		})
		code = max(code, ui.ExitFatal)
	}
	return code
}
