package command

import (
	"fmt"
	"io"
	"strings"
	"time"

	"latus/index"
	"latus/index/mergelog"
	"latus/sync/replica"
	"latus/sync/trash"
	"latus/ui"
)

// word is what can stand after a tree on a command line, and what it is about.
type word struct{ word, about string }

// treeWords are the commands that take a tree, and then something that only the tree
// knows.
var treeWords = map[string]func(root string) ([]word, error){
	"undo":          runWords,
	"resolve":       conflictWords,
	"restore":       trashPathWords,
	"trash restore": trashWords,
	"forget":        peerWords,
}

// completionWords prints, for a completion script, what can stand after a tree of a
// command: a word a line, a tab, and what it is about. What cannot be read has none;
// nobody wants to hear of that while typing.
func (s *Session) completionWords(command, tree string) error {
	list, ok := treeWords[command]
	if !ok {
		return nil
	}
	root, err := localTree(tree)
	if err != nil {
		return nil
	}
	words, err := list(root)
	if err != nil {
		return nil
	}
	var b strings.Builder
	for _, w := range words {
		if ui.Safe(w.word) == w.word { // else it cannot be typed
			fmt.Fprintf(&b, "%s\t%s\n", w.word, ui.Safe(w.about))
		}
	}
	_, err = io.WriteString(s.Screen.Out, b.String())
	return err
}

// mostWords is how many words are worth being looked through.
const mostWords = 1000

func runWords(root string) (words []word, err error) {
	err = replica.ReadLog(root, func(l mergelog.Run) bool {
		if len(l.Records) > 0 {
			words = append(words, word{l.Start.Run, fmt.Sprintf("%s, %s", l.Start.Command, ui.Count(int64(len(l.Records)), "change"))})
		}
		return len(words) < mostWords
	})
	return words, err
}

func conflictWords(root string) (words []word, err error) {
	list, err := replica.ReadConflicts(root)
	for _, c := range list {
		words = append(words, word{string(c.Path), ui.Count(int64(len(c.Versions)), "version")})
	}
	return words, err
}

func trashPathWords(root string) (words []word, err error) {
	seen := map[index.Path]bool{}
	err = eachInTrash(root, func(it trash.Item) {
		if !seen[it.Path] {
			seen[it.Path] = true
			words = append(words, word{string(it.Path), it.Why + ", " + ui.Moment(it.At, time.Local)})
		}
	})
	return words, err
}

func trashWords(root string) (words []word, err error) {
	err = eachInTrash(root, func(it trash.Item) {
		words = append(words, word{it.ID, string(it.Path) + ", " + it.Why})
	})
	if err != nil {
		return nil, err
	}
	paths, err := trashPathWords(root)
	return append(words, paths...), err
}

func eachInTrash(root string, fn func(trash.Item)) error {
	t, done, err := replica.OpenTrash(root)
	if err != nil {
		return err
	}
	defer done()
	for i, it := range t.Items() {
		if i == mostWords {
			break
		}
		fn(it)
	}
	return nil
}

func peerWords(root string) (words []word, err error) {
	peers, err := replica.ReadPeers(root)
	for _, p := range peers {
		if p.Retired == "" {
			words = append(words, word{p.Name, p.Host + ":" + p.Path})
		}
	}
	return words, err
}
