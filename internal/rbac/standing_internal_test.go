package rbac

import (
	"testing"
	"time"
)

func TestAListStoredJustNowIsNewAndOneFromTheFutureIsNot(t *testing.T) {
	now := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	for _, tc := range []struct {
		name string
		asOf time.Time
		want time.Duration
	}{
		{"stored an hour ago", now.Add(-time.Hour), time.Hour},
		{"stored while the request was on its way", now.Add(2 * time.Second), 0},
		{"from a clock that is wrong", now.Add(time.Hour), -time.Hour},
	} {
		if got := listAge(now, tc.asOf); got != tc.want {
			t.Errorf("%s: %s, want %s", tc.name, got, tc.want)
		}
	}
}
