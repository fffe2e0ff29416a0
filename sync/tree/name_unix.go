//go:build !windows

package tree

// forbidden are the bytes that no name can have.
const forbidden = "/\x00"
