package tree

import (
	"fmt"
	"sync/atomic"

	"latus/index"
)

// Clocks that filesystems are known to have, in nanoseconds, finest first.
var clocks = []int64{1, 100, 1e3, 1e6, 1e7, 1e9, 2e9}

// probeTimes are odd to every clock but the finest, in nanoseconds since 1970.
var probeTimes = []int64{1_357_924_681_123_456_789, 1_468_013_579_987_654_321, 1_700_000_003_111_111_113}

// clock is the coarseness of mtimes: what is read back is what was set, cut or
// rounded to a multiple of it.
func (p *probe) clock() int64 {
	shown := make([]int64, len(probeTimes))
	tries := make([]func(), len(probeTimes))
	for i, want := range probeTimes {
		tries[i] = func() {
			name := fmt.Sprint("clock ", i)
			p.make(name, "")
			defer p.remove(name)
			p.can(func() error { return p.dir.Chtime(name, want) })
			info, _ := p.stat(name)
			shown[i] = info.Mtime
		}
	}
	Together(p.tree, tries...)
	c := 0
	for i, want := range probeTimes {
		for c < len(clocks)-1 && !onClock(shown[i], want, clocks[c]) {
			c++
		}
	}
	return clocks[c]
}

func onClock(got, want, clock int64) bool {
	return got%clock == 0 && index.Near(got, want, clock)
}

// modeBits are the bits that can be set and cleared each by itself. The owner
// stays able to read and write, so that what follows can be done.
func (p *probe) modeBits() uint32 {
	var sticks atomic.Uint32
	var tries []func()
	for bit := uint32(1); bit <= 0o4000; bit <<= 1 {
		tries = append(tries, func() {
			name := fmt.Sprintf("mode %o", bit)
			p.make(name, "")
			defer p.remove(name)
			set, cleared := p.mode(name, 0o600|bit), p.mode(name, 0o600&^bit)
			if set&bit != 0 && cleared&bit == 0 {
				sticks.Or(bit)
			}
			p.mode(name, 0o600)
		})
	}
	Together(p.tree, tries...)
	return sticks.Load()
}

// mode sets a mode and reads it back.
func (p *probe) mode(name string, mode uint32) uint32 {
	p.can(func() error { return p.dir.Chmod(name, mode) })
	info, _ := p.stat(name)
	return info.Mode
}

// sameName tells whether a file made as name is found as other.
func (p *probe) sameName(name, other string) bool {
	if !p.holds(name) {
		return false
	}
	defer p.remove(name)
	_, err := p.dir.Stat(other)
	return p.ok(err)
}

const linkTarget = "no such target"

func (p *probe) links() bool {
	const name = "link"
	if !p.can(func() error { return p.dir.Symlink(linkTarget, name) }) {
		return false
	}
	defer p.remove(name)
	target, err := p.dir.Readlink(name)
	info, found := p.stat(name)
	return p.must(err) && target == linkTarget && found && info.Kind == index.Link
}

func (p *probe) linkTimes() bool {
	const name = "link time"
	if !p.can(func() error { return p.dir.Symlink(linkTarget, name) }) {
		return false
	}
	defer p.remove(name)
	want := probeTimes[0]
	set := p.can(func() error { return p.dir.Chtime(name, want) })
	info, found := p.stat(name)
	return set && found && index.Near(info.Mtime, want, clocks[len(clocks)-1])
}

func (p *probe) hardLinks() bool {
	const one, two = "one", "two"
	p.make(one, "x")
	defer p.remove(one, two)
	linked := p.can(func() error { return p.dir.Hardlink(p.dir, one, two) })
	info, found := p.stat(two)
	return linked && found && info.Links == 2
}

func (p *probe) reflink() bool {
	const from, to = "blocks", "clone"
	p.make(from, string(make([]byte, 64<<10)))
	defer p.remove(from, to)
	src, err := p.dir.Read(from)
	if !p.must(err) {
		return false
	}
	defer src.Close()
	var dst File
	if !p.can(func() (err error) { dst, err = p.dir.Clone(src, to, 0o600); return err }) {
		return false
	}
	p.must(dst.Close())
	info, found := p.stat(to)
	return found && info.Size == 64<<10
}

func (p *probe) exchange() bool {
	const one, two = "left", "right"
	p.make(one, "x")
	p.make(two, "xx")
	defer p.remove(one, two)
	done := p.can(func() error { return p.dir.Exchange(one, p.dir, two) })
	info, found := p.stat(one)
	return done && found && info.Size == 2
}

// rename tells whether a file keeps its inode number under another name and
// mode, and its birth time if it has one.
func (p *probe) rename() (keepsInode, hasBirth bool) {
	const old, name = "old", "new"
	p.make(old, "x")
	defer p.remove(old, name)
	before, seen := p.stat(old)
	moved := p.must(p.dir.Rename(old, p.dir, name))
	p.can(func() error { return p.dir.Chmod(name, 0o400) })
	after, found := p.stat(name)
	p.can(func() error { return p.dir.Chmod(name, 0o600) }) // some systems remove no read-only files
	if !seen || !moved || !found {
		return false, false
	}
	keepsInode = before.Inode != 0 && before.Inode == after.Inode
	hasBirth = before.Btime != 0 && before.Btime == after.Btime
	return keepsInode, hasBirth
}

// dosNames tells whether names are refused that Windows refuses.
func (p *probe) dosNames() bool {
	for _, name := range []string{"a:b", "a?b", "a|b"} {
		if !p.holds(name) {
			return true
		}
		p.remove(name)
	}
	return false
}

// utf8Names tells whether names are refused that are not UTF-8.
func (p *probe) utf8Names() bool {
	const name = "latus \xff"
	if !p.holds(name) {
		return true
	}
	p.remove(name)
	return false
}
