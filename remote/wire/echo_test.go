package wire

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"latus/sync/peer"
)

// An echo sends back signs of life as well, and would be listened to for ever.
func TestAnEchoIsFoundOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		here, there := net.Pipe()
		go io.Copy(there, there)
		c := NewConn(t.Context(), here, Config{Timeout: 20 * time.Second})
		defer c.Close()
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
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
	})
}
