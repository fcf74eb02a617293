package vault

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// ReadFile reads a keyset's text from its file. It refuses a file that others can
// read: that is a leak to be noticed at the start, not after it.
func ReadFile(path string) (string, error) {
	fi, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("%w file %s does not exist: make it with \"consigliere keys generate\"", ErrKeyset, path)
	}
	if err != nil {
		return "", fmt.Errorf("look at the %w file: %w", ErrKeyset, err)
	}
	if fi.Mode().Perm()&0o077 != 0 {
		return "", fmt.Errorf("%w file %s has mode %04o, so others can read it: chmod 600 %s", ErrKeyset, path, fi.Mode().Perm(), path)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("read the %w file: %w", ErrKeyset, err)
	}
	return string(b), nil
}

// ErrFileChanged is returned when a keyset file is not what it was when it was read.
var ErrFileChanged = errors.New("the keyset file was changed by somebody else meanwhile")

// ReplaceFile puts a keyset in the place of the one that was read from the file. Who
// reads the file at any moment finds the former text or the new one, whole, even after
// a power cut; the file keeps its owner and is nobody else's to read. A symbolic link
// stays one. When the file no longer holds was, it is left alone: ErrFileChanged.
func ReplaceFile(path, was, text string) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("replace the %w file %s: %w", ErrKeyset, path, err)
		}
	}()
	if path, err = filepath.EvalSymlinks(path); err != nil {
		return err
	}
	fi, err := os.Stat(path)
	if err != nil {
		return err
	}
	dir := filepath.Dir(path)
	f, err := os.CreateTemp(dir, "."+filepath.Base(path)+"-*") // with mode 0600
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(f.Name()) }() // gone already when all went well
	_, err = f.WriteString(text + "\n")
	if err = errors.Join(err, keepOwner(f, fi), f.Sync(), f.Close()); err != nil {
		return err
	}
	switch now, err := os.ReadFile(path); {
	case err != nil:
		return err
	case string(now) != was:
		return ErrFileChanged
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
