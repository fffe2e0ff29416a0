//go:build unix

package fetch

import (
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"latus/index"
	"latus/sync/tree/memory"
)

func makeSpecial(t *testing.T, p *place, path index.Path) {
	if m, ok := p.user.(*memory.Tree); ok {
		must(t, m.MakeSpecial(path))
		return
	}
	must(t, unix.Mkfifo(filepath.Join(p.user.Where(), string(path)), 0o600))
}
