package replica

import (
	"cmp"

	"latus/index"
	"latus/index/mergelog"
	"latus/sync/plan"
)

// logRecovered adds to the merge log what a killed run had carried out, as far as
// it did not come to say so.
func (r *Replica) logRecovered(records []mergelog.Record) error {
	type key struct {
		run   string
		path  index.Path
		along bool
	}
	missing := map[string]bool{}
	for i := range records {
		missing[records[i].Run] = true
	}
	said := map[key]bool{}
	err := mergelog.Read(r.home.Store(), func(l mergelog.Run) bool {
		for i := range l.Records {
			rec := &l.Records[i]
			if rec.Op == plan.Keep.String() {
				continue // beside the action of its path
			}
			said[key{rec.Run, rec.Path, rec.Along}] = true
		}
		delete(missing, l.Start.Run)
		return len(missing) > 0
	})
	if err != nil {
		return err
	}
	log := mergelog.Open(r.home.Store())
	for run := range missing {
		log.Start(mergelog.Start{Run: run, Time: r.now(), Command: "recovered", Host: r.o.Host, Version: r.o.Version})
	}
	for _, rec := range records {
		if !said[key{rec.Run, rec.Path, rec.Along}] {
			rec.Time = r.now()
			log.Add(rec)
		}
	}
	return cmp.Or(log.Flush(false), log.Close())
}
