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
package index
