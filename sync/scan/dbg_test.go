package scan
import "testing"
func TestDbg(t *testing.T) {
	for range 10 {
	p := onDisk(t)
				p.file("f", "1", old)
				p.file("d/e/x", "1", old)
				p.link("l", "f")
	p.known()
	p.traits.StableInodes = false
	p.file("g", "1", old)
	p.remove("f")
	p.rename("g", "f")
	was := p.x.Get("f").Witness
	if r := p.scan(); len(r.Changed) > 0 { t.Logf("was %+v %+v", was,p.x.Get("f").Witness) 
	for _, f := range r.Changed { t.Logf("%+v", f) } }
	}
}
