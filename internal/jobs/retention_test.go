package jobs_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"consigliere/internal/clock"
	"consigliere/internal/faction"
	"consigliere/internal/jobs"
)

// keeper has three factions, of which the second fails.
type keeper struct{ pruned, hidden []faction.ID }

func (*keeper) Registered(context.Context) ([]faction.ID, error) {
	return []faction.ID{1, 2, 3}, nil
}

func (k *keeper) Prune(_ context.Context, id faction.ID, _ time.Time) (map[string]int64, error) {
	k.pruned = append(k.pruned, id)
	if id == 2 {
		return map[string]int64{"attacks": 1}, errors.New("the disk is slow")
	}
	return map[string]int64{"attacks": 10}, nil
}

func (k *keeper) AnonymiseErased(_ context.Context, id faction.ID, _ time.Time) (int64, error) {
	k.hidden = append(k.hidden, id)
	return 2, nil
}

func TestAFactionThatFailsDoesNotHoldUpTheOthersRetention(t *testing.T) {
	k := &keeper{}
	counts, err := jobs.Retention(k, clock.Wall{}).Run(t.Context())
	if err == nil {
		t.Error("the failure is not told")
	}
	if all := []faction.ID{1, 2, 3}; !slices.Equal(k.pruned, all) || !slices.Equal(k.hidden, all) {
		t.Errorf("pruned %v and anonymised %v, want all three", k.pruned, k.hidden)
	}
	if counts["factions"] != 3 || counts["attacks"] != 21 || counts["anonymised"] != 6 {
		t.Errorf("counted %v", counts)
	}
}
