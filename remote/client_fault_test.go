package remote

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"latus/index"
	"latus/remote/wire"
	"latus/sync/fetch"
	"latus/sync/peer"
)

// cut is a connection that breaks after so many bytes were read.
type cut struct {
	io.ReadWriteCloser
	left atomic.Int64
}

func cutAfter(c io.ReadWriteCloser, n int64) *cut {
	x := &cut{ReadWriteCloser: c}
	x.left.Store(n)
	return x
}

func (c *cut) Read(p []byte) (int, error) {
	left := c.left.Load()
	if left == 0 {
		c.Close()
		return 0, io.EOF
	}
	n, err := c.ReadWriteCloser.Read(p[:min(int64(len(p)), left)])
	c.left.Add(-int64(n))
	return n, err
}

// uncut is more than any conversation here.
const uncut = 1 << 40

// converse is a whole run with everything in it.
func converse(c *Client) error {
	ctx := context.Background()
	if _, err := c.Hello(ctx, peer.Hello{Spec: "host:d"}); err != nil {
		return err
	}
	if _, err := c.Look(ctx, peer.LookQuery{Known: &index.Summary{}}); err != nil {
		return err
	}
	d, err := c.Delta(ctx, peer.DeltaQuery{})
	if err != nil {
		return err
	}
	p, err := c.Merge(ctx, []*peer.Delta{d}, peer.MergeOptions{Actions: true})
	if err != nil {
		return err
	}
	as, err := c.Hash(ctx, p.Questions)
	if err != nil {
		return err
	}
	if _, err := c.Answer(ctx, as); err != nil {
		return err
	}
	sink := &checker{}
	if err := c.Send(ctx, p.Wants, sink); err != nil {
		return err
	}
	out, err := c.Apply(ctx, generator{}, &follower{})
	if err != nil {
		return err
	}
	if sink.good != 2 || out.Changes != 2 {
		return fmt.Errorf("a run that went well came to %d and %+v", sink.good, out)
	}
	return nil
}

func conversing() *recorder {
	r := sample()
	r.applying = func(ctx context.Context, src fetch.Source, w peer.Watcher) (*peer.Outcome, error) {
		sink := &checker{}
		if err := src.Send(ctx, sample().proposals[0].Wants, sink); err != nil {
			return nil, err
		}
		if err := src.Send(ctx, many(1, 10), &checker{}); err != nil {
			return nil, err
		}
		w.Applied(1)
		return &peer.Outcome{Changes: sink.good}, nil
	}
	return r
}

func TestThePeerMayBeGoneAtAnyByte(t *testing.T) {
	before := goleak.IgnoreCurrent()
	run := func(toClient, toServer int64) (sent, received int64, err error) {
		a, b := memoryPipes(t)
		r := conversing()
		c, failed := NewClient(context.Background(), cutAfter(a, toClient), ClientOptions{})
		if failed != nil {
			t.Fatal(failed)
		}
		served := make(chan error, 1)
		go func() {
			served <- Serve(context.Background(), cutAfter(b, toServer), opening(r), ServeOptions{})
		}()
		err = converse(c)
		c.Close()
		if serveErr := <-served; err != nil && serveErr == nil {
			t.Errorf("cut after %d and %d bytes: the server has not noticed", toClient, toServer)
		}
		if len(r.heard) > 0 && r.closed != 1 {
			t.Errorf("the replica was closed %d times", r.closed)
		}
		return c.Sent(), c.Received(), err
	}
	sent, received, err := run(uncut, uncut)
	if err != nil {
		t.Fatal(err)
	}
	step := int64(1)
	if testing.Short() {
		step = 29
	}
	// The last messages may be cut off without harm: leave a margin.
	for n := int64(0); n < received; n += step {
		if _, _, err := run(n, uncut); err == nil && n < received-64 {
			t.Errorf("cut after %d of %d bytes to the client, and all went well", n, received)
		}
	}
	for n := int64(0); n < sent; n += step {
		if _, _, err := run(uncut, n); err == nil && n < sent-64 {
			t.Errorf("cut after %d of %d bytes to the server, and all went well", n, sent)
		}
	}
	goleak.VerifyNone(t, before)
}

// against talks to a server that only says what it was told to, and then
// listens, or leaves.
func against(t *testing.T, says string, leaves bool, o ClientOptions) error {
	t.Helper()
	a, b := net.Pipe()
	go func() {
		io.WriteString(b, says)
		if leaves {
			b.Close()
		}
	}()
	heard := make(chan struct{})
	go func() {
		defer close(heard)
		io.Copy(io.Discard, b)
	}()
	c, err := NewClient(context.Background(), a, o)
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Hello(context.Background(), peer.Hello{Spec: "host:d"})
	c.Close()
	<-heard
	return err
}

const greets = "latus wire<\x00\r\n\x00\x01\x00\x01"

func TestNoLatusThere(t *testing.T) {
	for name, x := range map[string]struct{ says, want string }{
		"nothing":         {"", "it said nothing"},
		"shell":           {"sh: latus: command not found\n", `it said "sh: latus: command not found"`},
		"controls":        {"\x1b]0;evil\x07", `it said "\x1b]0;evil\x07"`},
		"endless banner":  {strings.Repeat("welcome ", 10<<10), "welcome welcome"},
		"an echo":         {"latus wire>\x00\r\n\x00\x01\x00\x01", "latus wire>"},
		"newer":           {"latus wire<\x00\r\n\x00\x07\x00\x09", "speaks protocol 7 to 9, this one 1"},
		"older":           {"latus wire<\x00\r\n\x00\x00\x00\x00", "speaks protocol 0, this one 1"},
		"backwards":       {"latus wire<\x00\r\n\x00\x09\x00\x01", "speaks protocol"},
		"newline changed": {"latus wire<\x00\n\x00\x01\x00\x01", "latus wire<"},
	} {
		err := against(t, x.says, true, ClientOptions{})
		no, ok := errors.AsType[*peer.Refusal](err)
		if !ok || no.Cause != peer.WrongSpeech || no.Tree != "host:d" || !strings.Contains(no.Text, x.want) || len(no.Text) > 1000 {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestGarbageAfterTheGreeting(t *testing.T) {
	for name, says := range map[string]string{
		"huge length":  "\xff\xff\xff\xff\x02\x00\x00\x00\x00\x01",
		"unknown type": "\x00\x00\x00\x00\xee\x00\x00\x00\x00\x01",
		"no such call": "\x00\x00\x00\x00\x02\x00\x00\x00\x00\x09",
		"taking leave": "\x00\x00\x00\x00\x16\x00\x00\x00\x00\x00",
		"short answer": "\x00\x00\x00\x00\x02\x00\x00\x00\x00\x01",
		"wrong answer": "\x00\x00\x00\x00\x04\x00\x00\x00\x00\x01",
		"text":         "Segmentation fault (core dumped)\n",
	} {
		err := against(t, greets+says, false, ClientOptions{})
		if !errors.Is(err, wire.ErrProtocol) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if err := against(t, greets+"\x00\x00", true, ClientOptions{}); !errors.Is(err, wire.ErrGone) {
		t.Errorf("half a frame: got %v", err)
	}
}

func TestABannerIsSkipped(t *testing.T) {
	a, b := net.Pipe()
	banner := strings.Repeat("Welcome to example.org! latus wire< \r\n", 1000)
	c := connectOver(t, a, &talkative{ReadWriteCloser: b, says: banner}, sample(), ClientOptions{})
	if err := c.Ready(context.Background()); err != nil {
		t.Fatal(err)
	}
	if c.Sent() != 0 || c.RoundTrips() != 0 {
		t.Error("whether a latus is there is known without a word")
	}
	if _, err := c.Hello(context.Background(), peer.Hello{}); err != nil {
		t.Fatal(err)
	}
}

// talkative is a connection that says something before anything else is written.
type talkative struct {
	io.ReadWriteCloser
	once sync.Once
	says string
}

func (t *talkative) Write(p []byte) (int, error) {
	t.once.Do(func() { io.WriteString(t.ReadWriteCloser, t.says) })
	return t.ReadWriteCloser.Write(p)
}

func TestSilenceEndsACall(t *testing.T) {
	for name, x := range map[string]struct{ says, want string }{
		"from the start":    {"", "host:d: no answer for 7s"},
		"after a banner":    {"Password: ", `host:d: no latus there: it said "Password:"`},
		"after the welcome": {greets, "host:d: no answer for 7s"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				err := against(t, x.says, false, ClientOptions{Timeout: 7 * time.Second})
				if err == nil || err.Error() != x.want {
					t.Errorf("got %v", err)
				}
				if d := time.Since(start); d < 7*time.Second || d > 10*time.Second {
					t.Errorf("it took %v", d)
				}
			})
		})
	}
}

func TestAServerNoticesASilentClient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := net.Pipe()
		r := sample()
		r.looking = func(ctx context.Context) { <-ctx.Done() }
		served := make(chan error, 1)
		go func() {
			served <- Serve(context.Background(), b, opening(r), ServeOptions{Timeout: 20 * time.Second})
		}()
		c, err := NewClient(context.Background(), a, ClientOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Hello(context.Background(), peer.Hello{}); err != nil {
			t.Fatal(err)
		}
		// Between calls a client may think as long as it likes.
		time.Sleep(time.Hour)
		looked := make(chan error, 1)
		go func() {
			_, err := c.Look(context.Background(), peer.LookQuery{})
			looked <- err
		}()
		// During a call, both sides show that they are there.
		time.Sleep(time.Hour)
		synctest.Wait()
		select {
		case err := <-looked:
			t.Fatal(err)
		default:
		}
		// A client that takes leave during a call ends it.
		c.Close()
		if err := <-looked; !errors.Is(err, wire.ErrClosed) {
			t.Error(err)
		}
		if err := <-served; err != nil || r.closed != 1 {
			t.Error(err, r.closed)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		a, b := net.Pipe()
		served := make(chan error, 1)
		r := sample()
		r.looking = func(ctx context.Context) { <-ctx.Done() }
		go func() {
			served <- Serve(context.Background(), b, opening(r), ServeOptions{Timeout: 20 * time.Second})
		}()
		// This client says what it has to and then nothing, but listens.
		go io.Copy(io.Discard, a)
		io.WriteString(a, recorded(t))
		start := time.Now()
		if err := <-served; err == nil || err.Error() != "no answer for 20s" {
			t.Error(err)
		}
		if d := time.Since(start); d > 30*time.Second {
			t.Errorf("it took %v", d)
		}
		a.Close()
	})
}

// recorded is what a client says up to and including Look.
func recorded(t *testing.T) string {
	a, b := net.Pipe()
	said := &strings.Builder{}
	r := sample()
	served := make(chan error, 1)
	go func() { served <- Serve(context.Background(), b, opening(r), ServeOptions{}) }()
	c, err := NewClient(context.Background(), &tapped{a, said}, ClientOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Hello(context.Background(), peer.Hello{}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Look(context.Background(), peer.LookQuery{}); err != nil {
		t.Fatal(err)
	}
	text := said.String()
	c.Close()
	<-served
	return text
}

type tapped struct {
	io.ReadWriteCloser
	said *strings.Builder
}

func (t *tapped) Write(p []byte) (int, error) {
	t.said.Write(p)
	return t.ReadWriteCloser.Write(p)
}

func TestACancelledCallEndsAtOnce(t *testing.T) {
	r := sample()
	ended := make(chan struct{})
	begun := make(chan struct{})
	r.looking = func(ctx context.Context) {
		close(begun)
		<-ctx.Done()
		close(ended)
	}
	c := connect(t, r, ClientOptions{})
	if _, err := c.Hello(context.Background(), peer.Hello{}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		<-begun
		cancel()
	}()
	if _, err := c.Look(ctx, peer.LookQuery{}); err != context.Canceled {
		t.Errorf("got %v", err)
	}
	<-ended
	if _, err := c.Look(ctx, peer.LookQuery{}); err != context.Canceled {
		t.Errorf("got %v", err)
	}
}

func TestACancelledApplyTellsItsOutcome(t *testing.T) {
	r := sample()
	r.proposals[0].Wants = many(100, 1<<20)
	ctx, cancel := context.WithCancel(context.Background())
	r.applying = func(inner context.Context, src fetch.Source, _ peer.Watcher) (*peer.Outcome, error) {
		err := src.Send(inner, many(100, 1<<20), &checker{took: func(int) error { cancel(); return nil }})
		<-inner.Done()
		return &peer.Outcome{Changes: 5}, err
	}
	c := connect(t, r, ClientOptions{})
	upTo(t, c)
	out, err := c.Apply(ctx, generator{}, nil)
	if out == nil || out.Changes != 5 || !errors.Is(err, context.Canceled) {
		t.Errorf("got %+v, %v", out, err)
	}
}

func TestACancelledApplyWaitsNoLongerThanItsGrace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := net.Pipe()
		r := sample()
		stuck := make(chan struct{})
		ctx, cancel := context.WithCancel(context.Background())
		r.applying = func(context.Context, fetch.Source, peer.Watcher) (*peer.Outcome, error) {
			cancel()
			<-stuck
			return &peer.Outcome{}, nil
		}
		served := make(chan error, 1)
		go func() { served <- Serve(context.Background(), b, opening(r), ServeOptions{}) }()
		c, err := NewClient(context.Background(), a, ClientOptions{Grace: 3 * time.Second})
		if err != nil {
			t.Fatal(err)
		}
		upTo(t, c)
		start := time.Now()
		if out, err := c.Apply(ctx, generator{}, nil); out != nil || err != context.Canceled {
			t.Errorf("got %+v, %v", out, err)
		}
		if d := time.Since(start); d != 3*time.Second {
			t.Errorf("it took %v", d)
		}
		close(stuck)
		c.Close()
		<-served
	})
}

func TestBandwidthIsLimitedBothWays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := net.Pipe()
		r := sample()
		const size, rate = 1 << 20, 100 << 10
		r.proposals[0].Wants = many(1, size)
		r.applying = func(ctx context.Context, src fetch.Source, _ peer.Watcher) (*peer.Outcome, error) {
			return &peer.Outcome{}, src.Send(ctx, many(1, size), &checker{})
		}
		served := make(chan error, 1)
		go func() { served <- Serve(context.Background(), b, opening(r), ServeOptions{}) }()
		c, err := NewClient(context.Background(), a, ClientOptions{BandwidthLimit: rate})
		if err != nil {
			t.Fatal(err)
		}
		upTo(t, c)
		for name, f := range map[string]func() error{
			"push": func() error { _, err := c.Apply(context.Background(), generator{}, nil); return err },
			"pull": func() error { return c.Send(context.Background(), many(1, size), &checker{}) },
		} {
			start := time.Now()
			if err := f(); err != nil {
				t.Error(name, err)
			}
			if d := time.Since(start); d < 9*time.Second || d > 12*time.Second {
				t.Errorf("%s: 1 MiB at 100 KiB/s took %v", name, d)
			}
		}
		c.Close()
		<-served
	})
}

func TestCompressionPays(t *testing.T) {
	ctx := context.Background()
	received := func(src fetch.Source, mode wire.Compression) int64 {
		r := sample()
		r.Source = src
		c := connect(t, r, ClientOptions{Compress: mode})
		upTo(t, c)
		before := c.Received()
		if err := c.Send(ctx, many(4, 1<<20), &checker{}); err != nil {
			t.Fatal(err)
		}
		return c.Received() - before
	}
	if n := received(prose{}, wire.Auto); n > 1<<20 {
		t.Errorf("4 MiB of text took %d bytes", n)
	}
	if n := received(prose{}, wire.Never); n < 4<<20 {
		t.Errorf("4 MiB uncompressed took %d bytes", n)
	}
	for _, mode := range []wire.Compression{wire.Auto, wire.Always, wire.Never} {
		if n := received(generator{}, mode); n > 4<<20+4<<10 {
			t.Errorf("4 MiB of noise took %d bytes", n)
		}
	}
}

// prose is a source of text. Its hashes are those of the generator, so nothing
// checks them.
type prose struct{}

func (prose) Send(_ context.Context, wants []fetch.Want, sink fetch.Sink) error {
	text := []byte(strings.Repeat("The quick brown fox jumps over the lazy dog. ", 2000))
	for n, w := range wants {
		for left := w.Size; left > 0; {
			p := text[:min(left, int64(len(text)))]
			if err := sink.Data(n, p); err != nil {
				return err
			}
			left -= int64(len(p))
		}
		if err := sink.Missing(n, fetch.ErrNoSource); err != nil {
			return err
		}
	}
	return nil
}
