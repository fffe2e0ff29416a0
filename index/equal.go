package index

import "slices"

// in tells whether h is one of heads, in every field.
func (h *Head) in(heads []Head) bool {
	i := headAt(heads, h.Gen)
	return i >= 0 && h.equal(&heads[i])
}

func (h *Head) equal(o *Head) bool {
	switch {
	case h.Gen != o.Gen || h.Kind != o.Kind || h.First != o.First || h.Clock != o.Clock,
		h.Size != o.Size || h.Mtime != o.Mtime || h.Utime != o.Utime,
		h.Target != o.Target || h.Hash != o.Hash || !slices.Equal(h.Lineage, o.Lineage):
		return false
	case h.Origin == nil || o.Origin == nil:
		return h.Origin == o.Origin
	}
	return *h.Origin == *o.Origin
}

func headAt(heads []Head, gen GenID) int {
	for i := range heads {
		if heads[i].Gen == gen {
			return i
		}
	}
	return -1
}
