package torn_test

import (
	"strings"
	"testing"

	"consigliere/internal/torn"
)

// BenchmarkAPageOfAttacks is one request over loopback with 100 rows decoded.
func BenchmarkAPageOfAttacks(b *testing.B) {
	page := `{"attacks":[` + strings.Repeat(goodAttack+",", 99) + goodAttack + `]}`
	r := newRig(b, body(page))
	for b.Loop() {
		l, err := r.Attacks(b.Context(), key(), torn.Options{}, torn.AttacksQuery{})
		if err != nil || len(l.Rows) != 100 {
			b.Fatal(err)
		}
	}
}
