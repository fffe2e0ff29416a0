package replica

import (
	"runtime"
	"sync"
)

// leastPiece is how many entries are worth another goroutine.
const leastPiece = 1024

// pieces is into how many parts the work on n entries is divided: for as many processors as
// there are.
func pieces(n int) int { return max(min(runtime.GOMAXPROCS(0), n/leastPiece), 1) }

// inPieces calls do for each of n parts, all at the same time, and returns what came of them,
// in order.
func inPieces[T any](n int, do func(i, n int) T) []T {
	all := make([]T, n)
	var wg sync.WaitGroup
	for i := 1; i < n; i++ {
		wg.Go(func() { all[i] = do(i, n) })
	}
	all[0] = do(0, n)
	wg.Wait()
	return all
}
