package commands

import (
	"context"
	"slices"

	"consigliere/internal/chat"
	"consigliere/internal/faction"
	"consigliere/internal/roster"
)

// Tables of our own side can be narrowed to a squad. Who is in one is shown to those
// alone who may see squads anyway.

// teamOption declares the option that narrows a table to a squad.
func teamOption() chat.Option {
	return squadOption("Only this squad, with its share of the faction", false)
}

// suggestTeams offers squads to whoever may see them.
func suggestTeams(d *Deps) completer {
	all := suggestSquads(d)
	return func(ctx context.Context, c *Call, typed string) []chat.Choice {
		if maySeeSquads(c) != nil {
			return nil
		}
		return all(ctx, c, typed)
	}
}

func maySeeSquads(c *Call) error {
	if c.Allowed(viewMembers()) {
		return nil
	}
	return faction.Errorf(faction.Denied, "Who is in a squad is shown to those with the permission member.view, which you lack here. Leave `squad` out to see everybody.")
}

// askedTeam is the squad that the option names; zero when it names none.
func askedTeam(ctx context.Context, d *Deps, c *Call) (roster.Squad, error) {
	if c.option(optionSquad, "") == "" {
		return roster.Squad{}, nil
	}
	if err := maySeeSquads(c); err != nil {
		return roster.Squad{}, err
	}
	return pickSquad(ctx, d, c)
}

// teamOf finds the squad that the button of a table is for; zero of 0.
func teamOf(ctx context.Context, d *Deps, c *Call, id roster.SquadID) (roster.Squad, error) {
	if id == 0 {
		return roster.Squad{}, nil
	}
	if err := maySeeSquads(c); err != nil {
		return roster.Squad{}, err
	}
	list, err := d.Squads.Squads(ctx, c.Faction)
	if err != nil {
		return roster.Squad{}, err
	}
	i := slices.IndexFunc(list, func(q roster.Squad) bool { return q.ID == id })
	if i < 0 {
		return roster.Squad{}, faction.Errorf(faction.NotFound, "There is no such squad any more. `/squad roster` lists those there are.")
	}
	return list[i], nil
}
