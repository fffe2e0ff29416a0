package command

import (
	"context"
	"debug/elf"
	"debug/macho"
	"debug/pe"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"

	"latus/remote"
	"latus/ui"
)

// install puts a latus on the host and has it used from now on.
func (r *remoteTree) install(ctx context.Context) error {
	p, err := r.conn.Platform(ctx)
	if err != nil {
		return installHint(err)
	}
	s := r.trees.session
	file, err := programFor(p, r.trees.o.latusPath)
	if err != nil {
		return err
	}
	program, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	path, err := r.conn.Install(ctx, program, s.Version)
	if err != nil {
		return installHint(err)
	}
	r.notice(fmt.Sprintf("put a latus there (%s, %s)", p, ui.Bytes(int64(len(program)))))
	r.latus = path
	return nil
}

// programFor finds a latus that runs on p: the one that --latus-path names, this
// one, or one beside it as a release has them.
func programFor(p remote.Platform, named string) (string, error) {
	if info, err := os.Stat(named); named != "" && err == nil && info.Mode().IsRegular() {
		if got, ok := platformOfFile(named); !ok || got != p && !unmarked(got, p) {
			return "", advise(fmt.Errorf("%s does not run on %s", named, p), "name a latus that was built with "+buildFor(p))
		}
		return named, nil
	}
	self, err := os.Executable()
	if err != nil {
		return "", err
	}
	if p == (remote.Platform{OS: runtime.GOOS, Arch: runtime.GOARCH}) {
		return self, nil
	}
	if real, err := filepath.EvalSymlinks(self); err == nil {
		self = real
	}
	dir := filepath.Dir(self)
	// A package has them in lib.
	for _, at := range []string{dir, filepath.Dir(dir), filepath.Join(filepath.Dir(dir), "lib", "latus")} {
		for _, pattern := range []string{
			fmt.Sprintf("latus[-_]%s[-_]%s*", p.OS, p.Arch),
			fmt.Sprintf("latus*[-_]%s[-_]%s*/latus*", p.OS, p.Arch),
			fmt.Sprintf("%s[-_]%s/latus*", p.OS, p.Arch),
		} {
			names, _ := filepath.Glob(filepath.Join(at, pattern))
			for _, name := range names {
				if got, ok := platformOfFile(name); ok && got == p {
					return name, nil
				}
			}
		}
	}
	return "", advise(fmt.Errorf("there is no latus for %s to put on the host", p),
		fmt.Sprintf("build one with `%s go build -o FILE .` and add --latus-path FILE; without --install the host is reached over SFTP", buildFor(p)))
}

func buildFor(p remote.Platform) string {
	return fmt.Sprintf("CGO_ENABLED=0 GOOS=%s GOARCH=%s", p.OS, p.Arch)
}

// unmarked tells whether a file that shows to be of got may be one of p all the same: Go
// marks no file as DragonFly's.
func unmarked(got, p remote.Platform) bool {
	return p.OS == "dragonfly" && got.OS == "linux" && got.Arch == p.Arch
}

// platformOfFile tells what a program was made for.
func platformOfFile(name string) (p remote.Platform, ok bool) {
	if f, err := elf.Open(name); err == nil {
		defer f.Close()
		p.Arch = map[elf.Machine]string{
			elf.EM_X86_64: "amd64", elf.EM_AARCH64: "arm64", elf.EM_ARM: "arm", elf.EM_386: "386",
			elf.EM_RISCV: "riscv64", elf.EM_PPC64: "ppc64le", elf.EM_S390: "s390x", elf.EM_LOONGARCH: "loong64",
		}[f.Machine]
		p.OS = map[elf.OSABI]string{
			elf.ELFOSABI_NONE: "linux", elf.ELFOSABI_LINUX: "linux", elf.ELFOSABI_FREEBSD: "freebsd",
			elf.ELFOSABI_NETBSD: "netbsd", elf.ELFOSABI_OPENBSD: "openbsd",
		}[f.OSABI]
		return p, p.Arch != "" && p.OS != ""
	}
	if f, err := macho.Open(name); err == nil {
		defer f.Close()
		p.OS, p.Arch = "darwin", map[macho.Cpu]string{macho.CpuAmd64: "amd64", macho.CpuArm64: "arm64"}[f.Cpu]
		return p, p.Arch != ""
	}
	if f, err := pe.Open(name); err == nil {
		defer f.Close()
		p.OS = "windows"
		p.Arch = map[uint16]string{pe.IMAGE_FILE_MACHINE_AMD64: "amd64", pe.IMAGE_FILE_MACHINE_ARM64: "arm64"}[f.Machine]
		return p, p.Arch != ""
	}
	return p, false
}

// installHint adds what to do about an InstallError.
func installHint(err error) error {
	var failed *remote.InstallError
	if !errors.As(err, &failed) {
		return err
	}
	const otherwise = "; without --install the host is reached over SFTP"
	switch failed.Step {
	case remote.StepPlatform:
		return advise(err, "install latus there by hand, or leave out --install to reach the host over SFTP")
	case remote.StepFolder:
		return advise(err, "see who owns ~/.cache on the host and whether it can be written to"+otherwise)
	case remote.StepWrite:
		return advise(err, "see whether there is room in the home on the host"+otherwise)
	case remote.StepCheck:
		return advise(err, "try again; if it stays so the disk of the host is not to be trusted"+otherwise)
	case remote.StepRun:
		return advise(err, "the home may be mounted noexec: put a latus where programs may run and name it with --latus-path"+otherwise)
	}
	return advise(err, "try again"+otherwise)
}
