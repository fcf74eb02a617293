package torn_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"

	"consigliere/internal/faction"
	"consigliere/internal/torn"
)

// shelf is a source of keys in memory, which applies verdicts as a store would.
type shelf struct {
	mu       sync.Mutex
	keys     []torn.KeyRecord
	reads    int
	verdicts map[int64][]torn.Verdict
	fail     error
}

func (s *shelf) Keys(context.Context, faction.ID) ([]torn.KeyRecord, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reads++
	return slices.Clone(s.keys), s.fail
}

func (s *shelf) Report(_ context.Context, _ faction.ID, id int64, v torn.Verdict) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.verdicts == nil {
		s.verdicts = map[int64][]torn.Verdict{}
	}
	s.verdicts[id] = append(s.verdicts[id], v)
	for i := range s.keys {
		if s.keys[i].ID == id {
			s.keys[i].State = v.State
			s.keys[i].FactionAccess = s.keys[i].FactionAccess && !v.LostFactionAccess
		}
	}
	return nil
}

func (s *shelf) said(id int64) []torn.Verdict {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.verdicts[id])
}

func (s *shelf) change(f func(keys []torn.KeyRecord)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f(s.keys)
}

// lent is a Limited key with faction access, lent to the faction.
func lent(id int64, owner faction.PlayerID) torn.KeyRecord {
	return torn.KeyRecord{
		ID: id, Owner: owner, Secret: torn.NewSecret(fmt.Sprintf("key%013d", id)), Level: torn.Limited,
		FactionAccess: true, Consent: torn.ConsentLend, State: torn.KeyOK,
	}
}

func newPool(t *testing.T, keys ...torn.KeyRecord) (*torn.Pool, *shelf, *stepClock) {
	t.Helper()
	s, c := &shelf{keys: keys}, newStepClock()
	p, err := torn.NewPool(s, c, nil)
	if err != nil {
		t.Fatal(err)
	}
	return p, s, c
}

// uses runs a need n times and gives the ids of the keys that were used.
func uses(t *testing.T, p *torn.Pool, need torn.Need, n int) []int64 {
	t.Helper()
	var ids []int64
	for range n {
		if err := p.Do(t.Context(), 3, need, func(_ context.Context, k torn.Key) error {
			ids = append(ids, k.ID)
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	return ids
}

// tornError makes the error that a call gets for a code.
func tornError(t *testing.T, code int) error {
	t.Helper()
	r := newRig(t, body(fmt.Sprintf(`{"error":{"code":%d,"error":"x"}}`, code)))
	_, err := r.Chain(t.Context(), key(), torn.Options{}, 0)
	if err == nil {
		t.Fatal("no error")
	}
	return err
}
