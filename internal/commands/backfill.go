package commands

import (
	"context"
	"strconv"
	"strings"
	"time"

	"consigliere/internal/chat"
	"consigliere/internal/clock"
	"consigliere/internal/faction"
	"consigliere/internal/feed"
	"consigliere/internal/rbac"
	"consigliere/internal/say"
)

// Backfills keeps the reading of wars from before the bot came.
type Backfills interface {
	StartBackfill(ctx context.Context, id faction.ID, o feed.BackfillOrder) (b feed.Backfill, fresh bool, err error)
	// Backfill is the one under way, else the last; ok is false when there never was one.
	Backfill(ctx context.Context, id faction.ID) (b feed.Backfill, ok bool, err error)
	CancelBackfill(ctx context.Context, id faction.ID, backfill int64, now time.Time) error
}

// backfilling reads wars of the past on request: /war backfill.
type backfilling struct{ deps *Deps }

const (
	backfillAction = "backfill:show"
	cancelAction   = "backfill:cancel"
)

func (h *backfilling) table() noun {
	guard := rbac.Need(rbac.WarManage)
	private := chat.Plan{Ephemeral: true}
	return noun{
		commands: []command{{
			route:       route{name: "war backfill", guard: guard, plan: chat.Plan{Ephemeral: true, Slow: true, Long: true}, handle: h.start},
			description: "Read wars from before the bot came: attacks, reports, charts",
			options: []chat.Option{
				{Name: "from", Description: "A date like 2026-01-31, or a number of days back; without it, how far it is", Max: bound(20)},
				{Name: "to", Description: "A date; without it today", Max: bound(20)},
			},
		}},
		actions: []route{
			{name: backfillAction, guard: guard, ours: true, plan: private, handle: h.look},
			{name: cancelAction, guard: guard, ours: true, plan: private, handle: h.cancel},
		},
	}
}

// day reads a date, or a number of days before now.
func (h *backfilling) day(text string, now time.Time) (time.Time, error) {
	if days, err := strconv.Atoi(text); err == nil && days > 0 && days <= 5000 {
		return now.AddDate(0, 0, -days), nil
	}
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return t, faction.Errorf(faction.Invalid, "“%s” is no date. Write it like 2026-01-31, or a number of days back. Nothing was started.", say.Text(text, 20))
	}
	return t, nil
}

// span reads the options.
func (h *backfilling) span(c *Call) (from, to time.Time, err error) {
	if from, err = h.day(strings.TrimSpace(c.option("from", "")), c.Now); err != nil {
		return from, to, err
	}
	to = c.Now
	if text := strings.TrimSpace(c.option("to", "")); text != "" {
		if to, err = h.day(text, c.Now); err != nil {
			return from, to, err
		}
		if to = to.Add(24*time.Hour - time.Second); to.After(c.Now) { // the day itself is meant, too
			to = c.Now
		}
	}
	if !from.Before(to) {
		return from, to, faction.Errorf(faction.Invalid, "That span is empty: it begins on %s and ends on %s. Nothing was started.",
			from.UTC().Format(time.DateOnly), to.UTC().Format(time.DateOnly))
	}
	return from, to, nil
}

func (h *backfilling) start(ctx context.Context, c *Call) (chat.Reply, error) {
	if c.option("from", "") == "" {
		if c.option("to", "") != "" {
			return chat.Reply{}, faction.Errorf(faction.Invalid, "Say from when on: `/war backfill from:2026-01-31`. Nothing was started.")
		}
		return h.show(ctx, c, false)
	}
	from, to, err := h.span(c)
	if err != nil {
		return chat.Reply{}, err
	}
	keys, err := h.deps.Links.Keys(ctx, c.Faction, 0)
	if err != nil {
		return chat.Reply{}, err
	}
	if readers(keys) == 0 {
		return chat.Reply{}, faction.Errorf(faction.Conflict, "No key can read the attack log, so nothing was started. A member whose position has Faction API Access uses `/link` and chooses **Lend to the faction**.")
	}
	b, fresh, err := h.deps.Backfills.StartBackfill(ctx, c.Faction, feed.BackfillOrder{By: c.Link.Player, At: c.Now, From: from, To: to})
	if err != nil {
		return chat.Reply{}, err
	}
	if fresh {
		c.Audit(ctx, c.Faction, "war.backfill", map[string]any{"backfill": b.ID, "from": from.Unix(), "to": to.Unix()})
		c.hurry(ctx, c.Faction, feed.Attacks)
	}
	return h.watch(ctx, c, fresh)
}

const (
	backfillLook  = 3 * time.Second // of the wall's time
	backfillLooks = 200             // a token of Discord's lives for 15 minutes
)

// watch shows how it comes along until it is over, or for as long as the answer may
// be changed. It goes on without.
func (h *backfilling) watch(ctx context.Context, c *Call, fresh bool) (chat.Reply, error) {
	shown := ""
	for range backfillLooks {
		b, ok, err := h.deps.Backfills.Backfill(ctx, c.Faction)
		if err != nil {
			return chat.Reply{}, err
		}
		if !ok || b.State != feed.BackfillRunning || c.Request.Progress == nil {
			break
		}
		m, err := h.message(ctx, c, b, fresh)
		if err != nil {
			return chat.Reply{}, err
		}
		if text := m.Embeds[0].Title + m.Embeds[0].Description; text != shown {
			shown = text
			c.Request.Progress(m)
		}
		if h.deps.Clock.Sleep(ctx, clock.Span(h.deps.Clock, backfillLook)) != nil {
			break
		}
	}
	return h.show(ctx, c, fresh)
}

// show tells how it stands.
func (h *backfilling) show(ctx context.Context, c *Call, fresh bool) (chat.Reply, error) {
	b, ok, err := h.deps.Backfills.Backfill(context.WithoutCancel(ctx), c.Faction)
	if err != nil {
		return chat.Reply{}, err
	}
	if !ok {
		return chat.Reply{}, faction.Errorf(faction.NotFound, "No wars of the past were asked for yet. `/war backfill from:365` reads a year of them.")
	}
	m, err := h.message(context.WithoutCancel(ctx), c, b, fresh)
	return chat.Reply{Message: m}, err
}

func (h *backfilling) message(ctx context.Context, c *Call, b feed.Backfill, fresh bool) (chat.Message, error) {
	kept, err := h.deps.Retentions.Retention(ctx, c.Faction)
	if err != nil {
		return chat.Message{}, err
	}
	m := say.RenderBackfill(say.BackfillView{Backfill: b, KeptDays: kept.Attacks, Now: c.Now})
	if !fresh && b.State == feed.BackfillRunning && c.option("from", "") != "" {
		m.Content = "One is under way already; nothing new was started."
	}
	buttons := []chat.Button{{ID: makeID(backfillAction, c.Faction), Label: "Refresh"}}
	if b.State == feed.BackfillRunning {
		buttons = append(buttons, chat.Button{ID: makeID(cancelAction, c.Faction, b.ID), Label: "Cancel", Style: chat.Danger})
	}
	m.Rows = []chat.Row{{Buttons: buttons}}
	return m, nil
}

func (h *backfilling) look(ctx context.Context, c *Call) (chat.Reply, error) {
	a := c.args()
	if err := a.ours(c); err != nil {
		return chat.Reply{}, err
	}
	if err := a.end(); err != nil {
		return chat.Reply{}, err
	}
	reply, err := h.show(ctx, c, true)
	reply.Update = true
	return reply, err
}

func (h *backfilling) cancel(ctx context.Context, c *Call) (chat.Reply, error) {
	a := c.args()
	if err := a.ours(c); err != nil {
		return chat.Reply{}, err
	}
	id := a.number()
	if err := a.end(); err != nil {
		return chat.Reply{}, err
	}
	if err := h.deps.Backfills.CancelBackfill(ctx, c.Faction, id, c.Now); err != nil {
		return chat.Reply{}, err
	}
	c.Audit(ctx, c.Faction, "war.backfill_cancel", map[string]any{"backfill": id})
	reply, err := h.show(ctx, c, true)
	reply.Update = true
	return reply, err
}
