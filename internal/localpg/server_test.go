package localpg_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"go.uber.org/goleak"

	"consigliere/internal/localpg"
)

const childEnv = "LOCALPG_TEST_CHILD_DIR"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childEnv); dir != "" {
		runChild(dir)
		return
	}
	goleak.VerifyTestMain(m)
}

// runChild is the other process of the tests below: it starts a server, says so
// and waits to be killed.
func runChild(dir string) {
	s, err := localpg.Start(context.Background(), localpg.Config{Dir: dir, Fast: true})
	if err != nil {
		fmt.Println("error:", err)
		os.Exit(1)
	}
	fmt.Println("ready", s.AdminURL())
	select {}
}

// openDir is a directory that the server's unprivileged user can reach; the one
// of t.TempDir is closed to everybody else.
func openDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "localpg-test-")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o711); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return filepath.Join(dir, "pg")
}

func start(t *testing.T, cfg localpg.Config) *localpg.Server {
	t.Helper()
	s, err := localpg.Start(t.Context(), cfg)
	if err != nil {
		t.Fatalf("start: %v", err)
	}
	t.Cleanup(func() { _ = s.Stop(context.Background()) })
	return s
}

func query(t *testing.T, dsn, sql string) string {
	t.Helper()
	c, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatalf("connect: %v", err)
	}
	defer c.Close(context.Background())
	var v string
	if err := c.QueryRow(t.Context(), sql).Scan(&v); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return v
}

func exec1(t *testing.T, dsn, sql string) {
	t.Helper()
	c, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatalf("connect: %v", err)
	}
	defer c.Close(context.Background())
	if _, err := c.Exec(t.Context(), sql); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

func TestADurableClusterKeepsItsDataAndPasswordsOverARestart(t *testing.T) {
	t.Parallel()
	dir := openDir(t)
	first := start(t, localpg.Config{Dir: dir})
	for setting, want := range map[string]string{"fsync": "on", "server_encoding": "UTF8", "lc_collate": "C", "TimeZone": "UTC"} {
		if got := query(t, first.AdminURL(), "select current_setting('"+setting+"')"); got != want {
			t.Errorf("%s is %q, want %q", setting, got, want)
		}
	}
	exec1(t, first.AdminURL(), "create table kept (v text); insert into kept values ('still here')")
	if err := first.Stop(t.Context()); err != nil {
		t.Fatalf("stop: %v", err)
	}
	second := start(t, localpg.Config{Dir: dir})
	if got := query(t, second.AdminURL(), "select v from kept"); got != "still here" {
		t.Errorf("after the restart the row is %q", got)
	}
	a, _ := url.Parse(first.RoleURL("app"))
	b, _ := url.Parse(second.RoleURL("app"))
	if a.User.String() != b.User.String() {
		t.Error("a role's derived password changed over a restart")
	}
	if other, _ := url.Parse(second.RoleURL("app2")); other.User == b.User {
		t.Error("two roles share a password")
	}
}

func TestNobodyGetsInWithoutThePassword(t *testing.T) {
	t.Parallel()
	s := start(t, localpg.Config{Fast: true})
	for _, dsn := range []string{
		s.URL(localpg.Superuser, "", localpg.DatabaseName),
		s.URL(localpg.Superuser, "guess", localpg.DatabaseName),
	} {
		c, err := pgx.Connect(t.Context(), dsn)
		if err == nil {
			_ = c.Close(t.Context())
			t.Error("connected without the right password")
		}
	}
	if got := query(t, s.AdminURL(), "select current_setting('listen_addresses') || current_setting('unix_socket_directories')"); got != "127.0.0.1" {
		t.Errorf("listens on %q", got)
	}
	for _, name := range []string{"password", "postgres.log"} {
		fi, err := os.Stat(filepath.Join(s.Dir(), name))
		if err != nil {
			t.Fatal(err)
		}
		if fi.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v", name, fi.Mode())
		}
	}
}

func TestTheServersLogHoldsNoStatements(t *testing.T) {
	t.Parallel()
	s := start(t, localpg.Config{Fast: true})
	c, err := pgx.Connect(t.Context(), s.AdminURL())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(context.Background())
	if _, err := c.Exec(t.Context(), "create role postgres password 'hunter2'"); err == nil {
		t.Fatal("making the superuser twice worked")
	}
	b, err := os.ReadFile(filepath.Join(s.Dir(), "postgres.log"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(b), "already exists") {
		t.Error("the log does not hold the error, so this test proves nothing")
	}
	if strings.Contains(string(b), "hunter2") {
		t.Error("the log holds the statement with its password")
	}
}

func TestATemporaryClusterIsGoneAfterStop(t *testing.T) {
	t.Parallel()
	s := start(t, localpg.Config{Fast: true})
	if got := query(t, s.AdminURL(), "select current_setting('fsync')"); got != "off" {
		t.Errorf("fast mode has fsync %q", got)
	}
	if err := s.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(s.Dir()); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("directory is still there: %v", err)
	}
	select {
	case <-s.Done():
	default:
		t.Error("Done is not closed after Stop")
	}
	if err := s.Stop(t.Context()); err != nil {
		t.Errorf("second stop: %v", err)
	}
}

func TestASecondStartInOneDirectoryIsRefusedAndAttachFindsTheFirst(t *testing.T) {
	t.Parallel()
	dir := openDir(t)
	s := start(t, localpg.Config{Dir: dir, Fast: true})
	if _, err := localpg.Start(t.Context(), localpg.Config{Dir: dir}); !errors.Is(err, localpg.ErrInUse) {
		t.Errorf("second start: %v", err)
	}
	a, err := localpg.Attach(dir)
	if err != nil {
		t.Fatal(err)
	}
	if a.AdminURL() != s.AdminURL() {
		t.Error("attach found another address")
	}
	if err := a.Stop(t.Context()); err != nil {
		t.Errorf("stop of the attached: %v", err)
	}
	query(t, s.AdminURL(), "select 'alive'")
	if err := s.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := localpg.Attach(dir); err == nil {
		t.Error("attached to a stopped server")
	}
}

// child starts a server in another process and returns that process and the
// server's admin URL.
func child(t *testing.T, dir string) (*exec.Cmd, string) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), childEnv+"="+dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	line, _ := bufio.NewReader(out).ReadString('\n')
	dsn, ok := strings.CutPrefix(strings.TrimSpace(line), "ready ")
	if !ok {
		t.Fatalf("the other process says %q", line)
	}
	return cmd, dsn
}

func TestAfterKill9TheNextStartTakesOverAtOnce(t *testing.T) {
	t.Parallel()
	dir := openDir(t)
	cmd, dsn := child(t, dir)
	exec1(t, dsn, "create table kept as select 'committed' as v")
	if _, err := localpg.Start(t.Context(), localpg.Config{Dir: dir}); !errors.Is(err, localpg.ErrInUse) {
		t.Errorf("start beside a living process: %v", err)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // killed
	s := start(t, localpg.Config{Dir: dir, Fast: true})
	if got := query(t, s.AdminURL(), "select v from kept"); got != "committed" {
		t.Errorf("the committed row is %q", got)
	}
}

func TestAServerLeftRunningByAKilledProcessIsStopped(t *testing.T) {
	t.Parallel()
	// A frozen postmaster cannot react to its parent's death, as if the kernel had
	// not told it: the next Start finds it alive.
	dir := openDir(t)
	cmd, dsn := child(t, dir)
	pid := postmaster(t, dir)
	if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	time.AfterFunc(200*time.Millisecond, func() { _ = syscall.Kill(pid, syscall.SIGCONT) })
	s := start(t, localpg.Config{Dir: dir, Fast: true})
	if s.AdminURL() == dsn {
		t.Error("the old server was not replaced")
	}
	query(t, s.AdminURL(), "select 'alive'")
}

func TestAStatusFileOfADeadServerDoesNotStopTheStart(t *testing.T) {
	t.Parallel()
	dir := openDir(t)
	s := start(t, localpg.Config{Dir: dir, Fast: true})
	if err := s.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	// The process id in the file lives, but is not a PostgreSQL: this test itself.
	stale := strconv.Itoa(os.Getpid()) + "\n" + dir + "/data\n1\n5432\n\n127.0.0.1\n  0 0\nready   \n"
	if err := os.WriteFile(filepath.Join(dir, "data", "postmaster.pid"), []byte(stale), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := localpg.Attach(dir); err == nil {
		t.Error("attached to a dead server")
	}
	again := start(t, localpg.Config{Dir: dir, Fast: true})
	query(t, again.AdminURL(), "select 'alive'")
}

func TestAnUnfinishedClusterIsMadeAnew(t *testing.T) {
	t.Parallel()
	dir := openDir(t)
	if err := os.MkdirAll(filepath.Join(dir, "data.new", "base"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "password"), []byte("from the attempt that was killed\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := start(t, localpg.Config{Dir: dir, Fast: true})
	query(t, s.AdminURL(), "select 'alive'")
}

func TestStopKillsAServerThatDoesNotStopInTime(t *testing.T) {
	t.Parallel()
	s := start(t, localpg.Config{Dir: openDir(t), Fast: true})
	pid := postmaster(t, s.Dir())
	if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	time.AfterFunc(100*time.Millisecond, func() { _ = syscall.Kill(pid, syscall.SIGCONT) })
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Stop(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("stop: %v", err)
	}
	select {
	case <-s.Done():
	default:
		t.Error("Stop returned while the server runs")
	}
}

func TestTheTemporaryClusterOfAKilledProcessIsSweptByALaterStart(t *testing.T) {
	t.Parallel()
	dir, err := os.MkdirTemp("", "consigliere-pg-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	start(t, localpg.Config{Fast: true})
	if _, err := os.Stat(dir); err != nil {
		t.Fatalf("a directory just made was swept: %v", err)
	}
	old := time.Now().Add(-time.Hour)
	if err := os.Chtimes(dir, old, old); err != nil {
		t.Fatal(err)
	}
	start(t, localpg.Config{Fast: true})
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("an old directory that nobody holds is still there: %v", err)
	}
}

func TestACancelledStartLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	dir := openDir(t)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if s, err := localpg.Start(ctx, localpg.Config{Dir: dir, Fast: true}); err == nil {
		_ = s.Stop(t.Context())
		t.Fatal("started in 50 ms")
	}
	s := start(t, localpg.Config{Dir: dir, Fast: true})
	query(t, s.AdminURL(), "select 'alive'")
}

func TestAsRootTheServerRunsAsSomebodyElse(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("only root has a choice of user")
	}
	s := start(t, localpg.Config{Dir: openDir(t), Fast: true, User: "nobody"})
	fi, err := os.Stat(filepath.Join(s.Dir(), "data"))
	if err != nil {
		t.Fatal(err)
	}
	if uid := fi.Sys().(*syscall.Stat_t).Uid; uid == 0 {
		t.Error("the data belongs to root")
	}
	if err := s.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	// Without being told again: whoever owns the cluster runs it.
	again := start(t, localpg.Config{Dir: s.Dir(), Fast: true})
	query(t, again.AdminURL(), "select 'alive'")
}

func TestAsRootAClosedParentIsNamed(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("an ordinary user's server runs as that user")
	}
	parent := t.TempDir()
	if err := os.Chmod(parent, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := localpg.CheckDir(filepath.Join(parent, "not", "yet", "there")); err == nil || !strings.Contains(err.Error(), "chmod o+x /") {
		t.Errorf("the check does not name the closed directory: %v", err)
	}
	if _, err := os.Stat(filepath.Join(parent, "not")); err == nil {
		t.Error("the check made a directory")
	}
	_, err := localpg.Start(t.Context(), localpg.Config{Dir: filepath.Join(parent, "pg")})
	if err == nil || !strings.Contains(err.Error(), "cannot enter "+filepath.Dir(parent)) && !strings.Contains(err.Error(), "cannot enter "+parent) {
		t.Errorf("error does not name the closed directory: %v", err)
	}
	if fi, _ := os.Stat(parent); fi.Mode().Perm() != 0o700 {
		t.Errorf("the parent was opened to %v", fi.Mode())
	}
}

func TestTheServerListensOnLoopbackOnly(t *testing.T) {
	t.Parallel()
	s := start(t, localpg.Config{Fast: true})
	u, err := url.Parse(s.AdminURL())
	if err != nil {
		t.Fatal(err)
	}
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range addrs {
		ip := a.(*net.IPNet).IP
		if ip.IsLoopback() || ip.To4() == nil {
			continue
		}
		c, err := net.DialTimeout("tcp", net.JoinHostPort(ip.String(), u.Port()), time.Second)
		if err == nil {
			_ = c.Close()
			t.Errorf("reachable on %s", ip)
		}
	}
}

func postmaster(t *testing.T, dir string) int {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, "data", "postmaster.pid"))
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.SplitN(string(b), "\n", 2)[0])
	if err != nil {
		t.Fatal(err)
	}
	return pid
}
