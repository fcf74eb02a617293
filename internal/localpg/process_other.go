//go:build unix && !linux

package localpg

import "syscall"

// dieWithParent is not to be had here; the next Start stops a server left behind.
func dieWithParent(*syscall.SysProcAttr) {}
