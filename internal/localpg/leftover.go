package localpg

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// pidFile is what a server says of itself in data/postmaster.pid.
type pidFile struct {
	pid   int
	port  int
	ready bool
}

func pidFilePath(dir string) string { return filepath.Join(dir, "data", "postmaster.pid") }

// readPidFile reads the status file, whose lines are: process id, data directory,
// start time, port, socket directory, listen address, shared memory key, status
// (PostgreSQL's miscadmin.h).
func readPidFile(dir string) (pidFile, error) {
	b, err := os.ReadFile(pidFilePath(dir))
	if err != nil {
		return pidFile{}, err
	}
	lines := strings.Split(string(b), "\n")
	var pf pidFile
	if pf.pid, err = strconv.Atoi(strings.TrimSpace(lines[0])); err != nil {
		return pidFile{}, fmt.Errorf("%s: %w", pidFilePath(dir), err)
	}
	if len(lines) >= 8 {
		pf.port, _ = strconv.Atoi(lines[3]) // 0 when half written: not ready then
		pf.ready = pf.port != 0 && strings.TrimSpace(lines[7]) == "ready"
	}
	return pf, nil
}

// isPostmaster reports whether process pid is the server of the cluster in dir.
// Process ids are used again, so a living process alone proves nothing.
func isPostmaster(pid int, dir string) bool {
	if pid <= 0 {
		return false
	}
	if err := syscall.Kill(pid, 0); err != nil && !errors.Is(err, syscall.EPERM) {
		return false
	}
	if _, err := os.Stat("/proc/self/cmdline"); err != nil {
		return true // no way to tell; take the file's word
	}
	cmdline, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	return err == nil && bytes.Contains(cmdline, []byte(filepath.Join(dir, "data")+"\x00"))
}

// stopLeftover deals with what a killed process left in dir, whose lock the
// caller holds: a server that still runs is stopped, the status file of a dead
// one whose process id now belongs to somebody else is removed (the server would
// refuse to start).
func stopLeftover(ctx context.Context, dir string, log *slog.Logger) error {
	pf, err := readPidFile(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err == nil && isPostmaster(pf.pid, dir):
		log.Info("stopping the private PostgreSQL that an earlier process left running", "dir", dir, "pid", pf.pid)
		return stopForeign(ctx, pf.pid, dir)
	}
	log.Info("removing the status file of a dead private PostgreSQL", "dir", dir)
	if err := os.Remove(pidFilePath(dir)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove the status file of a dead server: %w", err)
	}
	return nil
}

// stopForeign stops a server that is not our child, more firmly after a while.
func stopForeign(ctx context.Context, pid int, dir string) error {
	started := time.Now()
	firm := false
	if err := syscall.Kill(pid, syscall.SIGINT); err != nil && !errors.Is(err, syscall.ESRCH) {
		return fmt.Errorf("stop process %d: %w", pid, err)
	}
	tick := time.NewTicker(readyPoll)
	defer tick.Stop()
	for isPostmaster(pid, dir) {
		if !firm && time.Since(started) > 15*time.Second {
			firm = true
			_ = syscall.Kill(pid, syscall.SIGQUIT) // gone in between: the loop sees it
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("wait for process %d to end: %w", pid, ctx.Err())
		}
	}
	return nil
}

// sweepTempDirs removes temporary clusters whose process was killed. Only old
// ones: a young one may just be between its making and its lock.
func sweepTempDirs(ctx context.Context, log *slog.Logger) {
	dirs, _ := filepath.Glob(filepath.Join(os.TempDir(), tempDirPrefix+"*")) // the pattern is well formed
	for _, dir := range dirs {
		fi, err := os.Lstat(dir)
		if err != nil || !fi.IsDir() || time.Since(fi.ModTime()) < 10*time.Minute {
			continue
		}
		if st, ok := fi.Sys().(*syscall.Stat_t); !ok || int(st.Uid) != os.Geteuid() {
			continue
		}
		lock, err := lockFile(filepath.Join(dir, "lock"))
		if err != nil {
			continue // in use
		}
		err = stopLeftover(ctx, dir, log)
		if err == nil {
			err = os.RemoveAll(dir)
		}
		lock.unlock()
		if err != nil {
			log.Warn("an old temporary database could not be removed", "dir", dir, "err", err)
		}
	}
}
