package process

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// The garbage collector is to run often enough that memory stays within bounds
// on large trees, and seldom on small ones: as soon as roomy bytes came on top of
// what is in use, or a twelfth of it where that is more, or as much as it has to
// look through, up to mostScan. Most of what a large tree's index takes need not be.
const (
	roomy     = 16 << 20
	leastRoom = 8 // percent
	mostScan  = 512 << 20
	mostRoom  = 400
)

// pace sets after how much more memory the garbage collector runs next, each time
// it ran. Whoever sets GOGC is left to that.
func pace() {
	if os.Getenv("GOGC") != "" {
		return
	}
	type cycle struct{ _ [16]byte }
	debug.SetGCPercent(mostRoom)
	var ran func(*cycle)
	ran = func(*cycle) {
		m := []metrics.Sample{{Name: "/gc/heap/live:bytes"}, {Name: "/gc/scan/heap:bytes"}}
		metrics.Read(m)
		debug.SetGCPercent(room(m[0].Value.Uint64(), m[1].Value.Uint64()))
		runtime.SetFinalizer(new(cycle), ran)
	}
	runtime.SetFinalizer(new(cycle), ran)
}

// room is what may come on top of so many bytes in use, in percent of them. Of
// these so many have to be looked through.
func room(used, scanned uint64) int {
	return int(max(min(max(roomy, min(scanned, mostScan))*100/max(used, 1), mostRoom), leastRoom))
}
