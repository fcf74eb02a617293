package app

import (
	"context"
	"errors"
	"fmt"

	"consigliere/internal/discord"
	"consigliere/internal/jobs"
	"consigliere/internal/roles"
)

// guild is Discord as package roles speaks of it.
type guild struct{ session *discord.Session }

// roleWork keeps Discord roles and nicknames.
func (a *App) roleWork(g *guild) *jobs.Roles {
	return &jobs.Roles{Store: a.store, Log: a.store, Guild: g, Clock: a.clock, Slog: a.log}
}

// Server reads a server's roles.
func (g *guild) Server(ctx context.Context, guildID string) (roles.Server, error) {
	s, err := g.session.Server(ctx, guildID)
	return s, roleError(err)
}

// Member reads one member.
func (g *guild) Member(ctx context.Context, guildID, userID string) (roles.Member, error) {
	m, err := g.session.Member(ctx, guildID, userID)
	return m, roleError(err)
}

// GiveRole gives a role.
func (g *guild) GiveRole(ctx context.Context, guildID, userID, roleID string) error {
	return roleError(g.session.GiveRole(ctx, guildID, userID, roleID))
}

// TakeRole takes a role.
func (g *guild) TakeRole(ctx context.Context, guildID, userID, roleID string) error {
	return roleError(g.session.TakeRole(ctx, guildID, userID, roleID))
}

// SetNick changes a nickname.
func (g *guild) SetNick(ctx context.Context, guildID, userID, nick string) error {
	return roleError(g.session.SetNick(ctx, guildID, userID, nick))
}

// roleError says in the words of package roles what Discord answered.
func roleError(err error) error {
	switch {
	case err == nil:
		return nil
	case discord.UnknownMember(err):
		return fmt.Errorf("%w: %w", roles.ErrNotThere, err)
	case discord.UnknownGuild(err):
		return fmt.Errorf("%w: %w", roles.ErrNoServer, err)
	case errors.Is(err, discord.ErrGone):
		return fmt.Errorf("%w: %w", roles.ErrNoRole, err)
	case errors.Is(err, discord.ErrForbidden), errors.Is(err, discord.ErrInvalid): // a name that Discord does not want
		return fmt.Errorf("%w: %w", roles.ErrRefused, err)
	default:
		return err
	}
}
