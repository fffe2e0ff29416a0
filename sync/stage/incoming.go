package stage

import (
	"errors"

	"latus/index"
	"latus/sync/digest"
	"latus/sync/fetch"
	"latus/sync/tree"
)

// askings is how many times more a content is asked for at the most.
const askings = 8

// phase is how far the content of one want is.
type phase uint8

const (
	idle      phase = iota
	buffering       // in memory
	streaming       // in an open file
	patching        // put together in an open file, or about to be
	queued          // complete, to be written
	spoiled         // what came, or an earlier run had fetched, is not good: to be fetched again
	ended           // ready, or failed
)

// incoming is the content of one want on its way to staging. One goroutine at a
// time has it: whoever calls the sink for it, then a writer, then who takes it.
type incoming struct {
	want   fetch.Want
	meta   Meta
	bundle *Bundle // where it is staged if it is small; nil: by itself

	phase phase
	buf   []byte
	file  tree.File
	to    holey // the file
	hash  *digest.Hasher
	size  int64

	bases []fetch.Content  // what may have most of it, if the want has a Base
	lists chan *fetch.List // the answer to such a want; nil in it: no list
	patch *assembly        // once there was one; nil: the content comes whole

	out     Staged
	err     error
	partial bool // what came is worth keeping
	anew    bool // it is spoiled, and shall be asked for once more
	asked   int  // how many times that was so
}

// open begins a file, or goes on with one: what is there is read to hash it.
func (s *Sink) open(in *incoming) (err error) {
	in.hash = digest.New()
	if in.want.Offset == 0 {
		in.file, err = s.stage.create(in.out.Name, 0o600)
	} else if in.file, err = s.stage.dir.Write(in.out.Name); err == nil {
		err = s.rehash(in)
	}
	if err == nil {
		in.phase, in.size, in.to = streaming, in.want.Offset, holey{f: in.file}
		return nil
	}
	if in.file != nil {
		in.file.Close()
	}
	in.hash.Close()
	in.file, in.hash = nil, nil
	if in.want.Offset > 0 && s.ctx.Err() == nil {
		in.phase = spoiled
	}
	return err
}

func (s *Sink) rehash(in *incoming) error {
	if err := in.file.Truncate(in.want.Offset); err != nil {
		return err
	}
	n := int64(0)
	err := in.hash.Take(s.ctx, in.file, func(p []byte) error { n += int64(len(p)); return nil })
	if err == nil && n != in.want.Offset {
		err = errNotWhole
	}
	return err
}

// write stages a small file.
func (s *Sink) write(a arrival) {
	n, in := a.n, s.at(a.n)
	defer s.release(in)
	if int64(len(in.buf)) != in.want.Size {
		s.end(n, errWrongSize)
		return
	}
	in.out.Hash = a.h
	if !a.known {
		in.out.Hash = digest.Of(in.buf)
	}
	err := in.verify(a.h)
	if err == nil {
		in.out, err = s.stageSmall(in, in.buf, in.out.Hash)
	}
	s.end(n, err)
}

// finish completes a file that was streamed.
func (s *Sink) finish(n int, h index.Hash) {
	in := s.at(n)
	in.out.Hash = in.hash.Sum()
	err := in.verify(h)
	if in.size != in.want.Size && err == nil {
		err = errWrongSize
	}
	if err != nil {
		s.drop(n, err)
		return
	}
	if err := in.to.end(); err != nil {
		s.drop(n, err)
		return
	}
	in.hash.Close()
	in.hash = nil
	err = s.stage.seal(in.file, &in.out, in.meta, false)
	in.file = nil
	if err != nil {
		s.stage.Remove(in.out.Name)
	}
	in.patch.close()
	s.end(n, err)
}

// close lets go of a file that is not complete.
func (in *incoming) close() {
	if in.file != nil {
		in.file.Close()
		in.hash.Close()
		in.file, in.hash = nil, nil
	}
	in.patch.close()
}

func (in *incoming) verify(h index.Hash) error {
	switch {
	case in.out.Hash != h:
		return errNotWhole
	case in.want.Hash.Known() && in.want.Hash != h:
		return ErrWrongHash
	}
	return nil
}

// drop ends n without its content. What came of it is removed. If an earlier run, an
// old version or several sources had a part in it, or another source may have it, all
// of it is fetched once more.
func (s *Sink) drop(n int, why error) {
	in := s.at(n)
	in.close()
	if in.phase == buffering {
		s.release(in)
	} else {
		s.stage.Remove(in.out.Name)
	}
	wrong := errors.Is(why, errNotWhole) || errors.Is(why, ErrWrongHash) || errors.Is(why, errWrongSize)
	another := errors.Is(why, fetch.ErrElsewhere)
	if in.patch != nil && mayBeWhole(why) || wrong && in.asked == 0 || another && in.asked < askings {
		in.phase, in.err, in.anew = spoiled, why, true
		in.asked++
		return
	}
	s.end(n, why)
}
