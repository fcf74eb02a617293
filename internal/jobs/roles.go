package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"consigliere/internal/clock"
	"consigliere/internal/faction"
	"consigliere/internal/roles"
)

// RoleStore is what roles need of the store.
type RoleStore interface {
	RolePlaces(ctx context.Context) ([]roles.Place, error)
	RoleSetup(ctx context.Context, at roles.Place) (roles.Setup, error)
	RolePeople(ctx context.Context, at roles.Place) ([]roles.Person, error)
	RecordRole(ctx context.Context, at roles.Place, discordID, roleID string, given bool, now time.Time) error
	RecordLook(ctx context.Context, at roles.Place, p roles.Person) error
}

// RoleLog keeps how servers were found, and what was done.
type RoleLog interface {
	RecordRoles(ctx context.Context, at roles.Place, trouble string, broken map[string]roles.Reason, now time.Time) (changed []string, err error)
	Audit(ctx context.Context, id faction.ID, e faction.AuditEntry) error
}

// Guild is Discord's side: its errors are those of package roles.
type Guild interface {
	Server(ctx context.Context, guildID string) (roles.Server, error)
	Member(ctx context.Context, guildID, userID string) (roles.Member, error)
	GiveRole(ctx context.Context, guildID, userID, roleID string) error
	TakeRole(ctx context.Context, guildID, userID, roleID string) error
	SetNick(ctx context.Context, guildID, userID, nick string) error
}

// Roles keeps Discord roles and nicknames as each faction wants them on its servers.
// Whatever changes what somebody is to have (a link, a position, the setup) shows in
// the database, so that a look every minute finds it; everybody is looked at every
// hour, because what others change on Discord does not show there.
type Roles struct {
	Store RoleStore
	Log   RoleLog
	Guild Guild
	Clock clock.Clock
	Slog  *slog.Logger
}

// Job looks for what changed every minute. Discord lets a bot change about one member
// of a server a second, so that the first time takes minutes.
func (r *Roles) Job() Job {
	return Job{Name: "roles", Every: time.Minute, Limit: 20 * time.Minute, Run: r.run}
}

// run goes through the servers. One that fails does not hold up the others.
func (r *Roles) run(ctx context.Context) (map[string]int, error) {
	places, err := r.Store.RolePlaces(ctx)
	if err != nil {
		return nil, err
	}
	t := newTally()
	var errs []error
	for len(places) > 0 && ctx.Err() == nil {
		guildID := places[0].Guild
		n := slices.IndexFunc(places, func(p roles.Place) bool { return p.Guild != guildID })
		if n < 0 {
			n = len(places)
		}
		if err := r.guild(ctx, t, guildID, places[:n]); err != nil {
			errs = append(errs, err)
			r.Slog.Warn("roles of a server could not be kept", "guild_id", guildID, "err", err)
		}
		places = places[n:]
	}
	return t.all(), errors.Join(append(errs, ctx.Err())...)
}

// ranked is a place with all that is known of it.
type ranked struct {
	roles.Setup
	people []roles.Person
}

// guild follows the setups of one server's factions.
func (r *Roles) guild(ctx context.Context, t *tally, guildID string, places []roles.Place) error {
	var all []ranked
	due := 0
	for _, at := range places {
		one, n, err := r.load(ctx, at)
		if err != nil {
			return err
		}
		if one != nil {
			all = append(all, *one)
			due += n
		}
	}
	if due == 0 {
		return nil
	}
	server, err := r.Guild.Server(ctx, guildID)
	if errors.Is(err, roles.ErrNoServer) {
		for _, one := range all {
			if _, err := r.Log.RecordRoles(ctx, one.Place, "The bot is not on this server any more.", nil, r.Clock.Now()); err != nil {
				return err
			}
		}
		t.add("servers that the bot has left")
		return nil
	}
	if err != nil {
		return fmt.Errorf("look at server %s: %w", guildID, err)
	}
	for i := range all {
		if err := r.follow(ctx, t, server, all, i); err != nil {
			return err
		}
	}
	return nil
}

// load reads a place; nil when its setup is not to be followed now.
func (r *Roles) load(ctx context.Context, at roles.Place) (one *ranked, due int, err error) {
	setup, err := r.Store.RoleSetup(ctx, at)
	if err != nil || setup.State() != roles.On {
		return nil, 0, err
	}
	now := r.Clock.Now()
	if setup.Stale(now) {
		const why = "The faction's member list is more than a day old, so nobody's roles are changed."
		if setup.Trouble != why {
			_, err = r.Log.RecordRoles(ctx, at, why, nil, now)
		}
		return nil, 0, err
	}
	people, err := r.Store.RolePeople(ctx, at)
	if err != nil {
		return nil, 0, err
	}
	for _, p := range people {
		if setup.Due(p, now) {
			due++
		}
	}
	return &ranked{setup, people}, due, nil
}

// done is what was done to whom, for the audit log.
type done struct{ given, taken, renamed []faction.PlayerID }

func (d done) body() map[string]any {
	body := map[string]any{}
	for what, who := range map[string][]faction.PlayerID{"given": d.given, "taken": d.taken, "renamed": d.renamed} {
		if len(who) > 0 {
			body[what] = who
		}
	}
	return body
}

// follow brings everybody of one place who is due to what they are to have.
func (r *Roles) follow(ctx context.Context, t *tally, server roles.Server, all []ranked, i int) error {
	one := all[i]
	broken := map[string]roles.Reason{}
	for _, rule := range one.Rules {
		broken[rule.RoleID] = server.CanGive(rule.RoleID)
	}
	changed, err := r.Log.RecordRoles(ctx, one.Place, "", broken, r.Clock.Now())
	if err != nil {
		return err
	}
	r.auditBroken(ctx, one, broken, changed)
	var d done
	for _, p := range one.people {
		if !one.Due(p, r.Clock.Now()) {
			continue
		}
		if err = r.person(ctx, t, server, all, i, p, &d); err != nil {
			break
		}
	}
	if body := d.body(); len(body) > 0 {
		r.audit(ctx, one.Faction, "roles.changed", body)
	}
	return err
}

// auditBroken records which mapped roles can no longer be given, or can again.
func (r *Roles) auditBroken(ctx context.Context, one ranked, broken map[string]roles.Reason, changed []string) {
	for _, rule := range one.Rules {
		if slices.Contains(changed, rule.RoleID) {
			body := map[string]any{"kind": rule.Kind, "works": broken[rule.RoleID] == ""}
			if rule.Position != "" {
				body["position"] = rule.Position
			}
			if why := broken[rule.RoleID]; why != "" {
				body["reason"] = string(why)
			}
			r.audit(ctx, one.Faction, "roles.health", body)
		}
	}
}

// audit records what the bot did by itself. Who is no longer linked is player 0.
func (r *Roles) audit(ctx context.Context, id faction.ID, action string, body map[string]any) {
	err := r.Log.Audit(context.WithoutCancel(ctx), id, faction.AuditEntry{At: r.Clock.Now(), Action: action, Outcome: "done", Body: body})
	if err != nil {
		r.Slog.Error("audit entry not written", "faction_id", id, "action", action, "err", err)
	}
}

// person brings one person to what they are to have. What Discord refuses is
// remembered and tried again in an hour; an error is one that the rest would meet, too.
func (r *Roles) person(ctx context.Context, t *tally, server roles.Server, all []ranked, i int, p roles.Person, d *done) error {
	one := all[i]
	at := one.Place
	looked := func(trouble roles.Reason) error {
		p.Applied, p.Trouble, p.LookedAt = one.Fingerprint(p), trouble, r.Clock.Now()
		return r.Store.RecordLook(ctx, at, p)
	}
	m, err := r.Guild.Member(ctx, at.Guild, p.DiscordID)
	if errors.Is(err, roles.ErrNotThere) {
		for _, id := range p.Given { // gone with the membership
			if err := r.Store.RecordRole(ctx, at, p.DiscordID, id, false, r.Clock.Now()); err != nil {
				return err
			}
		}
		return looked("")
	}
	if err != nil {
		return fmt.Errorf("look at a member of server %s: %w", at.Guild, err)
	}
	t.add("looked at")
	c := one.Plan(server, p, m)
	for _, id := range c.Give {
		if err := r.give(ctx, at, &c, id); err != nil {
			return err
		}
		if _, kept := c.Kept[id]; !kept {
			t.add("roles given")
			d.given = append(d.given, p.Player)
		}
	}
	for _, id := range c.Take {
		if err := r.take(ctx, all, i, m, &c, id); err != nil {
			return err
		}
		if _, kept := c.Kept[id]; !kept && slices.Contains(m.Roles, id) {
			t.add("roles taken")
			d.taken = append(d.taken, p.Player)
		}
	}
	if c.Rename != "" {
		switch err := r.Guild.SetNick(ctx, at.Guild, p.DiscordID, c.Rename); {
		case errors.Is(err, roles.ErrRefused):
			c.NickKept = roles.Refused
		case err != nil && !errors.Is(err, roles.ErrNotThere):
			return err
		default:
			t.add("renamed")
			d.renamed = append(d.renamed, p.Player)
		}
	}
	return looked(c.Trouble())
}

// give gives a role. It is written down first: a role that the bot gave and does not
// know of would stay for ever.
func (r *Roles) give(ctx context.Context, at roles.Place, c *roles.Change, id string) error {
	who := c.Person.DiscordID
	if err := r.Store.RecordRole(ctx, at, who, id, true, r.Clock.Now()); err != nil {
		return err
	}
	err := r.Guild.GiveRole(ctx, at.Guild, who, id)
	switch {
	case errors.Is(err, roles.ErrRefused):
		c.Kept[id] = roles.Refused
	case errors.Is(err, roles.ErrNoRole):
		c.Kept[id] = roles.Deleted
	case errors.Is(err, roles.ErrNotThere):
		c.Kept[id] = ""
	default:
		return err // when it is one, the role may have been given all the same
	}
	return r.Store.RecordRole(ctx, at, who, id, false, r.Clock.Now())
}

// take takes back a role that the bot gave, unless another faction of the server wants
// the same person to have it: then it is that faction's from now on.
func (r *Roles) take(ctx context.Context, all []ranked, i int, m roles.Member, c *roles.Change, id string) error {
	at, who := all[i].Place, c.Person.DiscordID
	if heir, ok := wantedBy(all, i, who, id); ok {
		c.Kept[id] = ""
		if err := r.Store.RecordRole(ctx, heir, who, id, true, r.Clock.Now()); err != nil {
			return err
		}
	} else if slices.Contains(m.Roles, id) {
		err := r.Guild.TakeRole(ctx, at.Guild, who, id)
		switch {
		case errors.Is(err, roles.ErrRefused):
			c.Kept[id] = roles.Refused
			return nil
		case err != nil && !errors.Is(err, roles.ErrNoRole) && !errors.Is(err, roles.ErrNotThere):
			return err
		}
	}
	return r.Store.RecordRole(ctx, at, who, id, false, r.Clock.Now())
}

// wantedBy finds another faction of the server that wants somebody to have a role.
func wantedBy(all []ranked, not int, discordID, roleID string) (roles.Place, bool) {
	for i, other := range all {
		if i == not {
			continue
		}
		for _, p := range other.people {
			if p.DiscordID == discordID && slices.Contains(other.Wanted(p), roleID) {
				return other.Place, true
			}
		}
	}
	return roles.Place{}, false
}

// previewTime is how long a preview looks at people, of the wall's time; somebody waits.
const previewTime = 90 * time.Second

// Preview tells what following a setup would do, and changes nothing.
func (r *Roles) Preview(ctx context.Context, at roles.Place) (roles.Preview, error) {
	setup, err := r.Store.RoleSetup(ctx, at)
	if err != nil {
		return roles.Preview{}, err
	}
	out := roles.Preview{Setup: setup}
	if setup.Stale(r.Clock.Now()) {
		out.Trouble = "Your faction's member list is more than a day old, so nobody's position is known. `/status` says why it is not read."
		return out, nil
	}
	people, err := r.Store.RolePeople(ctx, at)
	if err != nil {
		return roles.Preview{}, err
	}
	if out.Server, err = r.Guild.Server(ctx, at.Guild); err != nil {
		return roles.Preview{}, err
	}
	limited, cancel := context.WithTimeout(ctx, previewTime)
	defer cancel()
	for i, p := range people {
		m, err := r.Guild.Member(limited, at.Guild, p.DiscordID)
		switch {
		case errors.Is(err, roles.ErrNotThere):
			out.Absent++
		case err != nil && limited.Err() != nil && ctx.Err() == nil:
			out.Unread = len(people) - i
			return out, nil
		case err != nil:
			return roles.Preview{}, err
		default:
			out.Changes = append(out.Changes, setup.Plan(out.Server, p, m))
		}
	}
	return out, nil
}

// Look reads a server and one of its members.
func (r *Roles) Look(ctx context.Context, guildID, userID string) (roles.Server, roles.Member, error) {
	server, err := r.Guild.Server(ctx, guildID)
	if err != nil {
		return roles.Server{}, roles.Member{}, err
	}
	m, err := r.Guild.Member(ctx, guildID, userID)
	return server, m, err
}

// People lists whose roles a faction has a say in on a server, as they were last seen.
func (r *Roles) People(ctx context.Context, at roles.Place) ([]roles.Person, error) {
	return r.Store.RolePeople(ctx, at)
}
