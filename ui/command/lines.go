package command

import (
	"sync"

	"latus/remote"
)

// lines are connections that outlast a run: by the place of their tree on the
// command line. A nil *lines has none.
type lines struct {
	mu    sync.Mutex
	conns map[int]*remote.Conn
}

// of is the connection to the host of a tree; nil: there is none.
func (l *lines) of(tree int) *remote.Conn {
	if l == nil {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.conns[tree]
}

func (l *lines) keep(tree int, c *remote.Conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.conns == nil {
		l.conns = map[int]*remote.Conn{}
	}
	l.conns[tree] = c
}

// drop closes the connection to the host of a tree, if there is one.
func (l *lines) drop(tree int) {
	l.mu.Lock()
	c := l.conns[tree]
	delete(l.conns, tree)
	l.mu.Unlock()
	if c != nil {
		c.Close()
	}
}
