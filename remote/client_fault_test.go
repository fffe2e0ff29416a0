package remote

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"latus/index"
	"latus/remote/wire"
	"latus/sync/fetch"
	"latus/sync/peer"
)

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

const greets = "latus wire<\x00\r\n\x00\x0b\x00\x0b"

func TestNoLatusThere(t *testing.T) {
	for name, x := range map[string]struct{ says, want string }{
		"nothing":         {"", "it said nothing"},
		"shell":           {"sh: latus: command not found\n", `it said "sh: latus: command not found"`},
		"controls":        {"\x1b]0;evil\x07", `it said "\x1b]0;evil\x07"`},
		"endless banner":  {strings.Repeat("welcome ", 10<<10), "welcome welcome"},
		"an echo":         {"latus wire>\x00\r\n\x00\x0b\x00\x0b", "it sends back what it is sent"},
		"newer":           {"latus wire<\x00\r\n\x00\x63\x00\x64", "the latus there speaks protocol 99 to 100, this one 11"},
		"older":           {"latus wire<\x00\r\n\x00\x01\x00\x0a", "the latus there speaks protocol 1 to 10, this one 11"},
		"backwards":       {"latus wire<\x00\r\n\x00\x0c\x00\x0b", "speaks protocol"},
		"newline changed": {"latus wire<\x00\n\x00\x0b\x00\x0b", "latus wire<"},
	} {
		err := against(t, x.says, true, ClientOptions{})
		no, ok := errors.AsType[*peer.Refusal](err)
		if !ok || !no.Cause.Mute() || no.Tree != "host:d" || !strings.Contains(no.Text, x.want) || len(no.Text) > 1000 {
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

// A machine that loses its network between two calls must not keep the other one's tree
// locked until the network gives up, which may take hours.
func TestAServerNoticesAClientThatFallsSilentBetweenCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := net.Pipe()
		r := sample()
		served := make(chan error, 1)
		go func() {
			served <- Serve(context.Background(), b, opening(r), ServeOptions{Timeout: 20 * time.Second})
		}()
		go io.Copy(io.Discard, a)
		io.WriteString(a, recorded(t)) // Look is answered
		if err := <-served; err == nil || err.Error() != "no answer for 20s" || r.closed != 1 {
			t.Error(err, r.closed)
		}
		a.Close()
	})
}

// A view must have the delta that was asked for.
func TestAViewWithoutItsDelta(t *testing.T) {
	r := sample()
	r.view.Delta = nil
	c := connect(t, r, ClientOptions{})
	if _, err := c.Hello(context.Background(), peer.Hello{}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Look(context.Background(), peer.LookQuery{}); err != nil {
		t.Error(err)
	}
	if _, err := c.Look(context.Background(), peer.LookQuery{Known: &index.Summary{}}); !errors.Is(err, wire.ErrProtocol) {
		t.Error(err)
	}
}

// Where no actions were told of, no server can make a client count to what it likes.
func TestActionsThatNobodyAskedFor(t *testing.T) {
	r := sample()
	r.proposals[0].Actions = nil
	r.applying = func(_ context.Context, _ fetch.Source, w peer.Follower) (*peer.Outcome, error) {
		w.Applied(1 << 30)
		w.Progress(1, 2)
		return r.outcome, nil
	}
	c := connect(t, r, ClientOptions{})
	upTo(t, c)
	f := &follower{}
	if _, err := c.Apply(context.Background(), generator{}, f); err != nil || len(f.done) > 0 || f.files != 1 {
		t.Error(err, f.done, f.files)
	}
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
