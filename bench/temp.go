package main

import (
	"fmt"
	"os"
)

// tempDir makes a directory that PostgreSQL's own user may enter when we are root.
func tempDir() (dir string, cleanup func(), err error) {
	dir, err = os.MkdirTemp("", "consigliere-bench-")
	if err != nil {
		return "", nil, fmt.Errorf("make a directory to measure in: %w", err)
	}
	if err := os.Chmod(dir, 0o711); err != nil { //nolint:gosec // holds nothing itself
		return "", nil, err
	}
	return dir, func() { _ = os.RemoveAll(dir) }, nil
}
