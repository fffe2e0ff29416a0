package ssh

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"

	"golang.org/x/crypto/ssh"
)

// session starts commands over the built-in client.
type session struct {
	client *ssh.Client
	conn   *activeConn // what client stands on
	host   string
	stderr io.Writer
}

func (s *session) start(ctx context.Context, command string, subsystem bool) (*Stream, error) {
	end := func() { _ = s.client.Close() }
	stop := context.AfterFunc(ctx, end)
	defer stop()
	fail := func(err error) (*Stream, error) {
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		return nil, &ConnectError{Host: s.host, Op: "start a command", Err: err}
	}
	// An ssh.Session has no way to wait for a subsystem.
	ch, requests, err := s.client.OpenChannel("session", nil)
	if err != nil {
		return fail(err)
	}
	status := make(chan *CommandError, 1)
	go func() { status <- s.status(requests) }()
	kind := "exec"
	if subsystem {
		kind = "subsystem"
	}
	ok, err := ch.SendRequest(kind, true, ssh.Marshal(struct{ Text string }{command}))
	if err == nil && !ok {
		err = fmt.Errorf("the host refuses to start %s", command)
	}
	if err != nil {
		_ = ch.Close()
		<-status
		return fail(err)
	}
	stderr := &tail{next: s.stderr}
	stream := &Stream{stdin: channelWriter{ch}, stdout: ch, stderr: stderr, end: end}
	return stream.start(ctx, func() error {
		_, _ = io.Copy(stderr, ch.Stderr())
		failed := <-status
		_ = ch.Close()
		if failed == nil {
			return nil
		}
		failed.Stderr = stderr.String()
		return failed
	}), nil
}

// status is how the command ended, once the host has closed its channel.
func (s *session) status(requests <-chan *ssh.Request) *CommandError {
	ended := &CommandError{Host: s.host, Status: -1, Err: errors.New("the connection ended before the command")}
	for r := range requests {
		switch r.Type {
		case "exit-status":
			if len(r.Payload) >= 4 {
				ended = &CommandError{Host: s.host, Status: int(binary.BigEndian.Uint32(r.Payload))}
			}
		case "exit-signal":
			var m struct {
				Name       string
				CoreDumped bool
				Message    string
				Language   string
			}
			if ssh.Unmarshal(r.Payload, &m) == nil {
				ended = &CommandError{Host: s.host, Status: -1, Signal: m.Name}
			}
		}
		if r.WantReply {
			_ = r.Reply(false, nil)
		}
	}
	if ended.Status == 0 {
		return nil
	}
	if dead := s.conn.dead.Load(); dead != nil && ended.Err != nil {
		ended.Err = dead
	}
	return ended
}

// channelWriter closes one direction of a channel.
type channelWriter struct{ ssh.Channel }

func (w channelWriter) Close() error { return w.CloseWrite() }

func (s *session) close() error {
	err := s.client.Close()
	if errors.Is(err, net.ErrClosed) || errors.Is(err, io.EOF) {
		err = nil // it was closed before, by either side
	}
	_ = s.client.Wait()
	return err
}
