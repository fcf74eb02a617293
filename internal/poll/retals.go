package poll

import (
	"context"
	"fmt"
	"slices"

	"consigliere/internal/faction"
	"consigliere/internal/feed"
	"consigliere/internal/war"
)

// RetalStore is what retaliations need of the store.
type RetalStore interface {
	InRetalScope(ctx context.Context, id faction.ID, scope war.RetalScope) ([]war.Attack, []war.Retal, error)
	RetalTargets(ctx context.Context, id faction.ID, players []faction.PlayerID) (map[faction.PlayerID]war.RetalSeen, error)
}

// retaliations works out what the page, and the time that has passed, make of
// retaliations, and puts it on the page. It is called once for each page.
func (r *attackRun) retaliations(ctx context.Context, p *feed.AttackPage) error {
	if r.Retals == nil {
		return nil
	}
	scope := r.scope
	r.scope = war.RetalScope{}
	rows, known, err := r.Retals.InRetalScope(ctx, r.st.Faction, scope)
	if err != nil {
		return fmt.Errorf("read retaliations: %w", err)
	}
	for _, l := range p.Rows { // what is stored is what they were
		rows = append(rows, l.Attack)
	}
	now := r.Clock.Now()
	p.Retals = scope.Changes(rows, known, r.st.Faction, r.wars, now)
	if err := r.lookAtTargets(ctx, p.Retals); err != nil {
		return err
	}
	news := feed.RetalNews(p.Retals, now)
	p.Alerts, p.Settled = append(p.Alerts, news.Alerts...), append(p.Settled, news.Settled...)
	r.retalOpen = stillOpen(known, p.Retals)
	return nil
}

// lookAtTargets adds to those that have just opened what is known of whom to hit.
func (r *attackRun) lookAtTargets(ctx context.Context, changes []war.RetalChange) error {
	isNew := func(c war.RetalChange) bool { return c.Was == "" && c.State == war.RetalOpen }
	var who []faction.PlayerID
	for _, c := range changes {
		if isNew(c) && !slices.Contains(who, c.Target.ID) {
			who = append(who, c.Target.ID)
		}
	}
	if len(who) == 0 {
		return nil
	}
	seen, err := r.Retals.RetalTargets(ctx, r.st.Faction, who)
	if err != nil {
		return fmt.Errorf("look at whom to retaliate against: %w", err)
	}
	for i, c := range changes {
		if isNew(c) {
			changes[i].Seen = seen[c.Target.ID]
		}
	}
	return nil
}

// stillOpen tells whether any retaliation waits for somebody after the changes.
func stillOpen(known []war.Retal, changes []war.RetalChange) bool {
	changed := make(map[war.AttackID]bool, len(changes))
	for _, c := range changes {
		if c.State == war.RetalOpen {
			return true
		}
		changed[c.Attack] = true
	}
	return slices.ContainsFunc(known, func(r war.Retal) bool { return r.State == war.RetalOpen && !changed[r.Attack] })
}
