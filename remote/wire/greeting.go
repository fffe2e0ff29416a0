package wire

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"

	"latus/sync/peer"
)

// A side greets with its mark, and the least and the greatest version it speaks
// (two bytes each, big-endian). The marks differ, so that an echo is not taken for
// an answer; the line end in them shows a stream that is not clean.
const (
	clientMark = "latus wire>\x00\r\n"
	serverMark = "latus wire<\x00\r\n"
)

func greeting(mark string) []byte {
	b := binary.BigEndian.AppendUint16([]byte(mark), MinVersion)
	return binary.BigEndian.AppendUint16(b, MaxVersion)
}

// readGreeting waits for mark, skipping at most banner bytes before it, and
// returns the version to speak. Errors of what came instead are *peer.Refusal;
// heard is told what was skipped so far. An echo, which begins with own, would go on for as
// long as this side shows signs of life.
func readGreeting(r *bufio.Reader, mark, own string, banner int, heard func([]byte)) (version int, err error) {
	var said []byte
	for !bytes.HasSuffix(said, []byte(mark)) {
		if len(said) >= banner+len(mark) || banner == 0 && !strings.HasPrefix(mark, string(said)) {
			rest, _ := r.Peek(r.Buffered())
			return 0, stranger("no latus there", append(said, rest...))
		}
		b, err := r.ReadByte()
		if err != nil {
			if errors.Is(err, io.EOF) {
				return 0, stranger("no latus there", said)
			}
			return 0, err
		}
		said = append(said, b)
		if bytes.HasSuffix(said, []byte(own)) {
			return 0, &peer.Refusal{Cause: peer.WrongSpeech, Text: "no latus there: it sends back what it is sent"}
		}
		heard(said)
	}
	var v [4]byte
	if _, err := io.ReadFull(r, v[:]); err != nil {
		return 0, unexpected(err)
	}
	least, most := int(binary.BigEndian.Uint16(v[:])), int(binary.BigEndian.Uint16(v[2:]))
	if version = min(most, MaxVersion); version < max(least, MinVersion) {
		return 0, &peer.Refusal{Cause: peer.OtherVersion, Text: fmt.Sprintf(
			"the latus there speaks protocol %s, this one %s", versions(least, most), versions(MinVersion, MaxVersion))}
	}
	return version, nil
}

// OtherVersion is what a Refusal says where two latus have no version in common; "" if err
// is none of that.
func OtherVersion(err error) string {
	var no *peer.Refusal
	if errors.As(err, &no) && no.Cause == peer.OtherVersion {
		return no.Text
	}
	return ""
}

func versions(least, most int) string {
	if least == most {
		return fmt.Sprint(least)
	}
	return fmt.Sprintf("%d to %d", least, most)
}

// stranger refuses a side that does not greet, quoting what it said.
func stranger(what string, said []byte) *peer.Refusal {
	text := what + ": it said nothing"
	if said = bytes.TrimSpace(said); len(said) > 0 {
		const quoted = 200
		rest := ""
		if len(said) > quoted {
			said, rest = said[:quoted], "..."
		}
		text = what + ": it said \"" + Clean(string(said)) + rest + "\""
	}
	return &peer.Refusal{Cause: peer.WrongSpeech, Text: text}
}
