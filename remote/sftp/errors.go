package sftp

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"

	"github.com/pkg/sftp"

	"latus/index"
	"latus/sync/tree"
)

// NoiseError says that a program which should speak SFTP printed something else.
type NoiseError struct {
	Text string // the first lines, at most 1 KiB
}

func (e *NoiseError) Error() string {
	return fmt.Sprintf("the other side prints %q", e.Text)
}

// firstLines is what a person needs to recognise where a text comes from.
func firstLines(b []byte) string {
	const lines, size = 5, 1024
	if len(b) > size {
		b = b[:size]
	}
	parts := strings.SplitAfterN(string(bytes.TrimSpace(b)), "\n", lines+1)
	if len(parts) > lines {
		parts = parts[:lines]
	}
	return strings.ToValidUTF8(strings.TrimSpace(strings.Join(parts, "")), "?")
}

// Status codes of the protocol, version 3.
const (
	sftpNoSuchFile  = 2
	sftpPermission  = 3
	sftpFailure     = 4
	sftpBadMessage  = 5
	sftpUnsupported = 8
)

// errFailure is what a server says of most things that can go wrong.
var errFailure = errors.New("the server says no more than that it failed")

// meaning translates an error of the client. Errors of the connection stay.
func (t *sftpTree) meaning(err error) error {
	var status *sftp.StatusError
	switch {
	case err == nil, err == io.EOF, errors.Is(err, fs.ErrClosed):
		return err
	case errors.Is(err, fs.ErrNotExist):
		return fs.ErrNotExist
	case errors.Is(err, fs.ErrPermission):
		return fs.ErrPermission
	case errors.As(err, &status):
		switch status.Code {
		case sftpBadMessage:
			return tree.ErrBadName
		case sftpUnsupported:
			return tree.ErrUnsupported
		}
		return errFailure
	}
	t.lease.fail(err)
	return err
}

// written is meaning for what needed room: most servers don't say that it is
// lacking, nor that they let nobody write.
func (t *sftpTree) written(err error) error {
	err = t.meaning(err)
	if err == fs.ErrPermission && t.readOnly() {
		return tree.ErrReadOnly
	}
	if err != errFailure || !t.has(extVFS) {
		return err
	}
	const readOnly = 1
	v, verr := t.client.StatVFS(t.root)
	switch {
	case verr != nil:
	case v.Flag&readOnly != 0:
		return tree.ErrReadOnly
	case v.Bavail == 0 || v.Files > 0 && v.Favail == 0:
		return tree.ErrNoSpace
	}
	return err
}

// readOnly tells whether the server permits no changes (internal-sftp -R): then it does
// not even look for what is to be removed.
func (t *sftpTree) readOnly() bool {
	err := t.client.RemoveDirectory(path.Join(t.root, index.Private, "no such directory"))
	return errors.Is(err, fs.ErrPermission)
}

func fault(op, name string, err error) error {
	if err == nil {
		return nil
	}
	return &fs.PathError{Op: op, Path: cmp.Or(name, "."), Err: err}
}
