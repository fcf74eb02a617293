package localpg

import "syscall"

// dieWithParent has the kernel ask the server for a fast shutdown when this
// process ends without stopping it, even by kill -9.
func dieWithParent(attr *syscall.SysProcAttr) { attr.Pdeathsig = syscall.SIGINT }
