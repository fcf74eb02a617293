package discord

import (
	"context"
	"encoding/json"
	"fmt"
)

// maxGuildEvents bounds those waiting for OnGuild; a bot for a handful of
// factions is in a handful of servers.
const maxGuildEvents = 1024

type guildEvent struct {
	id, name string
	joined   bool
}

// guild hands a join or leave on to OnGuild's goroutine.
func (s *Session) guild(kind string, data []byte) {
	var g struct {
		ID          string `json:"id"`
		Name        string `json:"name"`
		Unavailable bool   `json:"unavailable"`
	}
	if err := json.Unmarshal(data, &g); err != nil {
		s.log.Error("guild event cannot be read", "event", kind, "err", err)
		return
	}
	if s.cfg.OnGuild == nil || g.ID == "" || g.Unavailable { // unavailable: an outage, nobody left
		return
	}
	select {
	case s.guildEvents <- guildEvent{g.ID, g.Name, kind == "GUILD_CREATE"}:
	default:
		s.log.Warn("guild event dropped", "event", kind, "guild_id", g.ID)
	}
}

// tellGuilds calls OnGuild in the order of the events.
func (s *Session) tellGuilds(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case e := <-s.guildEvents:
			func() {
				defer func() {
					if p := recover(); p != nil {
						s.log.Error("panic in the guild callback", "guild_id", e.id, "panic", fmt.Sprint(p))
					}
				}()
				s.cfg.OnGuild(ctx, e.id, e.name, e.joined)
			}()
		}
	}
}
