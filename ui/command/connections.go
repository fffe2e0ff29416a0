package command

import (
	"sync"

	"latus/remote"
)

// connections are the ones to the hosts of trees that outlast a run, and what is run at
// their other end: by the place of the tree on the command line. A nil *connections has none.
type connections struct {
	mu      sync.Mutex
	conns   map[int]*remote.Conn
	latuses map[int]string
}

// of is the connection to the host of a tree; nil: there is none.
func (c *connections) of(tree int) *remote.Conn {
	if c == nil {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.conns[tree]
}

func (c *connections) keep(tree int, conn *remote.Conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.conns == nil {
		c.conns = map[int]*remote.Conn{}
	}
	c.conns[tree] = conn
}

// drop closes the connection to the host of a tree, if there is one.
func (c *connections) drop(tree int) {
	c.mu.Lock()
	conn := c.conns[tree]
	delete(c.conns, tree)
	c.mu.Unlock()
	if conn != nil {
		conn.Close()
	}
}

// latus is the one to run on the host of a tree, for sh, if it turned out that the first
// one there cannot be talked to; else "".
func (c *connections) latus(tree int) string {
	if c == nil {
		return ""
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.latuses[tree]
}

func (c *connections) use(tree int, latus string) {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.latuses == nil {
		c.latuses = map[int]string{}
	}
	c.latuses[tree] = latus
}
