package command

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/urfave/cli/v2"
)

func (s *Session) versionCommand() *cli.Command {
	return &cli.Command{
		Name:        "version",
		Usage:       "show the version",
		Description: "Example:\n  latus version",
		Action:      func(*cli.Context) error { return printVersion(s) },
	}
}

func printVersion(s *Session) error {
	_, err := fmt.Fprintf(s.Screen.Out, "latus %s (%s/%s, %s)\n", s.Version, runtime.GOOS, runtime.GOARCH, runtime.Version())
	return err
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
