package index

// Intent is a plan line: what is about to be done to one path, written and
// synced before the disk is touched, so that a killed run can be finished. It is
// settled by Tx.Done (new content is in place) or Tx.Settle (it was dropped).
type Intent struct {
	Op     string // as plan.Op names it
	Path   Path
	From   Path    // where the content comes from when it is renamed within the tree
	Gen    GenID   // the display that is being installed
	Hash   Hash    // of the staged content, if known
	Staged string  // name in staging/, "" if nothing was staged
	New    Witness // how the new version looks: kind, mode, size, mtime, inode
	Old    Witness // what the disk showed at Path before
	Trash  string  // where the old version goes, a path below .latus/trash; "" if there is none
	Run    string
}
