package localpg

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// oldestMajor is the oldest PostgreSQL that the schema works with (security_invoker views).
const oldestMajor = 15

// ErrNoPostgres is wrapped when the machine has no usable PostgreSQL; the error's
// text names the one command that installs it.
var ErrNoPostgres = errors.New("no usable PostgreSQL on this machine")

// binaries is one installed PostgreSQL.
type binaries struct {
	dir   string
	major int
}

func (b binaries) path(name string) string { return filepath.Join(b.dir, name) }

// Installed reports whether the machine has a PostgreSQL that Start can use; its
// error names the command that installs one.
func Installed(ctx context.Context) error {
	_, err := findBinaries(ctx, 0)
	return err
}

// findBinaries returns the newest installed PostgreSQL, or the one of exactly
// major when major is not 0: a cluster opens only with the version that made it.
func findBinaries(ctx context.Context, major int) (binaries, error) {
	var found []binaries
	var seen []string
	for _, dir := range binaryDirs() {
		b := binaries{dir: dir}
		if !executable(b.path("postgres")) || !executable(b.path("initdb")) {
			continue
		}
		v, err := majorVersion(ctx, b.path("postgres"))
		if err != nil {
			continue // a broken installation is as good as none
		}
		b.major = v
		found = append(found, b)
		seen = append(seen, strconv.Itoa(v))
	}
	usable := slices.DeleteFunc(found, func(b binaries) bool {
		return b.major < oldestMajor || major != 0 && b.major != major
	})
	switch {
	case len(usable) > 0:
		return slices.MaxFunc(usable, func(a, b binaries) int { return cmp.Compare(a.major, b.major) }), nil
	case major != 0:
		return binaries{}, fmt.Errorf("%w: the private database was made by version %d (installed: %s); install that version or move the data with pg_upgrade",
			ErrNoPostgres, major, cmp.Or(strings.Join(seen, ", "), "none"))
	case len(seen) > 0:
		return binaries{}, fmt.Errorf("%w: version %d or later is needed, installed: %s",
			ErrNoPostgres, oldestMajor, strings.Join(seen, ", "))
	default:
		osRelease, _ := os.ReadFile("/etc/os-release")
		return binaries{}, fmt.Errorf("%w: install it with %q", ErrNoPostgres, installCommand(string(osRelease)))
	}
}

// binaryDirs lists where packages put the server's binaries, then PATH. Debian
// and its kin keep them out of PATH.
func binaryDirs() []string {
	var dirs []string
	for _, pattern := range []string{
		"/usr/lib/postgresql/*/bin", // Debian, Ubuntu
		"/usr/pgsql-*/bin",          // postgresql.org's packages for Fedora and RHEL
		"/usr/lib/postgresql*/bin",  // openSUSE
		"/usr/libexec/postgresql*",  // Alpine
		"/opt/homebrew/opt/postgresql@*/bin",
		"/usr/local/opt/postgresql@*/bin",
	} {
		m, _ := filepath.Glob(pattern) // fails only on a malformed pattern
		dirs = append(dirs, m...)
	}
	if p, err := exec.LookPath("postgres"); err == nil {
		if p, err = filepath.EvalSymlinks(p); err == nil {
			dirs = append(dirs, filepath.Dir(p))
		}
	}
	slices.Sort(dirs)
	return slices.Compact(dirs)
}

func executable(path string) bool {
	fi, err := os.Stat(path)
	return err == nil && fi.Mode().IsRegular() && fi.Mode()&0o111 != 0
}

var versionPattern = regexp.MustCompile(`PostgreSQL\) (\d+)`)

func majorVersion(ctx context.Context, postgres string) (int, error) {
	out, err := exec.CommandContext(ctx, postgres, "--version").Output()
	if err != nil {
		return 0, fmt.Errorf("ask %s for its version: %w", postgres, err)
	}
	m := versionPattern.FindSubmatch(out)
	if m == nil {
		return 0, fmt.Errorf("%s --version says %q", postgres, out)
	}
	return strconv.Atoi(string(m[1]))
}

// clusterVersion is the major version that made the cluster in dir, 0 when there is none.
func clusterVersion(dir string) int {
	b, err := os.ReadFile(filepath.Join(dir, "data", "PG_VERSION"))
	if err != nil {
		return 0
	}
	v, _ := strconv.Atoi(strings.TrimSpace(string(b))) // unreadable: the server will say what is wrong
	return v
}

// installCommand is the command that installs PostgreSQL on the system that
// /etc/os-release describes.
func installCommand(osRelease string) string {
	var family string
	for line := range strings.Lines(osRelease) {
		k, v, _ := strings.Cut(strings.TrimSpace(line), "=")
		if k == "ID" || k == "ID_LIKE" {
			family += " " + strings.Trim(v, `"`)
		}
	}
	for _, c := range []struct{ id, command string }{
		{"debian", "apt-get install -y postgresql"},
		{"ubuntu", "apt-get install -y postgresql"},
		{"fedora", "dnf install -y postgresql-server"},
		{"rhel", "dnf install -y postgresql-server"},
		{"suse", "zypper install -y postgresql-server"},
		{"arch", "pacman -S --noconfirm postgresql"},
		{"alpine", "apk add postgresql"},
	} {
		if strings.Contains(family, c.id) {
			return c.command
		}
	}
	return "brew install postgresql@17"
}
