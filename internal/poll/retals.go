package poll

import (
	"context"
	"fmt"
	"slices"
	"time"

	"consigliere/internal/faction"
	"consigliere/internal/feed"
	"consigliere/internal/torn"
	"consigliere/internal/war"
)

// RetalStore is what retaliations need of the store.
type RetalStore interface {
	InRetalScope(ctx context.Context, id faction.ID, scope war.RetalScope) ([]war.Attack, []war.Retal, error)
	RetalTargets(ctx context.Context, id faction.ID, players []faction.PlayerID, since time.Time) (map[faction.PlayerID]war.RetalSeen, error)
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

// How old what a roster shows of a target may be: until statusFresh it is taken as it is,
// until statusOld it is better than nothing.
const (
	statusFresh = time.Minute
	statusOld   = 5 * time.Minute
)

// At most so many players are asked for one by one, and for so long, of the wall's time:
// the alert has to be there in time more than it has to say everything.
const (
	mostAsked = 3
	askedFor  = 2 * time.Second
)

// lookAtTargets adds to those that have just opened what is known of whom to hit. In a war
// the enemy's roster tells; of a stranger nothing does, so that Torn is asked.
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
	now := r.Clock.Now()
	seen, err := r.Retals.RetalTargets(ctx, r.st.Faction, who, now.Add(-statusOld))
	if err != nil {
		return fmt.Errorf("look at whom to retaliate against: %w", err)
	}
	who = slices.DeleteFunc(who, func(p faction.PlayerID) bool { return now.Sub(seen[p].StatusAt) <= statusFresh })
	limited, cancel := context.WithTimeout(ctx, askedFor)
	defer cancel()
	for _, p := range who[:min(len(who), mostAsked)] {
		if s, ok := r.askStatus(limited, p); ok {
			known := seen[p]
			known.Status, known.StatusAt = s, r.Clock.Now()
			seen[p] = known
		}
	}
	for i, c := range changes {
		if isNew(c) {
			changes[i].Seen = seen[c.Target.ID]
		}
	}
	return nil
}

// askStatus asks Torn where a player is; ok is false when it does not tell in time.
func (r *attackRun) askStatus(ctx context.Context, p faction.PlayerID) (s faction.Status, ok bool) {
	u, err := fetch(ctx, r.Source, r.st.Faction, torn.NeedBasic, func(ctx context.Context, key torn.Key) (torn.UserProfile, error) {
		return r.Client.UserBasic(ctx, key, torn.Options{Priority: torn.War, Fresh: true}, p)
	})
	if err != nil || faction.PlayerID(u.ID) != p {
		r.Log.Info("where a player is who may be retaliated against was not to be learnt", "faction_id", r.st.Faction, "endpoint", "user/basic", "err", err)
		return faction.Status{}, false
	}
	return statusOf(u.Status), true
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
