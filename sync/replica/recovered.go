package replica

import (
	"cmp"

	"latus/index"
	"latus/sync/plan"
)

// logRecovered adds to the merge log what a killed run had carried out, as far as
// it did not come to say so.
func (r *Replica) logRecovered(records []index.Record) error {
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
	err := index.ReadLog(r.home.store(), func(l index.LoggedRun) bool {
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
	log := index.OpenLog(r.home.store())
	for run := range missing {
		log.Start(index.RunStart{Run: run, Time: r.now(), Command: "recovered", Host: r.o.Host, Version: r.o.Version})
	}
	for _, rec := range records {
		if !said[key{rec.Run, rec.Path, rec.Along}] {
			rec.Time = r.now()
			log.Add(rec)
		}
	}
	return cmp.Or(log.Flush(false), log.Close())
}
