package command

import (
	"sync"

	"latus/remote"
)

// lines are connections that outlast a run, and what is run at their other end: by the
// place of their tree on the command line. A nil *lines has none.
type lines struct {
	mu      sync.Mutex
	conns   map[int]*remote.Conn
	latuses map[int]string
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

// latus is the one to run on the host of a tree, for sh, if it turned out that the first
// one there cannot be talked to; else "".
func (l *lines) latus(tree int) string {
	if l == nil {
		return ""
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.latuses[tree]
}

func (l *lines) use(tree int, latus string) {
	if l == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.latuses == nil {
		l.latuses = map[int]string{}
	}
	l.latuses[tree] = latus
}
