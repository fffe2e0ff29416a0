package sshtest

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"testing"

	"golang.org/x/crypto/ssh"
)

// WriteKey makes a key, writes the private half to name (encrypted, if there is
// a passphrase) and the public half to name + ".pub", and returns the latter as
// "TYPE BASE64".
func WriteKey(t testing.TB, name, passphrase string) string {
	t.Helper()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	var block *pem.Block
	if passphrase == "" {
		block, err = ssh.MarshalPrivateKey(private, "sshtest")
	} else {
		block, err = ssh.MarshalPrivateKeyWithPassphrase(private, "sshtest", []byte(passphrase))
	}
	if err != nil {
		t.Fatal(err)
	}
	key, err := ssh.NewPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	line := string(bytes.TrimSpace(ssh.MarshalAuthorizedKey(key)))
	write(t, name, string(pem.EncodeToMemory(block)), 0o600)
	write(t, name+".pub", line+"\n", 0o644)
	return line
}
