package localpg

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// account is whom the server runs as.
type account struct {
	name string
	cred *syscall.Credential // nil: as the caller
}

// chooseAccount decides whom the server in dir runs as. Only root has a choice:
// the owner of the cluster that is there, else wanted, else the usual names.
func chooseAccount(dir, wanted string) (account, error) {
	if os.Geteuid() != 0 {
		return account{name: "uid " + strconv.Itoa(os.Geteuid())}, nil
	}
	if wanted == "" {
		fi, err := os.Lstat(filepath.Join(dir, "data"))
		if err == nil {
			st, ok := fi.Sys().(*syscall.Stat_t)
			if ok && st.Uid != 0 {
				return account{
					name: "uid " + strconv.FormatUint(uint64(st.Uid), 10),
					cred: &syscall.Credential{Uid: st.Uid, Gid: st.Gid},
				}, nil
			}
		}
	}
	names := []string{"postgres", "nobody"}
	if wanted != "" {
		names = []string{wanted}
	}
	for _, name := range names {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
		gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
		if err := errors.Join(err1, err2); err != nil {
			return account{}, fmt.Errorf("ids of user %s: %w", name, err)
		}
		if uid == 0 {
			return account{}, fmt.Errorf("user %s is root, as which PostgreSQL refuses to run", name)
		}
		return account{name: name, cred: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}, nil
	}
	return account{}, fmt.Errorf("PostgreSQL refuses to run as root and none of the users %q exists: add one with \"useradd --system postgres\" or run as an ordinary user", names)
}

// own gives path to the account, which is a no-op when the server runs as the caller.
func (a account) own(path string) error {
	if a.cred == nil {
		return nil
	}
	return os.Lchown(path, int(a.cred.Uid), int(a.cred.Gid))
}

// command prepares a program to run as the account, in dir, with an environment
// that no PG… variable of the caller reaches.
func (a account) command(ctx context.Context, dir, program string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir = dir
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "LC_ALL=C", "TZ=UTC"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: a.cred}
	return cmd
}

// checkReach makes sure that the account can get to dir, opening only dir itself
// to it (passing through, not reading), never its parents.
func (a account) checkReach(ctx context.Context, bin binaries, dir string) error {
	if a.cred == nil {
		return nil
	}
	if err := os.Chmod(dir, 0o711); err != nil { //nolint:gosec // passing through is the point
		return fmt.Errorf("let user %s pass through %s: %w", a.name, dir, err)
	}
	out, err := a.command(ctx, dir, bin.path("postgres"), "--version").CombinedOutput()
	if err == nil {
		return nil
	}
	if closed := a.firstClosed(dir); closed != "" {
		return a.cannotEnter(closed, dir)
	}
	return fmt.Errorf("run PostgreSQL as user %s in %s: %w %s", a.name, dir, err, out)
}

func (a account) cannotEnter(closed, dir string) error {
	return fmt.Errorf("PostgreSQL does not run as root, and user %s cannot enter %s on the way to %s: choose a directory elsewhere, for example data_dir /var/lib/consigliere, "+
		"or let users pass through with \"chmod o+x %s\", or set database.url", a.name, closed, dir, closed)
}

// CheckDir tells whether a private server could live in dir, which need not exist, and
// changes nothing. Start opens dir itself to the server's user, but none of its parents.
func CheckDir(dir string) error {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return fmt.Errorf("look at the private PostgreSQL's directory: %w", err)
	}
	there := dir
	for {
		fi, err := os.Stat(there)
		if err == nil && !fi.IsDir() {
			return fmt.Errorf("%s on the way to %s is no directory: choose another data_dir", there, dir)
		}
		if err == nil || there == filepath.Dir(there) {
			break
		}
		there = filepath.Dir(there)
	}
	if err := syscall.Access(there, writeAndEnter); err != nil {
		return fmt.Errorf("this user may not write to %s, where the private PostgreSQL's directory %s is to be: choose another data_dir or change its owner", there, dir)
	}
	who, err := chooseAccount(dir, "")
	if err != nil {
		return fmt.Errorf("private PostgreSQL in %s: %w", dir, err)
	}
	if who.cred == nil {
		return nil
	}
	if there == dir {
		there = filepath.Dir(dir)
	}
	if closed := who.firstClosed(there); closed != "" {
		return who.cannotEnter(closed, dir)
	}
	return nil
}

const writeAndEnter = 2 | 1 // W_OK and X_OK of access(2)

// firstClosed is the topmost directory on the way to dir that the account cannot
// pass, judged by its permission bits, or "".
func (a account) firstClosed(dir string) string {
	closed := ""
	for d := dir; ; d = filepath.Dir(d) {
		fi, err := os.Stat(d)
		if err == nil {
			st, ok := fi.Sys().(*syscall.Stat_t)
			mode := fi.Mode().Perm()
			switch {
			case !ok:
			case st.Uid == a.cred.Uid && mode&0o100 != 0:
			case st.Uid != a.cred.Uid && st.Gid == a.cred.Gid && mode&0o010 != 0:
			case st.Uid != a.cred.Uid && st.Gid != a.cred.Gid && mode&0o001 != 0:
			default:
				closed = d
			}
		}
		if d == filepath.Dir(d) {
			return closed
		}
	}
}
