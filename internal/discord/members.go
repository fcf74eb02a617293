package discord

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"consigliere/internal/roles"
)

const (
	memberRoute     = "/guilds/{guild}/members/{user}"
	memberRoleRoute = "/guilds/{guild}/members/{user}/roles/{role}"
)

// Server reads what is needed to give roles on a server: its owner, its roles, and the
// bot itself. A server that the bot is not in is ErrGone.
func (s *Session) Server(ctx context.Context, guildID string) (roles.Server, error) {
	if err := checkIDs(guildID); err != nil {
		return roles.Server{}, err
	}
	var g struct {
		ID      string `json:"id"`
		OwnerID string `json:"owner_id"`
		Roles   []struct {
			ID          string `json:"id"`
			Name        string `json:"name"`
			Position    int    `json:"position"`
			Managed     bool   `json:"managed"`
			Permissions string `json:"permissions"`
		} `json:"roles"`
	}
	if err := s.send(ctx, newCall(http.MethodGet, "/guilds/{guild}", guildID), nil, &g); err != nil {
		return roles.Server{}, fmt.Errorf("read server %s: %w", guildID, err)
	}
	own, err := s.self(ctx)
	if err != nil {
		return roles.Server{}, err
	}
	bot, err := s.Member(ctx, guildID, own)
	if err != nil {
		return roles.Server{}, err
	}
	out := roles.Server{ID: g.ID, OwnerID: g.OwnerID, Bot: bot}
	for _, r := range g.Roles {
		permissions, err := strconv.ParseUint(r.Permissions, 10, 64)
		if err != nil {
			return roles.Server{}, fmt.Errorf("read server %s: the permissions of role %s are no number", guildID, r.ID)
		}
		out.Roles = append(out.Roles, roles.Role{ID: r.ID, Name: r.Name, Position: r.Position, Managed: r.Managed, Permissions: permissions})
	}
	return out, nil
}

// Member reads one member of a server; ErrGone when they are not there. It needs no
// privileged intent, which listing all members would.
func (s *Session) Member(ctx context.Context, guildID, userID string) (roles.Member, error) {
	if err := checkIDs(guildID, userID); err != nil {
		return roles.Member{}, err
	}
	var m struct {
		Nick  string   `json:"nick"`
		Roles []string `json:"roles"`
	}
	if err := s.send(ctx, newCall(http.MethodGet, memberRoute, guildID, userID), nil, &m); err != nil {
		return roles.Member{}, fmt.Errorf("read member %s of server %s: %w", userID, guildID, err)
	}
	return roles.Member{DiscordID: userID, Nick: m.Nick, Roles: m.Roles}, nil
}

// GiveRole gives a member a role; to have it already is no error. A role that the bot
// may not give is ErrForbidden, one that is gone, or somebody who is, ErrGone.
func (s *Session) GiveRole(ctx context.Context, guildID, userID, roleID string) error {
	return s.setRole(ctx, http.MethodPut, guildID, userID, roleID)
}

// TakeRole takes a role from a member; not to have it is no error.
func (s *Session) TakeRole(ctx context.Context, guildID, userID, roleID string) error {
	return s.setRole(ctx, http.MethodDelete, guildID, userID, roleID)
}

func (s *Session) setRole(ctx context.Context, method, guildID, userID, roleID string) error {
	if err := checkIDs(guildID, userID, roleID); err != nil {
		return err
	}
	if err := s.send(ctx, newCall(method, memberRoleRoute, guildID, userID, roleID), nil, nil); err != nil {
		return fmt.Errorf("change role %s of member %s of server %s: %w", roleID, userID, guildID, err)
	}
	return nil
}

// maxNick is the longest nickname, in characters.
const maxNick = 32

// SetNick changes a member's nickname on a server; an empty one takes it away. The
// server's owner and whoever stands above the bot are ErrForbidden.
func (s *Session) SetNick(ctx context.Context, guildID, userID, nick string) error {
	if length(nick) > maxNick {
		return fmt.Errorf("nickname of member %s: %w: more than %d characters", userID, ErrInvalid, maxNick)
	}
	if err := checkIDs(guildID, userID); err != nil {
		return err
	}
	body := struct {
		Nick string `json:"nick"`
	}{nick}
	if err := s.send(ctx, newCall(http.MethodPatch, memberRoute, guildID, userID), body, nil); err != nil {
		return fmt.Errorf("nickname of member %s of server %s: %w", userID, guildID, err)
	}
	return nil
}

// UnknownMember tells whether a call failed because somebody is not on the server, and
// not because of the server or a role.
func UnknownMember(err error) bool {
	return hasCode(err, 10007) || hasCode(err, 10013)
}

// UnknownGuild tells whether a call failed because the bot is not on the server.
func UnknownGuild(err error) bool {
	return hasCode(err, 10004) || errors.Is(err, ErrForbidden) && hasCode(err, 50001)
}
