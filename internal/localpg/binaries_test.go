package localpg

import (
	"errors"
	"strings"
	"testing"
)

func TestTheInstallCommandFitsTheSystem(t *testing.T) {
	for name, c := range map[string]struct{ osRelease, want string }{
		"Debian":            {"NAME=\"Debian GNU/Linux\"\nID=debian\n", "apt-get install -y postgresql"},
		"Ubuntu":            {"ID=ubuntu\nID_LIKE=debian\n", "apt-get install -y postgresql"},
		"Mint by likeness":  {"ID=linuxmint\nID_LIKE=\"ubuntu debian\"\n", "apt-get install -y postgresql"},
		"Rocky by likeness": {"ID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\n", "dnf install -y postgresql-server"},
		"Alpine":            {"ID=alpine\n", "apk add postgresql"},
		"a Mac":             {"", "brew install postgresql@17"},
	} {
		if got := installCommand(c.osRelease); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestAClusterOfAnotherVersionIsExplained(t *testing.T) {
	_, err := findBinaries(t.Context(), 9)
	if !errors.Is(err, ErrNoPostgres) || !strings.Contains(err.Error(), "made by version 9") {
		t.Errorf("error: %v", err)
	}
}

func TestAProcessIdThatIsNoneIsNoPostmaster(t *testing.T) {
	if isPostmaster(-1, "/nowhere") || isPostmaster(0, "/nowhere") {
		t.Error("a signal to process 0 or -1 would reach everybody")
	}
}
