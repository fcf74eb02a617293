package poll

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"time"

	"consigliere/internal/clock"
	"consigliere/internal/faction"
	"consigliere/internal/feed"
	"consigliere/internal/torn"
	"consigliere/internal/war"
)

// ScoutStore is what scouting needs of the store.
type ScoutStore interface {
	UpdateStore
	Scout(ctx context.Context, id faction.ID, w war.ID) (card war.Scout, ok bool, err error)
	Members(ctx context.Context, id, of faction.ID) (faction.Roster, error)
}

// Scout looks at the enemy of a war that is coming or on. Who they are is read once,
// and told in the message that announced the war; how many of them are about is
// counted every quarter of an hour. Everything here is public. Without such a war it
// costs nothing.
type Scout struct {
	Source
	Store ScoutStore
	Clock clock.Clock
	Log   *slog.Logger
}

const (
	scoutEvery  = 15 * time.Minute
	scoutIdle   = time.Hour       // between looks whether there is a war; a new one hurries it
	scoutRecent = 2 * time.Minute // a roster read that lately need not be read again
	scoutList   = 10              // wars of the enemy's list: some of them may not have ended
)

// RunOnce looks at the enemy once.
func (p *Scout) RunOnce(ctx context.Context, st *feed.State) error {
	started := p.Clock.Now()
	wars, err := p.Store.Wars(ctx, st.Faction, recentWars)
	if err != nil {
		return err
	}
	w, ok := scouted(wars, started)
	if !ok {
		return p.Store.SaveUpdate(ctx, st, feed.Update{Progress: feed.Progress{
			Now: started, NextDue: started.Add(scoutIdle), Done: true, Took: took(p.Clock, started),
		}})
	}
	var u feed.Update
	roster, err := p.roster(ctx, &u, st.Faction, w.Them.Faction, started)
	if err != nil {
		return err
	}
	now := p.Clock.Now()
	look := war.Look(w.ID, roster, now)
	u.Activity = &look
	// Who they are does not hold up how many are about.
	failed := p.card(ctx, &u, st.Faction, w, roster, now)
	u.Progress = feed.Progress{Now: now, NextDue: started.Add(scoutEvery), Done: failed == nil, Took: took(p.Clock, started)}
	return errors.Join(failed, p.Store.SaveUpdate(ctx, st, u))
}

// scouted is the war whose enemy is looked at: one that is tracked and not over.
func scouted(wars []war.War, now time.Time) (war.War, bool) {
	for _, w := range wars {
		if w.Tracked && w.Phase(now) != war.Ended {
			return w, true
		}
	}
	return war.War{}, false
}

// roster is the enemy's: as the front read it a moment ago, else as Torn shows it now.
func (p *Scout) roster(ctx context.Context, u *feed.Update, id, enemy faction.ID, now time.Time) ([]faction.Member, error) {
	stored, err := p.Store.Members(ctx, id, enemy)
	if err != nil {
		return nil, err
	}
	if len(stored.Members) > 0 && now.Sub(stored.AsOf) < scoutRecent {
		return stored.Members, nil
	}
	list, err := fetch(ctx, p.Source, id, torn.NeedMembers, func(ctx context.Context, key torn.Key) (torn.List[torn.Member], error) {
		return p.Client.Members(ctx, key, torn.Options{Priority: torn.Background}, enemy)
	})
	if err != nil {
		return nil, fmt.Errorf("read the enemy's roster: %w", err)
	}
	for _, s := range list.Skipped {
		p.Log.Warn("a row of a roster could not be read and was left out", "faction_id", id, "err", s)
	}
	addRoster(u, enemy, list.Rows)
	return u.Rosters[enemy], nil
}

// card reads who the enemy is, unless that is known.
func (p *Scout) card(ctx context.Context, u *feed.Update, id faction.ID, w war.War, roster []faction.Member, now time.Time) error {
	if _, known, err := p.Store.Scout(ctx, id, w.ID); known || err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	opts := torn.Options{Priority: torn.Background}
	basic, err := fetch(ctx, p.Source, id, torn.NeedFaction, func(ctx context.Context, key torn.Key) (torn.FactionBasic, error) {
		return p.Client.FactionBasic(ctx, key, opts, w.Them.Faction)
	})
	if err != nil {
		return fmt.Errorf("read the enemy's page: %w", err)
	}
	list, err := fetch(ctx, p.Source, id, torn.NeedHistory, func(ctx context.Context, key torn.Key) (torn.List[torn.RankedWar], error) {
		return p.Client.RankedWars(ctx, key, opts, w.Them.Faction, scoutList, 0)
	})
	if err != nil {
		return fmt.Errorf("read the enemy's past wars: %w", err)
	}
	card := scoutOf(basic, roster, now)
	var past []war.War
	for _, row := range list.Rows {
		if of, ok := warOf(row, w.Them.Faction, now); ok {
			past = append(past, of)
		}
	}
	card.Past = war.PastWars(past, war.ScoutedWars)
	u.Scout, u.ScoutOf = &card, w.ID
	if w.Phase(now) == war.Scheduled {
		u.Settled = append(u.Settled, feed.Scouted(w, card))
	}
	return nil
}

// scoutOf is a faction's own page with what its roster tells.
func scoutOf(b torn.FactionBasic, roster []faction.Member, now time.Time) war.Scout {
	s := war.Scout{
		Enemy: faction.ID(b.ID), Tag: text(b.Tag), Rank: rankOf(b), Wins: small(b.Rank.Wins), Members: len(roster),
		Respect: b.Respect, BestChain: b.BestChain, Levels: war.SpreadOf(roster), SeenAt: now,
	}
	for _, m := range roster {
		switch war.PlaceOf(m.Status, now) {
		case war.Flying, war.Abroad:
			s.Away++
		}
		if !m.LastAction.At.IsZero() && now.Sub(m.LastAction.At) > 24*time.Hour {
			s.Idle++
		}
	}
	return s
}

// rankOf words a rank as the game does: "Gold II".
func rankOf(b torn.FactionBasic) string {
	name := text(b.Rank.Name)
	divisions := []string{"", "I", "II", "III"}
	switch d := b.Rank.Division; {
	case name == "" || d <= 0:
		return name
	case d < len(divisions):
		return name + " " + divisions[d]
	default:
		return name + " " + strconv.Itoa(d)
	}
}
