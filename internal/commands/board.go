package commands

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"consigliere/internal/alert"
	"consigliere/internal/chat"
	"consigliere/internal/faction"
	"consigliere/internal/rbac"
)

// Boards keeps the list of live messages.
type Boards interface {
	AddBoard(ctx context.Context, id faction.ID, kind, channelID string, now time.Time) error
	RemoveBoard(ctx context.Context, id faction.ID, kind, channelID string) ([]alert.LiveBoard, error)
	Boards(ctx context.Context, id faction.ID) ([]alert.LiveBoard, error)
}

// Channels is what the bot may do in a server's channels.
type Channels interface {
	// CanPost is nil when the channel belongs to the server and the bot can post
	// messages with embeds and pictures there; otherwise a faction.Error that says
	// what is missing.
	CanPost(ctx context.Context, guildID, channelID string) error
	// Delete removes one of the bot's messages.
	Delete(ctx context.Context, channelID, messageID string) error
}

// boards posts live messages: /board.
type boards struct{ deps *Deps }

func (h *boards) table() noun {
	guard := rbac.Need(rbac.DiscordManage)
	kind := chat.Option{Name: "kind", Description: "What the message shows", Required: true}
	for _, k := range liveKinds(h.deps) {
		kind.Choices = append(kind.Choices, chat.Choice{Name: k.title, Value: k.name})
	}
	return noun{commands: []command{
		{
			route:       route{name: "board post", guard: guard, plan: chat.Plan{Ephemeral: true}, handle: h.post},
			description: "Post a live message that is kept up to date",
			options:     []chat.Option{kind, {Name: "channel", Description: "Where", Type: chat.Channel, Required: true}},
		},
		{
			route:       route{name: "board remove", guard: guard, plan: chat.Plan{Ephemeral: true}, handle: h.remove},
			description: "Remove a live message",
			options:     []chat.Option{kind, {Name: "channel", Description: "Where; without it everywhere", Type: chat.Channel}},
		},
	}}
}

// asked reads and checks the options.
func (h *boards) asked(c *Call) (kind, channel string, err error) {
	kind, channel = c.option("kind", ""), c.option("channel", "")
	if !slices.ContainsFunc(liveKinds(h.deps), func(k liveKind) bool { return k.name == kind }) {
		return "", "", faction.Errorf(faction.Invalid, "There is no live message of that kind. Pick one from the list.")
	}
	if channel != "" && !isID(channel) {
		return "", "", faction.Errorf(faction.Invalid, "That is no channel. Pick one from the list.")
	}
	return kind, channel, nil
}

func (h *boards) post(ctx context.Context, c *Call) (chat.Reply, error) {
	kind, channel, err := h.asked(c)
	if err != nil {
		return chat.Reply{}, err
	}
	if c.Request.GuildID == "" || channel == "" {
		return chat.Reply{}, faction.Errorf(faction.Invalid, "Run this in your faction's server and pick one of its channels.")
	}
	if err := h.deps.Channels.CanPost(ctx, c.Request.GuildID, channel); err != nil {
		return chat.Reply{}, err
	}
	if err := h.deps.Boards.AddBoard(ctx, c.Faction, kind, channel, c.Now); err != nil {
		return chat.Reply{}, err
	}
	c.Audit(ctx, c.Faction, "board.post", map[string]any{"kind": kind})
	does := "is kept up to date"
	if kind == LinkBoard {
		does = "stays; whoever presses its button gets a private answer"
	}
	return chat.Reply{Message: chat.Message{Content: fmt.Sprintf(
		"The live %s message appears in <#%s> within a few seconds and %s. `/board remove` takes it away.", kind, channel, does)}}, nil
}

func (h *boards) remove(ctx context.Context, c *Call) (chat.Reply, error) {
	kind, channel, err := h.asked(c)
	if err != nil {
		return chat.Reply{}, err
	}
	gone, err := removeBoards(ctx, h.deps, c.Faction, kind, channel)
	if err != nil {
		return chat.Reply{}, err
	}
	if len(gone) == 0 {
		return chat.Reply{}, faction.Errorf(faction.NotFound, "There is no live %s message there. Nothing was changed.", kind)
	}
	c.Audit(ctx, c.Faction, "board.remove", map[string]any{"kind": kind, "boards": len(gone)})
	where := make([]string, len(gone))
	for i, b := range gone {
		where[i] = "<#" + b.ChannelID + ">"
	}
	return chat.Reply{Message: chat.Message{Content: fmt.Sprintf("Removed the live %s message from %s.", kind, strings.Join(where[:min(len(where), 20)], ", "))}}, nil
}

// removeBoards forgets boards and takes their messages away as far as that goes:
// one that cannot be deleted just stays as it is.
func removeBoards(ctx context.Context, d *Deps, id faction.ID, kind, channel string) ([]alert.LiveBoard, error) {
	gone, err := d.Boards.RemoveBoard(ctx, id, kind, channel)
	if err != nil {
		return nil, err
	}
	for _, b := range gone {
		if b.MessageID == "" {
			continue
		}
		if err := d.Channels.Delete(ctx, b.ChannelID, b.MessageID); err != nil && d.Log != nil {
			d.Log.Info("a live message could not be deleted", "faction_id", id, "err", err)
		}
	}
	return gone, nil
}

// isID tells whether text can be a Discord id.
func isID(s string) bool {
	return len(s) > 0 && len(s) <= 20 && strings.Trim(s, "0123456789") == ""
}
