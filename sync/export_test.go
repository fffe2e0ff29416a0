package sync

import "latus/index"

// Scanned waits for the scan that Ahead began.
func (r *Replica) Scanned() {
	if <-r.begun; r.beginErr != nil {
		panic(r.beginErr)
	}
	<-r.scanning
}

// ReadEarly waits until what Ahead has to read was read, and tells what that is.
func (r *Replica) ReadEarly() (ps []index.Path) {
	<-r.begun
	r.early.busy.Wait()
	for p, c := range r.early.content {
		if c.got != nil {
			ps = append(ps, p)
		}
	}
	return ps
}
