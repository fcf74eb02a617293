package commands_test

import (
	"context"
	"slices"
	"time"

	"consigliere/internal/chain"
	"consigliere/internal/faction"
)

// chainsOf is the Wolves' chain of 245 hits, and one of last week.
type chainsOf struct{ w *world }

const runningChain chain.ID = 9001

func (c chainsOf) watched() chain.Watched {
	k := chain.Claim{}
	if c.w.bonus != nil {
		k = *c.w.bonus
	}
	return chain.Watched{
		State:  chain.State{ID: runningChain, Current: 245, Max: 250, Start: now.Add(-2 * time.Hour), End: now.Add(100 * time.Second)},
		SeenAt: now.Add(-4 * time.Second), Claim: k, Untracked: c.w.chainsOff,
	}
}

func (c chainsOf) past() chain.Summary {
	return chain.Summary{
		State:   chain.State{ID: 8001, Current: 734, Max: 1000, Start: now.Add(-7 * 24 * time.Hour), End: now.Add(-7*24*time.Hour + 6*time.Hour)},
		Counted: true, Logged: 734, Respect: 512_345, Bonus: 63_000, SeenAt: now.Add(-6 * 24 * time.Hour),
	}
}

func (c chainsOf) OpenChains(_ context.Context, id faction.ID) ([]chain.Watched, error) {
	if id != wolves || c.w.noChain {
		return nil, c.w.failAll
	}
	return []chain.Watched{c.watched()}, c.w.failAll
}

func (c chainsOf) Chains(_ context.Context, id faction.ID, least, limit int) ([]chain.Summary, error) {
	if id != wolves || c.w.noChain {
		return nil, c.w.failAll
	}
	on := c.watched()
	return []chain.Summary{{State: on.State, SeenAt: on.SeenAt}, c.past()}[:min(2, limit)], c.w.failAll
}

func (c chainsOf) ChainByID(ctx context.Context, id faction.ID, of chain.ID) (chain.Summary, error) {
	list, err := c.Chains(ctx, id, 1, 9)
	at := slices.IndexFunc(list, func(s chain.Summary) bool { return s.ID == of })
	if err == nil && at < 0 {
		err = faction.Errorf(faction.NotFound, "Your faction has no such chain on record. Pick one from the suggestions.")
	}
	if err != nil {
		return chain.Summary{}, err
	}
	return list[at], nil
}

func (c chainsOf) ChainMembers(_ context.Context, id faction.ID, of chain.ID) ([]chain.MemberReport, error) {
	if id != wolves || of != 8001 {
		return nil, c.w.failAll
	}
	return []chain.MemberReport{
		{Player: 1, Name: "Duke", Hits: 400, WarHits: 10, Respect: 300_000, Bonus: 60_000, Best: 1_234, Bonuses: 3, Wasted: 1, Watch: 90 * time.Minute},
		{Player: 3, Name: "Mick", Hits: 334, Respect: 212_345, Bonus: 3_000, Best: 998, Bonuses: 2},
	}, c.w.failAll
}

func (c chainsOf) ChainHits(_ context.Context, id faction.ID, from, to time.Time) ([]chain.Hit, error) {
	var out []chain.Hit
	if id != wolves {
		return nil, c.w.failAll
	}
	for i := range 12 {
		h := chain.Hit{
			ID: int64(5000 + i), Player: 1, Name: "Duke", At: now.Add(-time.Duration(200+(11-i)*25) * time.Second), Counter: 234 + i, Respect: 512, War: i%2 == 0,
		}
		if i%3 == 0 {
			h.Player, h.Name = 3, "Mick"
		}
		if !h.At.Before(from) && !h.At.After(to) {
			out = append(out, h)
		}
	}
	return out, c.w.failAll
}

func (c chainsOf) TakeBonus(_ context.Context, id faction.ID, of chain.ID, hit int, by faction.PlayerID, at time.Time) (chain.Claim, error) {
	if id != wolves || of != runningChain || hit != 250 {
		return chain.Claim{}, faction.Errorf(faction.Conflict, "That bonus hit is over, or its chain is. Nothing was changed.")
	}
	if c.w.bonus == nil {
		c.w.bonus = &chain.Claim{Chain: of, Hit: hit}
	}
	switch c.w.bonus.Player {
	case 0:
		c.w.bonus.Player, c.w.bonus.Name, c.w.bonus.At = by, nameOf(by), at
	case by:
		c.w.bonus.Player, c.w.bonus.Name = 0, ""
	}
	c.w.note("take %d of chain %d of %d for %d", hit, of, id, by)
	return *c.w.bonus, c.w.failAll
}

func (c chainsOf) HoldBonus(_ context.Context, id faction.ID, of chain.ID, hit int, by faction.PlayerID, at time.Time) (chain.Claim, error) {
	if id != wolves || of != runningChain || hit != 250 {
		return chain.Claim{}, faction.Errorf(faction.Conflict, "That bonus hit is over, or its chain is. Nothing was changed.")
	}
	if c.w.bonus == nil {
		c.w.bonus = &chain.Claim{Chain: of, Hit: hit}
	}
	if c.w.bonus.HeldBy == 0 {
		c.w.bonus.HeldBy, c.w.bonus.HolderName, c.w.bonus.HeldAt = by, nameOf(by), at
	}
	c.w.note("hold %d of chain %d of %d by %d", hit, of, id, by)
	return *c.w.bonus, c.w.failAll
}

func (c chainsOf) TrackChains(_ context.Context, id faction.ID, on bool) (bool, error) {
	was := !c.w.chainsOff
	c.w.chainsOff = !on
	c.w.note("track chains of %d: %t", id, on)
	return was, c.w.failAll
}

func nameOf(id faction.PlayerID) string {
	return map[faction.PlayerID]string{1: "Duke", 2: "Vera", 3: "Mick"}[id]
}
