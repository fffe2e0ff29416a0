package remote

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"latus/sync/peer"
	"latus/sync/replica"
	"latus/sync/tree"
)

// watchedOver has a tree watched over a pipe. changed gets a value for each message.
func watchedOver(t *testing.T, dir string, o ServeOptions) (changed chan struct{}, stop context.CancelFunc, answered func() (bool, error)) {
	t.Helper()
	here, there := net.Pipe()
	opening := func(string, peer.Hello) (peer.Replica, error) { return nil, errors.New("nobody asked for that") }
	served := make(chan error, 1)
	go func() { served <- Serve(context.Background(), there, opening, o) }()
	ctx, stop := context.WithCancel(context.Background())
	changed = make(chan struct{}, 1000)
	type outcome struct {
		answered bool
		err      error
	}
	ended := make(chan outcome, 1)
	go func() {
		said, err := Watch(ctx, here, WatchOptions{Path: dir, Filter: []string{"*.tmp"}}, func() { changed <- struct{}{} })
		ended <- outcome{said, err}
	}()
	t.Cleanup(stop)
	return changed, stop, func() (bool, error) {
		t.Helper()
		out := <-ended
		if err := <-served; err != nil {
			t.Errorf("the server ended with %v", err)
		}
		return out.answered, out.err
	}
}

func realWatch(ctx context.Context, path string, patterns []string) (Watcher, error) {
	return replica.Watch(ctx, path, nil, patterns)
}

func TestChangesAreToldOverTheWire(t *testing.T) {
	dir := t.TempDir()
	changed, stop, outcome := watchedOver(t, dir, ServeOptions{Watch: realWatch})
	<-changed // it is watched
	for _, name := range []string{"f", "d/g"} {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, nil, 0o666); err != nil {
			t.Fatal(err)
		}
		<-changed
	}
	stop()
	if answered, err := outcome(); answered || !errors.Is(err, context.Canceled) {
		t.Errorf("%v, %v", answered, err)
	}
}

func TestATreeThatCannotBeWatchedIsAnAnswer(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "missing")
	_, _, outcome := watchedOver(t, missing, ServeOptions{Watch: realWatch})
	if answered, err := outcome(); !answered || !tree.IsNotExist(err) {
		t.Errorf("%v, %v", answered, err)
	}
	_, _, outcome = watchedOver(t, missing, ServeOptions{})
	if answered, err := outcome(); !answered || err == nil || err.Error() != errNoWatching.Error() {
		t.Errorf("%v, %v", answered, err)
	}
	dir := filepath.Join(t.TempDir(), "dir")
	if err := os.Mkdir(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	changed, _, outcome := watchedOver(t, dir, ServeOptions{Watch: realWatch})
	<-changed
	if err := os.Remove(dir); err != nil {
		t.Fatal(err)
	}
	if answered, err := outcome(); !answered || err == nil {
		t.Errorf("%v, %v", answered, err)
	}
}

// Who speaks another version would take the message for nonsense: it must not be sent any.
func TestAnotherVersionIsNotAskedToWatch(t *testing.T) {
	here, there := net.Pipe()
	sent := make(chan []byte, 1)
	go func() {
		_, _ = io.WriteString(there, "latus wire<\x00\r\n\x00\x01\x00\x0a")
		b, _ := io.ReadAll(there)
		sent <- b
	}()
	answered, err := Watch(context.Background(), here, WatchOptions{Timeout: time.Minute}, func() { t.Error("it told of a change") })
	if no, ok := errors.AsType[*peer.Refusal](err); answered || !ok || no.Cause != peer.OtherVersion {
		t.Errorf("%v, %v", answered, err)
	}
	// A greeting and a farewell, if anything.
	if b := <-sent; len(b) > 18+10 {
		t.Errorf("it was sent %q", b)
	}
}
