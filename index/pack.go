package index

import (
	"encoding/binary"
	"slices"
)

func (b *block) appendBody(p []byte, e *Entry) []byte {
	shape := byte(0)
	if len(e.Heads) == 1 {
		shape |= oneHead
	}
	if e.Pending {
		shape |= isPending
	}
	if e.Mode != (ModeReg{}) {
		shape |= modeSet
		if len(e.Heads) > 0 && e.Mode.Gen == e.Heads[0].Gen && e.Mode.Stamp == e.Heads[0].Utime {
			shape |= modeImplied
		}
	}
	if e.Owner != (OwnerReg{}) {
		shape |= ownerSet
	}
	if e.Attrs != (AttrsReg{}) {
		shape |= attrsSet
	}
	w := &e.Witness
	if *w != (Witness{}) {
		shape |= lookedAt
		if len(e.Heads) > 0 && w.Kind == e.Heads[0].Kind && w.Size == e.Heads[0].Size && w.Mtime == e.Heads[0].Mtime {
			shape |= lookShared
		}
	}
	p = append(p, shape)
	if shape&oneHead == 0 {
		p = binary.AppendUvarint(p, uint64(len(e.Heads)))
	}
	for i := range e.Heads {
		p = b.appendHead(p, &e.Heads[i])
	}
	if e.Pending {
		p = binary.AppendUvarint(p, uint64(len(e.Have)))
		for i := range e.Have {
			p = b.appendHead(p, &e.Have[i])
		}
	}
	if shape&modeSet != 0 {
		p = binary.AppendUvarint(p, uint64(e.Mode.Value))
		if shape&modeImplied == 0 {
			p = binary.AppendVarint(p, e.Mode.Stamp)
			p = b.appendGen(p, e.Mode.Gen)
		}
	}
	if shape&ownerSet != 0 {
		p = appendReg(b, p, e.Owner, e.Heads)
	}
	if shape&attrsSet != 0 {
		p = appendReg(b, p, e.Attrs, e.Heads)
	}
	if shape&lookedAt != 0 {
		p = b.appendLook(p, w, e.Mode.Value, shape&lookShared != 0)
	}
	return p
}

func (b *block) appendHead(p []byte, h *Head) []byte {
	flags := byte(h.Kind)
	rest := h.Clock != 1 || h.Target != ""
	for _, f := range [...]struct {
		set  bool
		flag byte
	}{
		{h.First, headFirst}, {h.Hash.Known(), headHashed}, {len(h.Lineage) > 0, headLineage},
		{h.Origin != nil, headOrigin}, {rest, headRest},
	} {
		if f.set {
			flags |= f.flag
		}
	}
	p = b.appendGen(append(p, flags), h.Gen)
	p = binary.AppendUvarint(p, uint64(h.Size))
	p = binary.LittleEndian.AppendUint64(p, uint64(h.Mtime))
	p = binary.AppendVarint(p, h.Utime-h.Mtime)
	if flags&headHashed != 0 {
		p = append(p, h.Hash[:]...)
	}
	if rest {
		p = binary.AppendUvarint(p, uint64(h.Clock))
		p = appendText(p, h.Target)
	}
	if flags&headLineage != 0 {
		p = binary.AppendUvarint(p, uint64(len(h.Lineage)))
		for _, a := range h.Lineage {
			p = binary.LittleEndian.AppendUint64(p, a.Hash)
			p = binary.AppendVarint(p, a.Size)
			p = binary.AppendVarint(p, a.Mtime)
		}
	}
	if h.Origin != nil {
		p = b.appendGen(appendText(p, string(h.Origin.Path)), h.Origin.Gen)
		p = append(p, linked(h.Origin))
	}
	return p
}

func linked(o *Origin) byte {
	if o.Linked {
		return 1
	}
	return 0
}

func (b *block) appendLook(p []byte, w *Witness, mode uint32, shared bool) []byte {
	flags := byte(0)
	if w.Btime != 0 {
		flags |= lookBorn
	}
	if w.Ctime != 0 {
		flags |= lookSeen
	}
	if w.Mode != mode {
		flags |= lookModed
	}
	if w.Inode != 0 {
		flags |= lookNumbered
	}
	if w.Owner != (IDs{}) {
		flags |= lookOwned
	}
	switch w.Attrs {
	case 0:
	case noSum:
		flags |= lookPlain
	default:
		flags |= lookAttrs
	}
	p = append(p, flags)
	if !shared {
		p = append(p, byte(w.Kind))
		p = binary.AppendVarint(p, w.Size)
		p = binary.AppendVarint(p, w.Mtime)
	}
	if w.Inode != 0 {
		if b.inode == 0 {
			b.inode = w.Inode
		}
		p = binary.AppendVarint(p, int64(w.Inode-b.inode))
	}
	base := w.Mtime
	if w.Btime != 0 {
		p = binary.AppendVarint(p, w.Btime-base)
		base = w.Btime
	}
	if w.Ctime != 0 {
		p = binary.AppendVarint(p, w.Ctime-base)
	}
	if w.Mode != mode {
		p = binary.AppendUvarint(p, uint64(w.Mode))
	}
	if w.Owner != (IDs{}) {
		p = binary.AppendUvarint(p, uint64(w.Owner.User))
		p = binary.AppendUvarint(p, uint64(w.Owner.Group))
	}
	if flags&lookAttrs != 0 {
		p = binary.LittleEndian.AppendUint64(p, uint64(w.Attrs))
	}
	return p
}

func (b *block) appendGen(p []byte, id GenID) []byte {
	return binary.AppendUvarint(p, uint64(place(&b.gens, id)))
}

// appendReg appends a register whose value is a text: an odd place says that it was set
// along with the first head.
func appendReg[T ~string](b *block, p []byte, r Reg[T], heads []Head) []byte {
	at := uint64(place(&b.texts, string(r.Value))) << 1
	if len(heads) > 0 && r.Gen == heads[0].Gen && r.Stamp == heads[0].Utime {
		return binary.AppendUvarint(p, at|1)
	}
	return b.appendGen(binary.AppendVarint(binary.AppendUvarint(p, at), r.Stamp), r.Gen)
}

// place returns where x stands in a table, and appends it if it is not there.
func place[T comparable](table *[]T, x T) int {
	i := slices.Index(*table, x)
	if i < 0 {
		i = len(*table)
		*table = append(*table, x)
	}
	return i
}

func appendText(p []byte, s string) []byte {
	return append(binary.AppendUvarint(p, uint64(len(s))), s...)
}
