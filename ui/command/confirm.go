package command

import (
	"context"
	"errors"
	"strings"

	"latus/remote"
)

// errDeclined ends a run whose plan was shown and not wanted.
var errDeclined = errors.New("not confirmed: nothing was changed")

// confirmation asks whether the plans that were shown shall be carried out. Only a
// plain yes is one.
func confirmation(asker remote.Asker) func(context.Context) error {
	return func(ctx context.Context) error {
		answer, err := asker.Line(ctx, "carry this out? [y/N] ")
		if err != nil {
			return err
		}
		switch strings.ToLower(strings.TrimSpace(answer)) {
		case "y", "yes":
			return nil
		}
		return errDeclined
	}
}
