package commands

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"consigliere/internal/chat"
	"consigliere/internal/faction"
	"consigliere/internal/rbac"
	"consigliere/internal/say"
)

// suggestedFor is what set-up would give a position: what its abilities in the game
// speak for, beside what every position has.
func suggestedFor(p faction.Position) rbac.Set { return rbac.Suggest(p.Abilities) | rbac.Unmapped() }

// readRights finds out which positions can be given permissions, and which were.
func (h *setup) readRights(ctx context.Context, s *setupState) error {
	positions, err := h.deps.Rights.Positions(ctx, s.info.ID)
	if err != nil {
		return err
	}
	mapped, err := h.deps.Rights.Mappings(ctx, s.info.ID)
	if err != nil {
		return err
	}
	for _, p := range positions {
		if !rbac.Mappable(p.Name) {
			continue
		}
		s.positions = append(s.positions, p)
		if !slices.ContainsFunc(mapped, func(m rbac.Mapped) bool { return m.Position == p.Name }) {
			s.undecided = append(s.undecided, p)
		}
	}
	return nil
}

// rights shows what the game's own abilities suggest, before anything is given.
func (h *setup) rights(ctx context.Context, c *Call) (chat.Reply, error) {
	s, err := h.later(ctx, c, c.args())
	if err != nil {
		return chat.Reply{}, err
	}
	return chat.Reply{Update: true, Message: s.rightsMessage()}, nil
}

// useSuggested decides every position that nobody decided yet as it was shown. One
// that was decided meanwhile stays as it is.
func (h *setup) useSuggested(ctx context.Context, c *Call) (chat.Reply, error) {
	s, err := h.later(ctx, c, c.args())
	if err != nil {
		return chat.Reply{}, err
	}
	for _, p := range s.undecided {
		m := rbac.Mapped{Position: p.Name, Granted: suggestedFor(p), Abilities: p.Abilities, By: c.Link.Player, At: c.Now}
		_, err := h.deps.Rights.SetGrants(ctx, s.info.ID, rbac.Mapped{}, m)
		if faction.KindOf(err) == faction.Conflict {
			continue
		}
		if err != nil {
			return chat.Reply{}, err
		}
		c.Audit(ctx, s.info.ID, "permissions.set", map[string]any{
			"position": p.Name, "before": rbac.Unmapped().String(), "after": m.Granted.String(),
		})
	}
	return h.again(ctx, c, s.info.ID, "setup.rights", map[string]any{"positions": len(s.undecided)})
}

func (h *setup) back(ctx context.Context, c *Call) (chat.Reply, error) {
	s, err := h.later(ctx, c, c.args())
	if err != nil {
		return chat.Reply{}, err
	}
	return chat.Reply{Update: true, Message: s.message()}, nil
}

const mostShown = 15 // positions in one message

// rightsMessage offers the suggestion for the positions nobody decided on.
func (s setupState) rightsMessage() chat.Message {
	e := chat.Embed{Title: "Setup · who may do what", Color: say.Amber}
	back := chat.Button{ID: makeID(backAction, s.info.ID), Label: "Back"}
	switch {
	case len(s.positions) == 0:
		e.Description = "The positions of your faction were not read yet. They take a key of a member whose position has Faction API Access, " +
			"lent with `/link`; then come back here. Until then leader and co-leader may do everything."
		return chat.Message{Embeds: []chat.Embed{e}, Rows: []chat.Row{{Buttons: []chat.Button{back}}}}
	case len(s.undecided) == 0:
		e.Description = "Every position is decided. `/config permissions show` shows them, `/config permissions set` changes one."
		return chat.Message{Embeds: []chat.Embed{e}, Rows: []chat.Row{{Buttons: []chat.Button{back}}}}
	}
	lines := []string{"Everybody with a position sees wars, crimes and chains. From what each position may do in the game, this is suggested:", ""}
	for _, p := range s.undecided[:min(len(s.undecided), mostShown)] {
		more, _ := rbac.Diff(rbac.Unmapped(), suggestedFor(p))
		line := "nothing more"
		if more != 0 {
			line = "also " + strings.ReplaceAll(more.String(), " ", ", ")
		}
		lines = append(lines, fmt.Sprintf("**%s**: %s", say.Name(p.Name), line))
	}
	if n := len(s.undecided) - mostShown; n > 0 {
		lines = append(lines, fmt.Sprintf("… and %d more positions", n))
	}
	lines = append(lines, "", "Leader and co-leader have everything. `/config permissions` changes each position at any time.")
	e.Description = say.Within(strings.Join(lines, "\n"), 4000)
	return chat.Message{Embeds: []chat.Embed{e}, Rows: []chat.Row{{Buttons: []chat.Button{
		{ID: makeID(suggestedAction, s.info.ID), Label: "Use this", Style: chat.Success}, back,
	}}}}
}
