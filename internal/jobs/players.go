package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"consigliere/internal/clock"
	"consigliere/internal/faction"
	"consigliere/internal/torn"
)

// PlayerStore is what the refreshing of players needs of the store.
type PlayerStore interface {
	StalePlayers(ctx context.Context, since time.Time) ([]faction.Link, error)
	SavePlayer(ctx context.Context, was faction.Link, seen faction.PlayerSeen, now time.Time) (faction.PlayerChange, error)
}

// Players keeps the names, factions and positions of linked players as Torn has them.
type Players struct {
	Client *torn.Client
	Pool   *torn.Pool
	Store  PlayerStore
	Clock  clock.Clock
	Log    *slog.Logger
}

const playersEvery = time.Hour

// Job looks at every linked player once an hour.
func (p *Players) Job() Job {
	return Job{Name: "players", Every: playersEvery, Limit: 20 * time.Minute, Run: p.run}
}

func (p *Players) run(ctx context.Context) (map[string]int, error) {
	// Who was looked at by a run that was cut off a moment ago is not asked for again.
	players, err := p.Store.StalePlayers(ctx, p.Clock.Now().Add(-playersEvery/2))
	if err != nil {
		return nil, err
	}
	t := newTally()
	err = each(ctx, p.Log, t, players, func(l faction.Link) slog.Attr { return slog.Int64("player_id", int64(l.Player)) },
		func(ctx context.Context, l faction.Link) error { return p.refresh(ctx, t, l) })
	return t.all(), err
}

// refresh reads one player and stores what is new.
func (p *Players) refresh(ctx context.Context, t *tally, l faction.Link) error {
	who, err := p.identity(ctx, l)
	if err != nil {
		return err
	}
	seen := faction.PlayerSeen{Name: plain(who.Profile.Name)}
	if who.Faction != nil && who.Faction.ID > 0 {
		seen.Faction, seen.Position = faction.ID(who.Faction.ID), plain(who.Faction.Position)
	}
	change, err := p.Store.SavePlayer(ctx, l, seen, p.Clock.Now())
	if err != nil {
		return err
	}
	t.add("read")
	if change.Renamed {
		t.add("renamed")
	}
	if !change.Moved {
		return nil
	}
	for _, id := range []faction.ID{l.Faction, seen.Faction} {
		p.Pool.Invalidate(id)
	}
	p.Log.Info("a linked player changed faction; their keys only verify now", "player_id", l.Player, "faction_id", seen.Faction, "from_faction", l.Faction)
	if change.Left {
		t.add("left their faction")
	} else {
		t.add("changed faction")
	}
	return nil
}

// identity asks Torn who a player is: with a key of their own, which every consent
// allows since it only verifies; else with one that was lent to their faction, which
// reads what anybody may know. No other key is used.
func (p *Players) identity(ctx context.Context, l faction.Link) (torn.Identity, error) {
	who, err := p.ask(ctx, l, torn.NeedIdentity.For(l.Player), 0)
	if l.Faction != 0 && errors.Is(err, torn.ErrNoKey) {
		who, err = p.ask(ctx, l, torn.NeedPublic, l.Player)
	}
	return who, err
}

func (p *Players) ask(ctx context.Context, l faction.Link, need torn.Need, id faction.PlayerID) (who torn.Identity, err error) {
	err = p.Pool.Do(ctx, l.Faction, need, func(ctx context.Context, key torn.Key) error {
		var err error
		who, err = p.Client.Identity(ctx, key, torn.Options{Priority: torn.Background}, id)
		return err
	})
	if err == nil && who.Profile.ID != int64(l.Player) {
		err = fmt.Errorf("torn answered with player %d where it was asked for player %d", who.Profile.ID, l.Player)
	}
	return who, err
}

// plain takes out what the database cannot keep.
func plain(s string) string { return strings.ReplaceAll(strings.ToValidUTF8(s, "?"), "\x00", "") }
