package ssh

import (
	"fmt"
	"os/exec"
	"strings"
	"time"
)

// systemSSH is the command that reaches a host with the ssh of the system, which
// can do all that ssh_config may ask for; nil if there is none.
func systemSSH(c *Config, o Options) []string {
	ssh, err := exec.LookPath("ssh")
	if err != nil {
		return nil
	}
	words := []string{ssh, "-T"}
	option := func(name, value string) { words = append(words, "-o", name+"="+value) }
	if o.SSHConfig != "" {
		words = append(words, "-F", o.SSHConfig)
	}
	if o.KnownHosts != "" {
		option("UserKnownHostsFile", `"`+strings.ReplaceAll(o.KnownHosts, "%", "%%")+`"`)
	}
	for _, file := range o.Identity {
		words = append(words, "-i", file)
	}
	if o.Batch {
		option("BatchMode", "yes")
	}
	if c.ConnectTimeout == 0 {
		limit := o.Timeout
		if limit == 0 {
			limit = defaultTimeout
		}
		option("ConnectTimeout", (limit + time.Second - 1).Truncate(time.Second).String())
	}
	if o.Timeout > 0 {
		interval, _ := pulse(c, o.Timeout)
		interval = max(interval.Truncate(time.Second), time.Second) // nothing less can be said
		option("ServerAliveInterval", fmt.Sprint(interval.Seconds()))
		option("ServerAliveCountMax", fmt.Sprint(int((o.Timeout+interval-1)/interval)))
	}
	return words
}

// wantsGSSAPI tells whether a host that did not let us in might do so by the means
// of Kerberos, which the files ask for and this client does not know.
func (c *Config) wantsGSSAPI(err *AuthError) bool {
	if !c.GSSAPI {
		return false
	}
	for _, method := range err.Methods {
		if strings.HasPrefix(method, "gssapi-") {
			return true
		}
	}
	return false
}
