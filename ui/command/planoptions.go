package command

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/urfave/cli/v2"

	"latus/remote"
	"latus/sync/site"
)

// planOptions are the options of a plan: those that shape it, and those that lead
// to its trees.
type planOptions struct {
	OneWay     bool     `json:"one_way,omitempty"`
	Mirror     bool     `json:"mirror,omitempty"`
	Conflict   string   `json:"conflict"`
	Patterns   []string `json:"patterns,omitempty"` // gitignore syntax, "!p" for --include p
	Checksum   bool     `json:"checksum,omitempty"`
	HardLinks  bool     `json:"hard_links,omitempty"`
	Owner      bool     `json:"owner,omitempty"`
	Xattrs     bool     `json:"xattrs,omitempty"`
	MaxDelete  string   `json:"max_delete,omitempty"`
	Join       bool     `json:"join,omitempty"`
	Bandwidth  string   `json:"bwlimit,omitempty"`
	Compress   string   `json:"compress"`
	Rsh        string   `json:"rsh,omitempty"`
	LatusPath  string   `json:"latus_path,omitempty"`
	Port       int      `json:"port,omitempty"`
	Identity   string   `json:"identity,omitempty"`
	SSHConfig  string   `json:"ssh_config,omitempty"`
	KnownHosts string   `json:"known_hosts,omitempty"`
	Timeout    string   `json:"timeout,omitempty"`
}

// record makes of the flags what can be used from any directory.
func (o *syncOptions) record() (planOptions, error) {
	p := planOptions{
		OneWay: o.oneWay, Mirror: o.mirror, Conflict: o.conflict.value, Patterns: o.patterns.list,
		Checksum: o.checksum, HardLinks: o.hardLinks, Owner: o.owner, Xattrs: o.xattrs, MaxDelete: o.maxDelete.text, Join: o.join, Bandwidth: o.bandwidth.text,
		Compress: o.compress.value, Rsh: o.rsh, LatusPath: o.latusPath, Port: o.port.value, Timeout: o.timeout.text,
	}
	for _, file := range []struct {
		to   *string
		name string
	}{{&p.Identity, o.identity}, {&p.SSHConfig, o.sshConfig}, {&p.KnownHosts, o.knownHosts}} {
		if file.name == "" || strings.HasPrefix(file.name, "~") || file.name == "none" {
			*file.to = file.name
			continue
		}
		abs, err := site.FindFile(file.name)
		if err != nil {
			return p, err
		}
		*file.to = abs
	}
	for _, s := range append([]string{p.Rsh, p.LatusPath, p.Identity, p.SSHConfig, p.KnownHosts}, p.Patterns...) {
		if !utf8.ValidString(s) {
			return p, noUTF8(s)
		}
	}
	return p, nil
}

func noUTF8(s string) error {
	err := usage("%q is no UTF-8: a plan cannot hold it", s)
	err.hint = "use another name, or latus sync --confirm"
	return err
}

// use sets flags as they were recorded, and checks them as if they were typed.
func (p *planOptions) use(o *syncOptions) error {
	o.oneWay, o.mirror, o.checksum, o.join = p.OneWay, p.Mirror, p.Checksum, p.Join
	o.patterns.record(p.Patterns)
	o.hardLinks, o.owner, o.xattrs = p.HardLinks, p.Owner, p.Xattrs
	o.rsh, o.latusPath = p.Rsh, p.LatusPath
	o.identity, o.sshConfig, o.knownHosts = p.Identity, p.SSHConfig, p.KnownHosts
	port := ""
	if p.Port != 0 {
		port = strconv.Itoa(p.Port)
	}
	for _, flag := range []struct {
		name string
		to   cli.Generic
		text string
	}{
		{"conflict", &o.conflict, p.Conflict}, {"compress", &o.compress, p.Compress},
		{"max_delete", &o.maxDelete, p.MaxDelete}, {"bwlimit", &o.bandwidth, p.Bandwidth},
		{"timeout", &o.timeout, p.Timeout}, {"port", &o.port, port},
	} {
		if flag.text == "" && flag.to.String() == "" {
			continue // it was not given
		}
		if err := flag.to.Set(flag.text); err != nil {
			return fmt.Errorf("%s: %w", flag.name, err)
		}
	}
	return o.contradiction()
}

// namesAnywhere is how a tree is named in a plan: so that it is the same one wherever
// the plan is applied.
func namesAnywhere(specs []string) ([]string, error) {
	targets, err := parseTargets(specs)
	if err != nil {
		return nil, err
	}
	names := make([]string, len(specs))
	for i, t := range targets {
		names[i] = specs[i]
		if t.Kind == remote.Local {
			folder, err := site.Find(t.Path)
			if err != nil {
				return nil, err
			}
			names[i] = folder.Path
		}
		if !utf8.ValidString(names[i]) {
			return nil, noUTF8(names[i])
		}
	}
	return names, nil
}

// strictly reads one JSON value that is all there is, with no field but those of v.
func strictly(text []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return errors.New("something comes after it")
	}
	return nil
}
