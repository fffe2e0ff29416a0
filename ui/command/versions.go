package command

import (
	"strconv"
	"time"

	"latus/index"
	"latus/sync/replica"
	"latus/sync/trash"
	"latus/ui"
)

// A file's versions are numbered for people: 1 is what stands in the tree, the
// rest lie in the trash, the one displaced last first.

// older are the versions of p in the trash, number 2 first.
func older(t *trash.Trash, p index.Path) []trash.Item {
	var its []trash.Item
	for _, it := range t.Items() {
		if it.Path == p {
			its = append(its, it)
		}
	}
	return its
}

// versionTable lists what there is of p; nothing for what was never a file.
func (s *Session) versionTable(spec string, p index.Path, zone *time.Location) error {
	path, err := localTree(spec)
	if err != nil {
		return err
	}
	now, err := replica.ReadWitness(path, p)
	if err != nil {
		return err
	}
	return withTrash(spec, func(tr *trash.Trash) error {
		t := ui.Table{Columns: []ui.Column{{Title: "VERSION", Right: true}, {Title: "SIZE", Right: true}, {Title: "OF", Whole: true}, {Title: "WHERE", Whole: true}, {Title: "WHY", Spare: true}}}
		if now.Kind == index.File || now.Kind == index.Link {
			t.Add("1", ui.Bytes(now.Size), ui.Moment(now.Mtime, zone), "in the tree", "")
		}
		for i, it := range older(tr, p) {
			t.Add(strconv.Itoa(i+2), ui.Bytes(it.Size), ui.Moment(it.Mtime, zone),
				"in the trash since "+ui.Moment(it.At, zone), ui.Safe(it.Why))
		}
		if len(t.Rows) == 0 {
			return nil
		}
		return t.Print(s.Screen.Out, s.Screen.OutWidth())
	})
}
