package command

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/urfave/cli/v2"
)

func (s *Session) versionCommand() *cli.Command {
	return &cli.Command{
		Name:        "version",
		Usage:       "show the version",
		Description: "Example:\n  latus version",
		Action: func(c *cli.Context) error {
			if _, err := operands(c, 0, 0); err != nil {
				return err
			}
			return printVersion(s)
		},
	}
}

func printVersion(s *Session) error {
	what := []string{runtime.GOOS + "/" + runtime.GOARCH, runtime.Version()}
	if from := builtFrom(); from != "" {
		what = append(what, from)
	}
	_, err := fmt.Fprintf(s.Screen.Out, "latus %s (%s)\n", s.Version, strings.Join(what, ", "))
	return err
}

// source is the commit and its date as a release's linker was told: release tools
// keep the build from recording them.
var source string

// builtFrom is the commit and its date, as far as the build recorded them.
func builtFrom() string {
	if source != "" {
		return source
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	vcs := map[string]string{}
	for _, s := range info.Settings {
		vcs[s.Key] = s.Value
	}
	commit, when := vcs["vcs.revision"], vcs["vcs.time"]
	if commit == "" {
		return ""
	}
	text := "commit " + commit[:min(len(commit), 12)]
	if vcs["vcs.modified"] == "true" {
		text += " with changes"
	}
	if day, _, ok := strings.Cut(when, "T"); ok {
		text += " of " + day
	}
	return text
}

// versionOf is the version the linker was told, else what the build recorded.
func versionOf(linked string) string {
	if linked != "" {
		return linked
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return "dev"
}
