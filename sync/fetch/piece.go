package fetch

import (
	"container/list"
	"sync"
	"sync/atomic"
)

// gen is the wants of one generation: whoever has one has probably all.
type gen struct {
	wants []int   // not begun, in order
	has   []trust // by source
}

// trust is what is known of a source and a generation.
type trust uint8

const (
	unknown trust = iota
	trying        // it was asked for a first one
	has
	hasNot
)

// file is the content of one want.
type file struct {
	n   int
	gen *gen

	// Under job.mu.
	denied []bool   // by source; nil: nobody has
	why    error    // it is missing, so far as was said
	lost   bool     // nobody who is left has it, but one that is gone may have had it
	cut    int64    // where what was not begun begins
	split  bool     // comes in ranges
	pieces []*piece // begun and not passed on

	mu    sync.Mutex
	at    int64 // bytes passed on
	from  int   // 1 + the source that bytes came from; 0: none did
	ended bool
}

// piece is a file or a range of one.
type piece struct {
	file     *file
	from, to int64
	at       atomic.Int64 // bytes up to here have come; set under file.mu
	buf      []byte       // what came and cannot be passed on yet; under file.mu

	// Under job.mu.
	ahead  bool // room for buf is taken
	done   bool
	stuck  bool  // it does not get on
	seen   int64 // 1 + what at was when it was looked at; 0: it was not
	visits []*visit
	place  *list.Element // in job.open
}
