package poll

import (
	"context"
	"errors"
	"time"

	"consigliere/internal/faction"
	"consigliere/internal/feed"
	"consigliere/internal/torn"
	"consigliere/internal/war"
)

// enlist reminds of the next matchmaking, on its last day. own is the faction's page as
// it was just read, which tells whether it is enlisted only if a key good enough read
// it. Torn's silence is no failure: what was seen before for the same matchmaking holds,
// and else people are asked to look themselves.
func (p *Members) enlist(ctx context.Context, u *feed.Update, st *feed.State, wars []war.War, own torn.FactionBasic, now time.Time) error {
	if !war.EnlistWatched(now) {
		return nil
	}
	flag, next := own.Enlisted, war.Matchmaking(now)
	if faction.ID(own.ID) != st.Faction {
		flag = nil
	}
	if flag == nil {
		var err error
		if flag, err = p.enlisted(ctx, st.Faction); err != nil {
			return err // asked again with the next look, rather than guessed
		}
	}
	enlisted := war.EnlistUnknown
	switch {
	case flag != nil && *flag:
		enlisted, u.EnlistedFor = war.Enlisted, &next
	case flag != nil:
		enlisted, u.EnlistedFor = war.NotEnlisted, &time.Time{}
	case st.EnlistedFor.Equal(next):
		enlisted = war.Enlisted
	}
	news := feed.EnlistNews(enlisted, wars, now)
	u.Alerts, u.Settled = append(u.Alerts, news.Alerts...), append(u.Settled, news.Settled...)
	return nil
}

// enlistKeys is how many keys are asked before it counts as not known.
const enlistKeys = 3

// enlisted asks with one key after another until Torn tells one of them. nil: it told none.
func (p *Members) enlisted(ctx context.Context, id faction.ID) (*bool, error) {
	asked := map[faction.PlayerID]bool{}
	for range enlistKeys {
		again := false
		page, err := fetch(ctx, p.Source, id, torn.NeedEnlisted, func(ctx context.Context, key torn.Key) (torn.FactionBasic, error) {
			again = asked[key.Owner]
			asked[key.Owner] = true
			return p.sameFaction(ctx, key, torn.Background, id, "faction/basic")
		})
		switch {
		case errors.Is(err, torn.ErrNoKey):
			return nil, nil
		case err != nil:
			return nil, err
		case page.Enlisted != nil || again: // there are no more keys than those asked
			return page.Enlisted, nil
		}
	}
	return nil, nil
}
