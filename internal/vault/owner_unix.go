//go:build unix

package vault

import (
	"os"
	"syscall"
)

// keepOwner gives f the owner that the file before it had: root may rotate the keys of
// a bot that runs as somebody else.
func keepOwner(f *os.File, before os.FileInfo) error {
	st, ok := before.Sys().(*syscall.Stat_t)
	if !ok || int(st.Uid) == os.Geteuid() && int(st.Gid) == os.Getegid() {
		return nil
	}
	return f.Chown(int(st.Uid), int(st.Gid))
}
