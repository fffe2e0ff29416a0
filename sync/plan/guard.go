package plan

import "fmt"

// Limit is how much of a tree may go at once. The zero value is the default:
// refuse when more than half of the files and at least 25 would go.
type Limit struct {
	Off     bool
	Count   int     // more than this many; with Set
	Percent float64 // more than this share of the files, 0–100; with Set and Count 0
	Set     bool
}

// MassDeletion is the error of Guard.
type MassDeletion struct {
	Files  int // files and links the tree holds
	Losses int // of these, how many would go
}

func (e *MassDeletion) Error() string {
	return fmt.Sprintf("%d of %d files would be deleted", e.Losses, e.Files)
}

// Guard returns a *MassDeletion if a tree of so many files may not lose so many.
func Guard(files, losses int, limit Limit) error {
	var refuse bool
	switch {
	case limit.Off:
	case limit.Set && limit.Count > 0:
		refuse = losses > limit.Count
	case limit.Set:
		refuse = float64(losses)*100 > limit.Percent*float64(files)
	default:
		refuse = losses >= 25 && losses*2 > files
	}
	if refuse {
		return &MassDeletion{Files: files, Losses: losses}
	}
	return nil
}
