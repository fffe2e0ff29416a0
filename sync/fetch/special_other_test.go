//go:build !unix

package fetch

import (
	"testing"

	"latus/index"
	"latus/sync/tree/memory"
)

func makeSpecial(t *testing.T, p *place, path index.Path) {
	m, ok := p.user.(*memory.Tree)
	if !ok {
		t.Skip("no FIFOs here")
	}
	must(t, m.MakeSpecial(path))
}
