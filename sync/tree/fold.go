package tree

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Fold maps names, or paths, that the filesystem takes for one to one text. nil: each is its
// own.
func (t Traits) Fold() func(name string) string {
	if !t.FoldsCase && !t.Normalizes {
		return nil
	}
	return t.fold
}

func (t Traits) fold(name string) string {
	ascii := true
	for i := 0; i < len(name); i++ {
		if name[i] >= 0x80 {
			ascii = false
			break
		}
	}
	if !ascii && t.Normalizes {
		name = norm.NFC.String(name)
	}
	if t.FoldsCase {
		if ascii {
			return strings.ToLower(name)
		}
		name = cases.Fold().String(name)
	}
	return name
}

// Legal tells whether a ValidName can be on the filesystem, apart from its length. nil: each can.
func (t Traits) Legal() func(name string) bool {
	if !t.DOSNames && !t.UTF8Names {
		return nil
	}
	return func(name string) bool {
		return (!t.DOSNames || legalDOS(name)) && (!t.UTF8Names || utf8.ValidString(name))
	}
}

// legalDOS tells whether FAT, NTFS and their kin can hold a name.
func legalDOS(name string) bool {
	if strings.ContainsAny(name, "\\:*?\"<>|") || strings.HasSuffix(name, " ") || strings.HasSuffix(name, ".") {
		return false
	}
	for i := 0; i < len(name); i++ {
		if name[i] < 0x20 {
			return false
		}
	}
	return !isDevice(name)
}

// isDevice tells whether Windows takes a name for a device: with any extension, and with spaces
// before it.
func isDevice(name string) bool {
	stem, _, _ := strings.Cut(strings.ToLower(name), ".")
	stem = strings.TrimRight(stem, " ")
	switch stem {
	case "con", "prn", "aux", "nul", "conin$", "conout$":
		return true
	}
	port, com := strings.CutPrefix(stem, "com")
	if !com {
		port, com = strings.CutPrefix(stem, "lpt")
	}
	switch port {
	case "1", "2", "3", "4", "5", "6", "7", "8", "9", "\u00b9", "\u00b2", "\u00b3":
		return com
	}
	return false
}
