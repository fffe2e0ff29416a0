// Package e2e holds the tests of the whole program, and nothing else. They tell the
// stories in testdata/script, and run latus as people do: over a real sshd and over
// SFTP, on mounted filesystems and full disks, with signals, and with kills at any
// moment. Whether trees are equal they see without latus.
//
// They take minutes; -short leaves out the long ones. What a test needs and does not
// find it says when it skips.
package e2e
