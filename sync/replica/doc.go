// Package replica is one tree taking part in runs: on this machine, or at any peer.Site.
//
// Replica is the peer.Replica that a run asks and tells: it greets, scans, authors what
// changed, merges what others know, plans, carries the plan out, and hands out content. The
// folder .latus of its tree is its memory; no other process writes there. Package site opens it.
//
// Besides, there is what concerns one tree alone. What begins with Read, and OpenTrash, only
// looks, and needs no lock. Verify, Resolve, GiveUp, Undo, Restore, RestoreBelow, Purge, Forget
// and Allow take the lock of the tree. What they change in it reaches the other trees with the
// next runs.
//
// What a replica does in a run shows in the stories of package sync, on trees in memory. The tests
// here are about directories of this machine: where a tree can be and who it is, what others may
// do to it, and what can be seen of it, and done to it, without a run.
//
// # Where to find what
//
// What a Replica is, and holds: replica, state, options. Then the files in the order in which a
// run comes to them:
//
//   - Opened, locked and loaded: opening, home, loading, keep, recovered; withdraw takes back what
//     was made.
//   - Who it is, and what others may do: greet, early, identity, access, nested, unwritable.
//   - What its filesystem can do, could before, and cannot keep: filesystem, carried, formers.
//   - Look: scanning, look, lookahead, notices, ignorefaults; and what is authored then: author,
//     lost, mirrordirs.
//   - Telling others, and merging what they tell: delta, merging, taking, pieces; into merged and
//     overlay, the index as it will be. What is decided meanwhile: decide, mirror, nameof.
//   - Content that is not the same everywhere: contents, unlike.
//   - The plan, and what has to be known for it: propose, exposes, unignored, bases, hash, answer,
//     change.
//   - Carrying it out, and writing down that it was: apply, runlog, tick, met, collect.
//   - Content for others: content.
//
// And what there is about one tree alone:
//
//   - To look at: status, conflict, peers (Forget, too).
//   - Decided like a run, about some paths: settle with resolve; undo with undofind; narrowed is
//     what keeps a plan to these paths.
//   - With the trash: restore, restorebelow, purge.
//   - Reading everything: verify, verifier, verifytrash, repair.
//   - To be told of changes: watching.
package replica
