// Latus makes directory trees equal, two or many, over SSH or on one machine.
package main

import "latus/internal/process"

// version is set by the linker.
var version string

func main() { process.Main(version) }
