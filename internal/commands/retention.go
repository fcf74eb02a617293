package commands

import (
	"context"
	"fmt"
	"strings"

	"consigliere/internal/chat"
	"consigliere/internal/faction"
	"consigliere/internal/rbac"
)

// Retentions keeps how long factions keep things.
type Retentions interface {
	Retention(ctx context.Context, id faction.ID) (faction.Retention, error)
	SetRetention(ctx context.Context, id faction.ID, r faction.Retention) (was faction.Retention, err error)
}

// retention says how long things are kept: /config retention.
type retention struct{ deps *Deps }

// kept is one thing that can be kept for a while.
type kept struct {
	option, what string
	min          int
	days         func(*faction.Retention) *int
}

func keptThings() []kept {
	return []kept{
		{"attacks", "Hits of wars that are over, one by one (sums stay)", faction.MinAttackDays, func(r *faction.Retention) *int { return &r.Attacks }},
		{"samples", "Score curves of wars that are over", faction.MinSampleDays, func(r *faction.Retention) *int { return &r.Samples }},
		{"deliveries", "Contents of alerts that went out", faction.MinDeliveryDays, func(r *faction.Retention) *int { return &r.Deliveries }},
		{"denials", "Counts of refused attempts (the audit log stays)", faction.MinDenialDays, func(r *faction.Retention) *int { return &r.Denials }},
	}
}

func (h *retention) table() noun {
	var options []chat.Option
	for _, k := range keptThings() {
		options = append(options, chat.Option{Name: k.option, Type: chat.Integer, Min: bound(0), Max: bound(faction.MaxRetentionDays),
			Description: fmt.Sprintf("Days; 0 keeps them for ever, else at least %d", k.min)})
	}
	return noun{commands: []command{{
		route:       route{name: "config retention", guard: rbac.Need(rbac.ConfigManage), plan: chat.Plan{Ephemeral: true}, handle: h.set},
		description: "How long hits, score curves, alerts and denials are kept",
		options:     options,
	}}}
}

// set changes what was given; without anything it shows how it is.
func (h *retention) set(ctx context.Context, c *Call) (chat.Reply, error) {
	r, err := h.deps.Retentions.Retention(ctx, c.Faction)
	if err != nil {
		return chat.Reply{}, err
	}
	was := r
	for _, k := range keptThings() {
		n, given, err := c.Request.Int(k.option)
		if err != nil {
			return chat.Reply{}, faction.Errorf(faction.Invalid, "%s takes a number of days. Nothing was changed.", k.option)
		}
		if given {
			*k.days(&r) = int(min(max(n, -1), faction.MaxRetentionDays+1))
		}
	}
	intro := "Kept"
	if r != was {
		if was, err = h.deps.Retentions.SetRetention(ctx, c.Faction, r); err != nil {
			return chat.Reply{}, err
		}
		c.Audit(ctx, c.Faction, "config.retention", map[string]any{"before": inDays(was), "after": inDays(r)})
		intro = "Changed; what is older goes within a day, for good. Kept"
	}
	return chat.Reply{Message: chat.Message{Content: intro + ":\n" + retentionLines(r)}}, nil
}

// inDays is a retention for the audit log.
func inDays(r faction.Retention) map[string]int {
	out := map[string]int{}
	for _, k := range keptThings() {
		out[k.option] = *k.days(&r)
	}
	return out
}

// retentionLines says how long each thing is kept.
func retentionLines(r faction.Retention) string {
	var lines []string
	for _, k := range keptThings() {
		long := "for ever"
		if n := *k.days(&r); n > 0 {
			long = several(int64(n), "day")
		}
		lines = append(lines, fmt.Sprintf("**%s**: %s", k.what, long))
	}
	return strings.Join(lines, "\n")
}
