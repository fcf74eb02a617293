package commands

import (
	"context"
	"errors"
	"fmt"

	"consigliere/internal/faction"
	"consigliere/internal/torn"
)

// Torn is what is asked of Torn while somebody waits.
type Torn interface {
	CheckKey(ctx context.Context, secret torn.Secret) (torn.KeyReport, error)
	// Verify tells which player linked a Discord account at Torn.
	Verify(ctx context.Context, key torn.Key, o torn.Options, discordUser string) (torn.Verified, error)
	FactionBasic(ctx context.Context, key torn.Key, o torn.Options, id faction.ID) (torn.FactionBasic, error)
}

// Pool picks the key for a call.
type Pool interface {
	Do(ctx context.Context, f faction.ID, need torn.Need, call func(context.Context, torn.Key) error) error
	// Invalidate forgets what was known of a faction's keys.
	Invalidate(f faction.ID)
}

// lookUp asks Torn about a faction: with a key lent by one of its members, else
// with the caller's own, if that was given for their own data.
func (d *Deps) lookUp(ctx context.Context, id faction.ID, caller faction.Link) (faction.Faction, error) {
	var out faction.Faction
	call := func(ctx context.Context, key torn.Key) error {
		f, err := d.Torn.FactionBasic(ctx, key, torn.Options{Priority: torn.Interactive}, id)
		out = faction.Faction{
			ID: faction.ID(f.ID), Name: f.Name, Tag: f.Tag,
			LeaderID: faction.PlayerID(f.LeaderID), CoLeaderID: faction.PlayerID(f.CoLeaderID), Members: f.Members,
		}
		return err
	}
	err := d.Pool.Do(ctx, id, torn.NeedPublic, call)
	if errors.Is(err, torn.ErrNoKey) && caller.Faction != 0 {
		err = d.Pool.Do(ctx, caller.Faction, torn.NeedPublic.For(caller.Player), call)
	}
	switch {
	case errors.Is(err, torn.ErrNoKey):
		return faction.Faction{}, &faction.Error{Kind: faction.Unavailable, Err: err, Say: fmt.Sprintf(
			"I cannot ask Torn about faction %d yet, because no member has lent a key. Its leader uses `/link`, chooses **Lend to the faction**, and then `/setup` works. Nothing was changed.", id)}
	case err != nil:
		return faction.Faction{}, err
	case out.ID != id:
		return faction.Faction{}, faction.Errorf(faction.NotFound, "Torn knows no faction %d. Nothing was changed.", id)
	}
	return out, nil
}
