package command

import (
	"strconv"
	"strings"

	"latus/remote"
	"latus/ui"
)

// typed is a command of latus about a tree as it is to be typed here: over ssh, where the
// tree is on another host. "" where no latus is on that host.
func typed(spec, command string, args ...string) string {
	t, err := remote.ParseTarget(spec)
	if err != nil || t.Kind == remote.SFTP {
		return ""
	}
	words := append([]string{spec}, args...)
	if t.Kind == remote.Local {
		words[0] = ui.NoFlag(spec)
		return "latus " + command + " " + strings.Join(quoted(words), " ")
	}
	if words[0] = ui.NoFlag(t.Path); t.Path == "" {
		words[0] = "."
	}
	host, port := t.Host, ""
	if t.User != "" {
		host = t.User + "@" + host
	}
	if t.Port != 0 {
		port = "-p " + strconv.Itoa(t.Port) + " "
	}
	// Two shells read these: the one here, and that of the host.
	return "ssh " + port + ui.Word(host, "HOST") + " latus " + command + " " + strings.Join(quoted(quoted(words)), " ")
}

// shown is a command about a tree as it stands in a sentence.
func shown(spec, command string, args ...string) string {
	return "`" + typed(spec, command, args...) + "`"
}

// shownWords is a command of latus that is about no tree.
func shownWords(words ...string) string {
	return "`" + "latus " + strings.Join(quoted(words), " ") + "`"
}

func quoted(words []string) []string {
	qs := make([]string, len(words))
	for i, w := range words {
		qs[i] = ui.Word(w, "NAME")
	}
	return qs
}

// commanding is typed for the trees of a run.
func commanding(specs []string) func(tree int, command string, args ...string) string {
	return func(tree int, command string, args ...string) string {
		if tree < 0 || tree >= len(specs) {
			return ""
		}
		return typed(specs[tree], command, args...)
	}
}
