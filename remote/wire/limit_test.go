package wire

import (
	"context"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"latus/index"
	"latus/sync/fetch"
)

// nowhere is a sink that counts.
type nowhere struct{ bytes int64 }

func (s *nowhere) Data(_ int, p []byte) error   { s.bytes += int64(len(p)); return nil }
func (s *nowhere) Done(int, index.Hash) error   { return nil }
func (s *nowhere) Missing(_ int, e error) error { return e }

// A limit holds within five in a hundred over ten seconds, in both directions, with
// all that frames and greetings add.
func TestLimitIsKept(t *testing.T) {
	for _, rate := range []int64{2_000, 100_000, 3_000_000} {
		for _, fromServer := range []bool{false, true} {
			synctest.Test(t, func(t *testing.T) {
				a, b := net.Pipe()
				size := 10 * rate
				want := []fetch.Want{{Path: "f", Gen: index.GenID{Author: 1, Tag: 1}, Size: size}}
				send := func(s *Stream) {
					out := NewOutlet(s)
					buf := make([]byte, 64<<10)
					for left := size; left > 0; left -= int64(len(buf)) {
						buf = buf[:min(left, int64(len(buf)))]
						if err := out.Data(0, buf); err != nil {
							t.Error(err)
						}
					}
					out.Done(0, index.Hash{})
					out.Close(nil)
				}
				got := &nowhere{}
				over := make(chan struct{})
				take := func(s *Stream) {
					defer close(over)
					if err := Intake(t.Context(), s, want, got); err != nil {
						t.Error(err)
					}
				}
				server := NewConn(context.Background(), b, Config{Compress: Never, Limit: rate, Accept: func(s *Stream, _ Type) {
					if !fromServer {
						go take(s)
						return
					}
					go func() {
						defer s.End()
						var q []fetch.Want
						if err := s.Receive(t.Context(), Send, func(c *Coder) { c.Wants(&q) }); err != nil {
							t.Error(err)
						}
						send(s)
					}()
				}})
				client := NewConn(context.Background(), a, Config{Compress: Never, Limit: rate})
				start := time.Now()
				s, err := client.Open(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				if fromServer {
					go take(s)
					if err := s.Send(Send, func(c *Coder) { c.Wants(&want) }); err != nil {
						t.Fatal(err)
					}
				} else {
					go send(s)
				}
				<-over
				took := time.Since(start).Seconds()
				if took < 9.5 || took > 10.5 || got.bytes != size {
					t.Errorf("%d of %d bytes at %d a second took %.2f s", got.bytes, size, rate, took)
				}
				s.End()
				client.Close()
				server.Close()
			})
		}
	}
}
