package jobs_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"consigliere/internal/clock"
	"consigliere/internal/jobs"
)

// expirer ended three requests before it failed.
type expirer struct{ now time.Time }

func (e *expirer) ExpireLinks(_ context.Context, now time.Time) (int, error) {
	e.now = now
	return 3, errors.New("no database")
}

func TestLinksThatNobodyConfirmedAreCountedAsFarAsItGot(t *testing.T) {
	e := &expirer{}
	counts, err := jobs.LinkRequests(e, clock.Wall{}).Run(t.Context())
	if err == nil || counts["expired"] != 3 || time.Since(e.now) > time.Minute {
		t.Errorf("counted %v as of %s, %v", counts, e.now, err)
	}
}
