package peer

import (
	"strings"

	"latus/index"
)

// What a run makes of some notices depends on what they say. They are the same on both
// sides of a wire.
const (
	// NestedBefore is the Reason of a tree inside a tree that was there in an earlier run.
	NestedBefore = "is a tree itself, as before; its " + index.Private + " is left alone"
	// Unclear is in the Reason of a line of an ignore file that nobody understands.
	Unclear = " is not understood and passed over: "
)

// IsUnclear tells whether a Reason, or the text of a Refusal, is about a line of an ignore
// file that nobody understands.
func IsUnclear(text string) bool { return strings.Contains(text, Unclear) }
