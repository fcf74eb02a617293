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
// it. Torn's silence is no failure: then people are asked to look themselves.
func (p *Members) enlist(ctx context.Context, u *feed.Update, id faction.ID, wars []war.War, own torn.FactionBasic, now time.Time) error {
	if !war.EnlistWatched(now) {
		return nil
	}
	flag := own.Enlisted
	if faction.ID(own.ID) != id {
		flag = nil
	}
	if flag == nil {
		page, err := fetch(ctx, p.Source, id, torn.NeedEnlisted, func(ctx context.Context, key torn.Key) (torn.FactionBasic, error) {
			return p.sameFaction(ctx, key, torn.Background, id, "faction/basic")
		})
		if err != nil && !errors.Is(err, torn.ErrNoKey) {
			return err // asked again with the next look, rather than guessed
		}
		flag = page.Enlisted
	}
	enlisted := war.EnlistUnknown
	switch {
	case flag != nil && *flag:
		enlisted = war.Enlisted
	case flag != nil:
		enlisted = war.NotEnlisted
	}
	news := feed.EnlistNews(enlisted, wars, now)
	u.Alerts, u.Settled = append(u.Alerts, news.Alerts...), append(u.Settled, news.Settled...)
	return nil
}
