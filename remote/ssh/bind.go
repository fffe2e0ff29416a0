package ssh

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
)

// direct connects to c itself, from the address that ssh_config binds to, if any.
func (d *dialer) direct(c *Config) (net.Conn, error) {
	network := cmp.Or(map[string]string{"inet": "tcp4", "inet6": "tcp6"}[c.AddressFamily], "tcp")
	if c.BindAddress == "" {
		return new(net.Dialer).DialContext(d.patience.ctx, network, tcpAddr(c))
	}
	ctx := d.patience.ctx
	from, err := bindAddresses(ctx, network, c.BindAddress)
	if err != nil {
		return nil, fmt.Errorf("BindAddress %s: %w", c.BindAddress, err)
	}
	var failed error // as far as possible, not that an address is of another family than the host's
	for _, addr := range from {
		dial := net.Dialer{LocalAddr: addr}
		conn, err := dial.DialContext(ctx, network, tcpAddr(c))
		if err == nil {
			return conn, nil
		}
		if misfit := (*net.AddrError)(nil); failed == nil || !errors.As(err, &misfit) {
			failed = err
		}
	}
	return nil, failed
}

// bindAddresses are the addresses of this machine that a BindAddress means: one, or those
// of a name that fit the network. Each leads to hosts of its own family only.
func bindAddresses(ctx context.Context, network, name string) ([]*net.TCPAddr, error) {
	found, err := net.DefaultResolver.LookupIPAddr(ctx, name)
	if err != nil {
		return nil, err
	}
	var fit []*net.TCPAddr
	for _, a := range found {
		four := a.IP.To4() != nil
		if network == "tcp4" && !four || network == "tcp6" && four {
			continue
		}
		fit = append(fit, &net.TCPAddr{IP: a.IP, Zone: a.Zone})
	}
	if len(fit) == 0 {
		return nil, fmt.Errorf("no address for AddressFamily %s", map[string]string{"tcp4": "inet", "tcp6": "inet6"}[network])
	}
	return fit, nil
}
