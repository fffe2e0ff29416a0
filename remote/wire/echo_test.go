package wire

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"latus/sync/peer"
)

// An echo sends back signs of life as well, and would be listened to for ever.
func TestAnEchoIsFoundOut(t *testing.T) {
	here, there := net.Pipe()
	go io.Copy(there, there)
	c := NewConn(context.Background(), here, Config{Timeout: 200 * time.Millisecond})
	defer c.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	s, err := c.Open(ctx)
	if err != nil {
		t.Fatal(err)
	}
	go s.Send(Hello, func(c *Coder) { c.Greeting(&Greeting{Path: "p"}) })
	var no *peer.Refusal
	if err := c.Ready(ctx); !errors.As(err, &no) || no.Cause != peer.WrongSpeech || !strings.Contains(no.Text, "sends back") {
		t.Fatalf("%v", err)
	}
}
