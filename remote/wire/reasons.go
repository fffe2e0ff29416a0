package wire

import "latus/sync/reason"

// reason visits why a path is left. A code that is not known here is kept as it is.
func (c *Coder) reason(r *reason.Reason) {
	code := string(r.Code)
	c.text(&code)
	if c.text(&r.Text); c.reading {
		*r = reason.New(reason.Code(code), r.Text)
	}
}
