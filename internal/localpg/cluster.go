package localpg

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// ensureCluster returns the superuser's password of the cluster in dir and makes
// the cluster when there is none. The new cluster gets its final name last, so a
// process killed half way leaves only what the next call clears away.
func ensureCluster(ctx context.Context, bin binaries, who account, dir string, fast bool) (string, error) {
	data := filepath.Join(dir, "data")
	switch _, err := os.Stat(filepath.Join(data, "PG_VERSION")); {
	case err == nil:
		return readPassword(dir)
	case !errors.Is(err, fs.ErrNotExist):
		return "", fmt.Errorf("look for a cluster: %w", err)
	}
	building := filepath.Join(dir, "data.new")
	if err := os.RemoveAll(building); err != nil {
		return "", fmt.Errorf("clear an unfinished cluster: %w", err)
	}
	if err := os.Mkdir(building, 0o700); err != nil {
		return "", fmt.Errorf("make the data directory: %w", err)
	}
	if err := who.own(building); err != nil {
		return "", fmt.Errorf("give the data directory to user %s: %w", who.name, err)
	}
	password := newPassword()
	if err := writeSecret(passwordFile(dir), password); err != nil {
		return "", err
	}
	if err := initdb(ctx, bin, who, dir, building, password, fast); err != nil {
		return "", err
	}
	if err := os.Rename(building, data); err != nil {
		return "", fmt.Errorf("put the new cluster in place: %w", err)
	}
	return password, nil
}

func initdb(ctx context.Context, bin binaries, who account, dir, data, password string, fast bool) error {
	// initdb reads the password as the server's user, who may not read ours.
	pwfile := filepath.Join(dir, "password.init")
	if err := writeSecret(pwfile, password); err != nil {
		return err
	}
	defer os.Remove(pwfile)
	if err := who.own(pwfile); err != nil {
		return fmt.Errorf("hand the password to initdb: %w", err)
	}
	args := []string{"--pgdata=" + data, "--username=" + Superuser, "--pwfile=" + pwfile,
		"--auth=scram-sha-256", "--encoding=UTF8", "--no-locale", "--no-instructions"}
	if fast {
		args = append(args, "--no-sync")
	}
	if out, err := who.command(ctx, dir, bin.path("initdb"), args...).CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w: %s", err, strings.TrimSpace(string(out)))
	}
	// Single-user mode makes the database without a client program or a driver.
	single := who.command(ctx, dir, bin.path("postgres"), "--single", "-D", data, "-c", "log_checkpoints=off", "postgres")
	single.Stdin = strings.NewReader("create database " + DatabaseName + "\n")
	if out, err := single.CombinedOutput(); err != nil || strings.Contains(string(out), "ERROR") {
		return errors.Join(fmt.Errorf("create database %s: %s", DatabaseName, strings.TrimSpace(string(out))), err)
	}
	return nil
}

func passwordFile(dir string) string { return filepath.Join(dir, "password") }

func readPassword(dir string) (string, error) {
	b, err := os.ReadFile(passwordFile(dir))
	if err != nil {
		return "", fmt.Errorf("read the superuser's password: %w", err)
	}
	return strings.TrimSpace(string(b)), nil
}

// writeSecret writes a file that only its owner reads, replacing one of that name.
func writeSecret(path, secret string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("replace %s: %w", path, err)
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	_, err = f.WriteString(secret + "\n")
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}
