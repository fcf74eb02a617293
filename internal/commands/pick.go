package commands

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"consigliere/internal/chat"
	"consigliere/internal/faction"
	"consigliere/internal/rbac"
	"consigliere/internal/say"
	"consigliere/internal/war"
)

// Wars reads ranked wars and what was done in them.
type Wars interface {
	Wars(ctx context.Context, id faction.ID, limit int) ([]war.War, error)
	War(ctx context.Context, id faction.ID, w war.ID) (war.War, error)
	Tallies(ctx context.Context, id faction.ID, w war.ID) ([]war.Row, error)
	Samples(ctx context.Context, id faction.ID, w war.ID) ([]war.Sample, error)
	ListAttacks(ctx context.Context, id faction.ID, f war.AttackFilter) ([]war.Logged, error)
}

// knownWars is how many past wars are searched by name and listed.
const knownWars = 100

// viewWar guards everything that only shows a war.
func viewWar() rbac.Guard { return rbac.Need(rbac.WarView) }

// warOption declares the option that names a war.
func warOption(description string) chat.Option {
	return chat.Option{Name: "war", Description: description, Autocomplete: true, Max: bound(100)}
}

// pickWar finds the war that was asked for, by Torn id or by part of the enemy's
// name, the newest first. Without a word it is the one that is on, else the latest
// that ended, else the next; ahead puts the next before the latest.
func pickWar(ctx context.Context, s Wars, c *Call, ahead bool) (war.War, error) {
	text := strings.TrimSpace(c.option("war", ""))
	if id, err := strconv.ParseInt(text, 10, 64); err == nil {
		if id <= 0 {
			return war.War{}, faction.Errorf(faction.Invalid, "A war's id is a number above 0. Pick a war from the suggestions.")
		}
		return s.War(ctx, c.Faction, war.ID(id))
	}
	list, err := s.Wars(ctx, c.Faction, knownWars)
	if err != nil {
		return war.War{}, err
	}
	if text == "" {
		return present(list, c.Now, ahead)
	}
	i := slices.IndexFunc(list, func(w war.War) bool { return matches(w.Them.Name, text) })
	if i < 0 {
		return war.War{}, faction.Errorf(faction.NotFound, "Your faction has no war against “%s” on record. Pick one from the suggestions.", say.Text(text, 40))
	}
	return list[i], nil
}

// present picks out of the newest wars.
func present(list []war.War, now time.Time, ahead bool) (war.War, error) {
	order := []war.Phase{war.Active, war.Ended, war.Scheduled}
	if ahead {
		order = []war.Phase{war.Active, war.Scheduled, war.Ended}
	}
	for _, phase := range order {
		i := slices.IndexFunc(list, func(w war.War) bool { return w.Phase(now) == phase })
		if i >= 0 {
			return list[i], nil
		}
	}
	return war.War{}, faction.Errorf(faction.NotFound, "No ranked war of your faction is on record yet. A new one shows up within a minute of being matched; `/status` shows when Torn was last read.")
}

func matches(name, part string) bool {
	return strings.Contains(strings.ToLower(name), strings.ToLower(part))
}

// suggestWars offers wars, the newest first.
func suggestWars(s Wars) completer {
	return func(ctx context.Context, c *Call, typed string) []chat.Choice {
		list, err := s.Wars(ctx, c.Faction, knownWars)
		if err != nil {
			return nil
		}
		var out []chat.Choice
		for _, w := range list {
			id := strconv.FormatInt(int64(w.ID), 10)
			if !matches(w.Them.Name, typed) && !strings.HasPrefix(id, typed) {
				continue
			}
			out = append(out, chat.Choice{Name: warChoice(w, c.Now), Value: id})
		}
		return out
	}
}

func warChoice(w war.War, now time.Time) string {
	state := string(w.Outcome())
	if state == "" {
		state = string(w.Phase(now))
	}
	return fmt.Sprintf("%s · %s · %s", say.Plain(w.Them.Name), w.Start.UTC().Format("2 Jan 2006"), state)
}

// player is somebody that an option may name.
type player struct {
	id   faction.PlayerID
	name string
	team war.Team
}

// players are all that a war knows: our roster, then whoever else did something.
func players(roster []faction.Member, rows []war.Row) []player {
	var out []player
	seen := map[faction.PlayerID]bool{0: true}
	add := func(p player) {
		if !seen[p.id] {
			seen[p.id] = true
			out = append(out, p)
		}
	}
	for _, m := range roster {
		add(player{m.ID, m.Name, war.Ours})
	}
	for _, team := range []war.Team{war.Ours, war.Enemy} {
		for _, r := range rows {
			if r.Team == team {
				add(player{r.Player, r.Name, team})
			}
		}
	}
	return out
}

// rank tells how well a player fits what was typed; 0: not at all.
func (p player) rank(typed string) int {
	name, typed := strings.ToLower(p.name), strings.ToLower(typed)
	switch {
	case typed == "" || name == typed || strconv.FormatInt(int64(p.id), 10) == typed:
		return 3
	case strings.HasPrefix(name, typed):
		return 2
	case strings.Contains(name, typed):
		return 1
	default:
		return 0
	}
}

// search gives the players that fit, the best first.
func search(all []player, typed string) []player {
	found := slices.DeleteFunc(slices.Clone(all), func(p player) bool { return p.rank(typed) == 0 })
	slices.SortStableFunc(found, func(a, b player) int {
		return cmp.Or(cmp.Compare(b.rank(typed), a.rank(typed)), cmp.Compare(strings.ToLower(a.name), strings.ToLower(b.name)))
	})
	return found
}

// pickPlayer finds the one player that was meant.
func pickPlayer(all []player, typed string) (player, error) {
	found := search(all, strings.TrimSpace(typed))
	switch {
	case len(found) == 0:
		return player{}, faction.Errorf(faction.NotFound, "Nobody called “%s” is in your faction or took part in this war. Pick a name from the suggestions.", say.Text(typed, 40))
	case len(found) == 1, found[0].rank(typed) > found[1].rank(typed):
		return found[0], nil
	}
	var names []string
	for _, p := range found[:min(5, len(found))] {
		names = append(names, fmt.Sprintf("%s [%d]", say.Name(p.name), p.id))
	}
	return player{}, faction.Errorf(faction.Invalid, "“%s” fits %d players: %s. Pick one from the suggestions.", say.Text(typed, 40), len(found), strings.Join(names, ", "))
}

// suggestMembers offers our roster. Others that took part can be named by id or name.
func suggestMembers(ctx context.Context, c *Call, typed string) []chat.Choice {
	roster, err := c.roster(ctx)
	if err != nil {
		return nil
	}
	var out []chat.Choice
	for _, p := range search(players(roster.Members, nil), typed) {
		out = append(out, chat.Choice{Name: fmt.Sprintf("%s [%d]", say.Plain(p.name), p.id), Value: strconv.FormatInt(int64(p.id), 10)})
	}
	return out
}
