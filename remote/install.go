package remote

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"

	"latus/remote/ssh"
)

// Platform is what a program must be made for to run on a host, in Go's words.
type Platform struct{ OS, Arch string }

func (p Platform) String() string { return p.OS + "/" + p.Arch }

// InstallError says at what a latus could not be put on a host.
type InstallError struct {
	Host   string
	Step   InstallStep
	Detail string // what the host said
}

// InstallStep is a step of putting a latus on a host.
type InstallStep uint8

const (
	StepPlatform InstallStep = iota // finding out what the host is
	StepFolder                      // making the directory
	StepWrite                       // writing the program
	StepCheck                       // it is not there as it was sent
	StepRun                         // it does not run: the home allows none, or it is for another machine
	StepPlace                       // giving it its name
)

func (e *InstallError) Error() string {
	text := e.Host + ": " + [...]string{
		"cannot find out what kind of machine it is", "cannot make a directory for latus", "cannot write latus",
		"latus did not arrive whole", "latus was put there and does not run", "cannot give latus its name",
	}[e.Step]
	if e.Detail != "" {
		text += ": " + e.Detail
	}
	return text
}

// installDir is where latus puts itself, below the home of the user.
const installDir = ".cache/latus"

// report marks what a script says, among what the start-up files of a shell may
// say before and after it.
var report = regexp.MustCompile(`latus<([^>]*)>`)

// script runs a piece of sh, whatever the login shell is, and returns what it reports.
func (c *Conn) script(ctx context.Context, text string, in io.Reader) (said string, err error) {
	s, err := c.Command(ctx, "sh -c "+Quote(text))
	if err != nil {
		return "", err
	}
	var out bytes.Buffer
	read := make(chan struct{})
	go func() {
		defer close(read)
		_, _ = io.Copy(&out, io.LimitReader(s, 1<<20))
	}()
	if in != nil {
		_, _ = io.Copy(writerOnly{s}, in) // if it ends early the report says why
	}
	_ = s.CloseWrite()
	<-read
	err = s.Close()
	if m := report.FindSubmatch(out.Bytes()); m != nil {
		return string(m[1]), nil
	}
	if err == nil {
		err = errors.New("no answer")
	}
	return "", err
}

type writerOnly struct{ io.Writer }

// Platform asks a host what it is.
func (c *Conn) Platform(ctx context.Context) (Platform, error) {
	said, err := c.script(ctx, `echo "latus<$(uname -s) $(uname -m)>"`, nil)
	if err != nil {
		return Platform{}, &InstallError{Host: c.Host.Name, Step: StepPlatform, Detail: err.Error()}
	}
	p, ok := platformOf(said)
	if !ok {
		return p, &InstallError{Host: c.Host.Name, Step: StepPlatform, Detail: "it calls itself " + said}
	}
	return p, nil
}

// platformOf reads what uname -sm says.
func platformOf(uname string) (Platform, bool) {
	system, machine, _ := strings.Cut(strings.TrimSpace(uname), " ")
	system, machine = strings.ToLower(system), strings.ToLower(machine)
	for _, windows := range []string{"mingw", "msys", "cygwin"} {
		if strings.HasPrefix(system, windows) {
			system = "windows"
		}
	}
	arch := map[string]string{
		"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64", "armv6l": "arm", "armv7l": "arm", "armv8l": "arm",
		"i386": "386", "i486": "386", "i586": "386", "i686": "386", "riscv64": "riscv64", "ppc64le": "ppc64le", "s390x": "s390x", "loongarch64": "loong64",
	}[machine]
	known := map[string]bool{"linux": true, "darwin": true, "windows": true, "freebsd": true, "openbsd": true, "netbsd": true, "dragonfly": true}
	return Platform{OS: system, Arch: arch}, known[system] && arch != ""
}

var unsafeVersion = regexp.MustCompile(`[^A-Za-z0-9._-]+`)

// Install puts a program on a host, in a directory of its own version and content, and
// returns how sh calls it. Nothing stands under that name unless it is whole and
// runs. A link beside all versions leads to it from then on, which ServeCommand follows
// first. All but the newest two of other versions are removed.
func (c *Conn) Install(ctx context.Context, program []byte, version string) (latusPath string, err error) {
	sum := sha256.Sum256(program)
	hash := hex.EncodeToString(sum[:])
	version = strings.Trim(unsafeVersion.ReplaceAllString(version, "-"), ".-")
	dir := installDir + "/" + version + "-" + hash[:12]
	script := fmt.Sprintf(installScript, installDir, dir, hash, len(program))
	said, err := c.script(ctx, script, bytes.NewReader(program))
	if err != nil {
		var command *ssh.CommandError
		if errors.As(err, &command) {
			return "", &InstallError{Host: c.Host.Name, Step: StepWrite, Detail: err.Error()}
		}
		return "", err
	}
	step, detail, _ := strings.Cut(said, " ")
	if step == "done" {
		return `"$HOME/` + dir + `/latus"`, nil
	}
	failed := &InstallError{Host: c.Host.Name, Step: StepWrite, Detail: strings.TrimSpace(detail)}
	switch step {
	case "folder":
		failed.Step = StepFolder
	case "check":
		failed.Step = StepCheck
	case "run":
		failed.Step = StepRun
	case "place":
		failed.Step = StepPlace
	}
	return "", failed
}

// installScript takes the program from stdin: all of it, whatever fails, so that who
// sends it is not stopped. Its parameters: the directory of all versions, that of this one,
// the SHA-256, the size. It is one line, for csh has no way to quote a newline.
var installScript = strings.Join([]string{
	`umask 077`,
	`all=$HOME/%[1]s; d=$HOME/%[2]s; p=$d/part.$$`,
	`fail() { rm -f "$p" 2>/dev/null; cat >/dev/null; echo "latus<$1 $(echo "$2" | tr "<>" "  " | tr "\n" " ")>"; exit 1; }`,
	`e=$(mkdir -p "$d" 2>&1) || fail folder "$e"`,
	`{ : >"$p"; } 2>/dev/null || fail folder "$d cannot be written to"`,
	`cat >"$p" 2>/dev/null || fail write "$(df -k "$d" 2>/dev/null | tail -n 1)"`,
	`n=$(wc -c <"$p")`,
	`[ "$n" -eq %[4]d ] || fail write "$(echo $n) of %[4]d bytes arrived"`,
	`h=`,
	`if command -v sha256sum >/dev/null 2>&1; then h=$(sha256sum <"$p"); elif command -v shasum >/dev/null 2>&1; then h=$(shasum -a 256 <"$p"); fi`,
	`h=${h%%%% *}`,
	`[ -z "$h" ] || [ "$h" = %[3]s ] || fail check "the SHA-256 is $h"`,
	`chmod 755 "$p" || fail write "chmod"`,
	`e=$("$p" version 2>&1 </dev/null) || fail run "$e"`,
	`e=$(mv -f "$p" "$d/latus" 2>&1) || fail place "$e"`,
	`cd "$all" && { ln -s "${d##*/}/latus" "now.$$" && mv -f "now.$$" latus || rm -f "now.$$"; } 2>/dev/null`,
	`cd "$all" && ls -t | while read -r v; do if [ -f "$v/latus" ] && [ "$all/$v" != "$d" ]; then i=$((i+1)); [ $i -le 2 ] || rm -rf "$v"; fi; done`,
	`echo "latus<done>"`,
}, "; ")
