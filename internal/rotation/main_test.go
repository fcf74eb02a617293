package rotation_test

import (
	"testing"

	"consigliere/internal/localpg/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }
