package peer

// Cause is why a tree, or a run, says no. Each has its exit code and its hint in
// package ui.
type Cause uint8

const (
	Fatal        Cause = iota // cannot go on
	NoTree                    // nothing is there
	SameTree                  // the same tree twice, or one inside the other
	OtherGroup                // belongs to another group
	NotMounted                // a tree stood here and its .latus is gone
	Busy                      // another latus holds it
	MassDelete                // more would be deleted than --max-delete allows
	LostRoot                  // the tree lost its files since the last run
	Forbidden                 // the serving side does not allow it
	WrongSpeech               // the other side speaks another protocol, or none
	Unreadable                // it is there, and cannot be read or written
	NotDirectory              // something else is where a directory has to be
	NotAllowed                // its own list of peers does not allow it
	LastCause    = NotAllowed
)

// Older is the cause as it was told before there were those from Unreadable on.
func (c Cause) Older() Cause {
	switch c {
	case Unreadable, NotDirectory:
		return NoTree
	case NotAllowed:
		return Forbidden
	}
	return c
}

// Refusal is a typed no: one line that says what is wrong. Advice is added above.
type Refusal struct {
	Cause Cause
	Tree  string // how the user named the tree, "" if it is about none
	Text  string
	Place Place // of a Busy tree; else zero
}

func (r *Refusal) Error() string {
	if r.Tree == "" {
		return r.Text
	}
	return r.Tree + ": " + r.Text
}
