package index

// RunStart opens a run in the merge log.
type RunStart struct {
	Run     string   // names the run: 20261122-131405-1a2b (UTC and four random digits)
	Time    int64    // nanoseconds since 1970 UTC
	Command string   // sync, resolve, undo, …
	Of      string   // the run that an undo put back
	With    []string // names of the other trees
	Peers   []PeerID
	Host    string
	Version string
}

// Record is one action that was applied.
type Record struct {
	Run    string
	Time   int64
	Op     string // as plan.Op names it
	Path   Path
	From   Path
	Kind   Kind
	Size   int64
	Mtime  int64
	Mode   uint32
	Owner  IDs   // zero: the run did not look at owners
	Attrs  Attrs // "": nor at extended attributes
	Hash   Hash
	Gen    GenID  // the version that was installed
	OldGen GenID  // the version that was displaced
	Trash  string // id of the displaced version in the trash
	Author string // name of the tree that authored the version, if known
	Why    string
	Target string // of the link that was installed
	Was    Former // what stood at Path; Kind Absent: nothing, or an older log does not tell
	Took   Former // what stood at From, of a move
	Along  bool   // a directory's move took it along: no action of its own
}

// Former is what a run found at a path and took away, or made another of.
type Former struct {
	Kind   Kind
	Gen    GenID // of Took; that of Was is OldGen
	Size   int64
	Mtime  int64
	Mode   uint32
	Owner  IDs    // zero: nobody looked
	Attrs  Attrs  // "": nobody looked
	Target string // of a link
}

// How a run of a log ended, in RunEnd.Exit: with the exit code of its command.
const (
	ExitOK          = 0   // all was done
	ExitFatal       = 1   // it was cut off by an error
	ExitLeft        = 3   // some paths were left
	ExitInterrupted = 130 // somebody stopped it
)

// RunEnd closes a run in the merge log. A run without one was killed.
type RunEnd struct {
	Run       string
	Time      int64
	Changes   int
	Conflicts int
	Problems  int
	Bytes     int64 // content that came from elsewhere
	Saved     map[string]int64
	Files     int64 // files and links in the tree then; 0: it was not noted
	Size      int64 // their bytes
	Exit      int   // as above
}

// LoggedRun is one run as read back from the merge log.
type LoggedRun struct {
	Start   RunStart
	Records []Record
	End     *RunEnd // nil: killed
}

// CommandRestore is the Command of a run that put a version from the trash back.
const CommandRestore = "restore"

// Restored tells whether the run was such a one: its record says, in Why, where the version
// came from.
func (l *LoggedRun) Restored() bool { return l.Start.Command == CommandRestore }
