package remote

import (
	"strings"
	"testing"
)

func TestParseTarget(t *testing.T) {
	for spec, want := range map[string]Target{
		"a":                          {Path: "a"},
		"./a:b":                      {Path: "./a:b"},
		"/a:b":                       {Path: "/a:b"},
		"d/a:b":                      {Path: "d/a:b"},
		"-x":                         {Path: "-x"},
		"~/x":                        {Path: "~/x"},
		"host:":                      {Kind: SSH, Host: "host"},
		"host:p":                     {Kind: SSH, Host: "host", Path: "p"},
		"host:/p/q/":                 {Kind: SSH, Host: "host", Path: "/p/q"},
		"host:/":                     {Kind: SSH, Host: "host", Path: "/"},
		"host:p q:\n@r":              {Kind: SSH, Host: "host", Path: "p q:\n@r"},
		"host:~":                     {Kind: SSH, Host: "host"},
		"host:~/":                    {Kind: SSH, Host: "host"},
		"host:~/x":                   {Kind: SSH, Host: "host", Path: "x"},
		"host:./~x":                  {Kind: SSH, Host: "host", Path: "./~x"},
		"host:-x":                    {Kind: SSH, Host: "host", Path: "-x"},
		"u@host:p":                   {Kind: SSH, User: "u", Host: "host", Path: "p"},
		"u@d@host:p":                 {Kind: SSH, User: "u@d", Host: "host", Path: "p"},
		`D\u@host:p`:                 {Kind: SSH, User: `D\u`, Host: "host", Path: "p"},
		"[::1]:p":                    {Kind: SSH, Host: "::1", Path: "p"},
		"u@[fe80::1%eth0]:/p":        {Kind: SSH, User: "u", Host: "fe80::1%eth0", Path: "/p"},
		"fe80::1:p":                  {Kind: SSH, Host: "fe80", Path: ":1:p"},
		"c:x":                        {Kind: SSH, Host: "c", Path: "x"},
		"ssh://host:2222/~/":         {Kind: SSH, Host: "host", Port: 2222},
		"ssh://host/":                {Kind: SSH, Host: "host", Path: "/"},
		"ssh://host/p":               {Kind: SSH, Host: "host", Path: "/p"},
		"SSH://host//p":              {Kind: SSH, Host: "host", Path: "//p"},
		"ssh://host/~":               {Kind: SSH, Host: "host"},
		"ssh://host/~/x":             {Kind: SSH, Host: "host", Path: "x"},
		"ssh://host/%7E/x":           {Kind: SSH, Host: "host", Path: "/~/x"},
		"ssh://host/a%20b%25?#":      {Kind: SSH, Host: "host", Path: "/a b%?#"},
		"ssh://u@host:2222/p":        {Kind: SSH, User: "u", Host: "host", Port: 2222, Path: "/p"},
		"ssh://[::1]:22/~/p":         {Kind: SSH, Host: "::1", Port: 22, Path: "p"},
		"ssh://[fe80::1%25e]/p":      {Kind: SSH, Host: "fe80::1%e", Path: "/p"},
		"sftp://u%40d@host:22/~/p/":  {Kind: SFTP, User: "u@d", Host: "host", Port: 22, Path: "p"},
		"sftp://host/~/~x":           {Kind: SFTP, Host: "host", Path: "./~x"},
		"sftp://xn--bcher-kva.de/~/": {Kind: SFTP, Host: "xn--bcher-kva.de"},
		"bücher:p":                   {Kind: SSH, Host: "bücher", Path: "p"},
	} {
		got, err := parseTarget(spec, false)
		if err != nil || got != want {
			t.Errorf("%q: got %+v, %v; want %+v", spec, got, err, want)
			continue
		}
		back, err := parseTarget(got.String(), false)
		if err != nil || back != want {
			t.Errorf("%q: %q reads back as %+v, %v", spec, got.String(), back, err)
		}
	}
}

func TestParseTargetRefuses(t *testing.T) {
	for spec, want := range map[string]string{
		"":                           "empty name",
		"a\x00b":                     "NUL",
		":p":                         "empty host",
		"@host:p":                    "empty user",
		"u@:p":                       "empty host",
		"-oProxyCommand=x:p":         "looks like an option",
		"u@-oProxyCommand=x:p":       "looks like an option",
		"-lroot@host:p":              "looks like an option",
		"ssh://-oProxyCommand=x/p":   "looks like an option",
		"ssh://%2doProxyCommand=x/p": "looks like an option",
		"ssh://%2dl@host/p":          "looks like an option",
		"ho\nst:p":                   "no host name",
		"ho st:p":                    "no host name",
		"h$(x):p":                    "no host name",
		"h;x:p":                      "no host name",
		"u`x`@h:p":                   "no user name",
		"u\x1b@h:p":                  "no user name",
		"[::1:p":                     "]:",
		"[::1]x:p":                   "]:",
		"ssh://[::1/p":               `"]"`,
		"ssh://[::1]x/p":             "after the address",
		"ssh:///p":                   "empty host",
		"ssh://h:0/p":                "port",
		"ssh://h:65536/p":            "port",
		"ssh://h:x/p":                "port",
		"ssh://u:secret@h/p":         "password",
		"ssh://h":                    "no path",
		"ssh://u@h:2222":             "no path",
		"ssh://[::1]":                "no path",
		"sftp://h":                   "no path",
		"ssh://h/%zz":                "escape",
		"ssh://h/%00":                "NUL",
		"ssh://h/~bob/x":             "another user",
		"h:~bob/x":                   "another user",
		"rsync://h/x":                "unknown scheme",
		"https://h/x":                "unknown scheme",
	} {
		if got, err := parseTarget(spec, false); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %+v, %v; want an error with %q", spec, got, err, want)
		}
	}
}

func TestParseTargetOnWindows(t *testing.T) {
	for spec, want := range map[string]Target{
		`C:\x`:      {Path: `C:\x`},
		"c:x":       {Path: "c:x"},
		`d\a:b`:     {Path: `d\a:b`},
		"cc:x":      {Kind: SSH, Host: "cc", Path: "x"},
		"u@c:x":     {Kind: SSH, User: "u", Host: "c", Path: "x"},
		"ssh://c/~": {Kind: SSH, Host: "c"},
	} {
		if got, err := parseTarget(spec, true); err != nil || got != want {
			t.Errorf("%q: got %+v, %v; want %+v", spec, got, err, want)
		}
	}
}

func FuzzParseTarget(f *testing.F) {
	for _, spec := range []string{"a", "u@h:p", "ssh://u@h:1/~/p%20", "sftp://[::1]/", "[::1]:~/x", "h:./~x/", "u%40@h:/~"} {
		f.Add(spec)
	}
	f.Fuzz(func(t *testing.T, spec string) {
		got, err := ParseTarget(spec)
		if err != nil {
			return
		}
		if got.Kind != Local && (got.Host == "" || got.Host[0] == '-' || strings.HasPrefix(got.User, "-") ||
			strings.ContainsAny(got.Host+got.User, "\n\x1b '$")) {
			t.Fatalf("%q: unsafe %+v", spec, got)
		}
		if back, err := ParseTarget(got.String()); err != nil || back != got {
			t.Fatalf("%q: %+v is %q, which reads back as %+v, %v", spec, got, got.String(), back, err)
		}
	})
}
