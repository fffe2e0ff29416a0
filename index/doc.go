// Package index keeps what one tree knows of every path: the versions it has
// merged, how far the disk has got, and how the disk looked then.
//
// It promises three things. What one transaction says takes effect together or
// not at all, in memory and in the file, whenever the process or the machine
// stops. The file is JSON lines that people can read, each line vouching for
// all lines before it; what is damaged is cut off, said, and kept aside. And an
// index that has nothing new to say writes nothing.
//
// The package uses no clock and no randomness and knows no directory: files come
// from a Store. docs/index-format.md specifies them. Beside it in the Store is the merge log,
// of which package mergelog takes care.
//
// # Where to find what
//
//   - What an index is made of: path; head, which has versions, entries and witnesses as well;
//     attrs and owner; intent, floor, knowledge. Whether two are the same: equal, near. What a
//     tree tells of its knowledge: exchange, summary.
//   - Index itself: index, span; changed by tx, of which resolve works out what it comes to;
//     intents and sums are kept beside the entries.
//   - Entries in memory, which lie packed, many in a block: block, blocks; written by pack and
//     patch, read by unpack, with memory of arena.
//   - The file in a store: written by journal and compact, with encode and encodehead; read by
//     load and loadgroup, line by line with lines; table numbers generations for both, look is a
//     witness as a line has it, and damage is what becomes of lines that cannot be believed.
//   - A record, read from a line as it usually is: scanner, scanline, scanhead, scanlook; read
//     from any other JSON: fallback, fallbackentry, jsontypes, jsonlook.
package index
