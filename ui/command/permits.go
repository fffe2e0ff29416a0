package command

import (
	"errors"
	"fmt"
	"strings"

	"latus/sync/config"
	"latus/sync/replica"
	"latus/ui"
)

// permits are the values of peers --allow, in the order given; standard is --default
// among them.
type (
	permits  []replica.Permit
	standard permits
)

func (p *permits) String() string  { return "" }
func (p *standard) String() string { return "" }

func (p *permits) Set(s string) error {
	i := strings.LastIndexByte(s, '=')
	if i <= 0 {
		return errors.New("it is PEER=RIGHTS, as in laptop:documents=read,write")
	}
	one := replica.Permit{Peer: s[:i], Remove: s[i+1:] == "default"}
	if !one.Remove {
		var err error
		if one.May, err = config.ParseRights(s[i+1:]); err != nil {
			return err
		}
	}
	*p = append(*p, one)
	return nil
}

func (p *standard) Set(s string) error {
	may, err := config.ParseRights(s)
	if err == nil {
		*p = append(*p, replica.Permit{May: may})
	}
	return err
}

// allow changes what peers of a tree may do. Of whom it has not met it says what the
// name is good for.
func (s *Session) allow(spec, root string, may permits) error {
	met, err := replica.Allow(root, may, s.local(spec))
	var wrong *config.PeerError
	if errors.As(err, &wrong) {
		return advise(err, "name it by its id")
	}
	if err != nil {
		return err
	}
	for i, m := range may {
		if m.Peer != "" && !m.Remove && !met[i] {
			fmt.Fprintf(s.Screen.Err, "notice: %s has met no %s: this is for `latus serve --peer`\n", ui.Safe(spec), ui.Safe(m.Peer))
		}
	}
	return nil
}
