package commands

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"consigliere/internal/alert"
	"consigliere/internal/chain"
	"consigliere/internal/chat"
	"consigliere/internal/faction"
	"consigliere/internal/feed"
	"consigliere/internal/rbac"
	"consigliere/internal/roster"
	"consigliere/internal/say"
)

// Chains reads chains and what was hit in them.
type Chains interface {
	OpenChains(ctx context.Context, id faction.ID) ([]chain.Watched, error)
	Chains(ctx context.Context, id faction.ID, least, limit int) ([]chain.Summary, error)
	ChainByID(ctx context.Context, id faction.ID, c chain.ID) (chain.Summary, error)
	ChainMembers(ctx context.Context, id faction.ID, c chain.ID) ([]chain.MemberReport, error)
	ChainHits(ctx context.Context, id faction.ID, from, to time.Time) ([]chain.Hit, error)
}

// ChainDuty changes what is done about chains: who takes a bonus hit, whether the rest
// hold, whether anybody is called.
type ChainDuty interface {
	TakeBonus(ctx context.Context, id faction.ID, c chain.ID, hit int, by faction.PlayerID, now time.Time) (chain.Claim, error)
	HoldBonus(ctx context.Context, id faction.ID, c chain.ID, hit int, by faction.PlayerID, now time.Time) (chain.Claim, error)
	TrackChains(ctx context.Context, id faction.ID, on bool) (was bool, err error)
}

// OnDuty tells who is on watch over the chain.
type OnDuty interface {
	OnWatch(ctx context.Context, id faction.ID, at time.Time) (roster.Duty, error)
}

// chains answers how chains stand: /chain status, report, history, track.
type chains struct{ deps *Deps }

const (
	chainStatusAction  = "chain:status"
	chainReportAction  = "chain:report"
	chainHistoryAction = "chain:history"

	// chainBoard is the kind of the live chain message.
	chainBoard = "chain"

	// knownChains is how many past chains are listed and searched.
	knownChains = 100
	// recentHits is how far back hits tell the pace.
	recentHits = 5 * time.Minute
)

func viewChain() rbac.Guard   { return rbac.Need(rbac.ChainView) }
func manageChain() rbac.Guard { return rbac.Need(rbac.ChainManage) }

func (h *chains) table() noun {
	private := chat.Plan{Ephemeral: true}
	return noun{
		commands: []command{
			{
				route:       route{name: "chain status", guard: viewChain(), reads: true, handle: h.status},
				description: "Timer, next bonus, pace, who hit last",
			},
			{
				route:       route{name: "chain report", guard: viewChain(), reads: true, handle: h.report},
				description: "Who did what in a chain, page by page",
				options:     []chat.Option{{Name: "chain", Description: "Without it the running or latest chain", Autocomplete: true, Max: bound(100)}, teamOption()},
				complete:    map[string]completer{"chain": suggestChains(h.deps), optionSquad: suggestTeams(h.deps)},
			},
			{
				route:       route{name: "chain history", guard: viewChain(), reads: true, handle: h.history},
				description: "Past chains, how long and how much",
			},
			{
				route:       route{name: "chain track start", guard: manageChain(), handle: h.track(true)},
				description: "Call people before a chain breaks (the default)",
			},
			{
				route:       route{name: "chain track stop", guard: manageChain(), handle: h.track(false)},
				description: "Call nobody about chains; they are still counted",
			},
		},
		actions: []route{
			{name: chainStatusAction, guard: viewChain(), reads: true, ours: true, handle: h.statusAgain},
			{name: chainReportAction, guard: viewChain(), reads: true, ours: true, handle: h.turnReport},
			{name: chainHistoryAction, guard: viewChain(), reads: true, ours: true, handle: h.turnHistory},
			{name: say.ChainTake, guard: viewChain(), ours: true, plan: private, handle: h.take},
			{name: say.ChainHold, guard: viewChain(), ours: true, plan: private, handle: h.hold},
		},
	}
}

// view reads all that is shown of the chain now.
func (h *chains) view(ctx context.Context, id faction.ID, now time.Time) (v say.ChainView, err error) {
	v.Now = now
	if v.Feeds, err = h.deps.Feeds.Feeds(ctx, id); err != nil {
		return v, err
	}
	open, err := h.deps.Chains.OpenChains(ctx, id)
	if err != nil {
		return v, err
	}
	if len(open) == 0 {
		return h.last(ctx, id, v)
	}
	w := open[len(open)-1]
	if v.Hits, err = h.deps.Chains.ChainHits(ctx, id, now.Add(-recentHits), now); err != nil {
		return v, err
	}
	v.Chain, v.SeenAt, v.Claim, v.Untracked = w.With(v.Hits), w.SeenAt, w.Claim, w.Untracked
	v.Pace = chain.Pace(v.Hits, v.Chain, now)
	if h.deps.OnDuty == nil {
		return v, nil
	}
	duty, err := h.deps.OnDuty.OnWatch(ctx, id, now)
	if err != nil {
		return v, err
	}
	if len(duty.On) == 0 {
		v.Squad, v.Standby = duty.Squad, len(duty.Standby)
		return v, nil
	}
	members, err := h.deps.People.Members(ctx, id, id)
	v.Watchers = watchersOf(members.Members, duty.On)
	return v, err
}

// last is the view while no chain runs.
func (h *chains) last(ctx context.Context, id faction.ID, v say.ChainView) (say.ChainView, error) {
	list, err := h.deps.Chains.Chains(ctx, id, 1, 1)
	if err != nil {
		return v, err
	}
	v.SeenAt = readAt(v.Feeds, feed.Front)
	if len(list) > 0 {
		v.Chain = list[0].State
	}
	return v, nil
}

func (h *chains) status(ctx context.Context, c *Call) (chat.Reply, error) {
	v, err := h.view(ctx, c.Faction, c.Now)
	if err != nil {
		return chat.Reply{}, err
	}
	m := say.RenderChain(v)
	m.Rows = append(h.bonusRows(c.Faction, v), chat.Row{Buttons: []chat.Button{
		{ID: makeID(chainStatusAction, c.Faction), Label: "Refresh"},
		{ID: makeID(chainReportAction, c.Faction, v.Chain.ID, 0), Label: "Report", Disabled: v.Chain.ID == 0},
	}})
	return chat.Reply{Message: m}, nil
}

// bonusRows offers the next bonus hit while it is near.
func (h *chains) bonusRows(id faction.ID, v say.ChainView) []chat.Row {
	at, _, ok := v.Chain.Next()
	if !ok || v.Chain.Phase(v.Now) != chain.Running || at-v.Chain.Current > chain.Near(at, v.Pace) {
		return nil
	}
	return say.BonusButtons(id, v.Chain, v.Claim)
}

func (h *chains) statusAgain(ctx context.Context, c *Call) (chat.Reply, error) {
	a := c.args()
	if err := a.ours(c); err != nil {
		return chat.Reply{}, err
	}
	if err := a.end(); err != nil {
		return chat.Reply{}, err
	}
	reply, err := h.status(ctx, c)
	reply.Update = true
	return reply, err
}

// live is the chain as a live message.
func (h *chains) live(ctx context.Context, id faction.ID) (chat.Live, error) {
	v, err := h.view(ctx, id, h.deps.Clock.Now())
	if err != nil {
		return chat.Live{}, err
	}
	l := say.LiveChain(v)
	l.Message.Rows = h.bonusRows(id, v)
	l.Same.Rows = l.Message.Rows
	return l, nil
}

// pick finds the chain that was asked for, by id or by its number of hits; without a
// word the latest.
func (h *chains) pick(ctx context.Context, c *Call) (chain.Summary, error) {
	text := strings.ReplaceAll(strings.TrimSpace(c.option("chain", "")), ",", "")
	list, err := h.deps.Chains.Chains(ctx, c.Faction, chain.MinHits, knownChains)
	if err != nil {
		return chain.Summary{}, err
	}
	if text == "" {
		if len(list) == 0 {
			return chain.Summary{}, faction.Errorf(faction.NotFound, "No chain of %d hits or more is on record yet. One shows up within a minute of its tenth hit; `/status` shows when Torn was last read.", chain.MinHits)
		}
		return list[0], nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n <= 0 {
		return chain.Summary{}, faction.Errorf(faction.Invalid, "A chain is named by its id or its number of hits. Pick one from the suggestions.")
	}
	for _, s := range list {
		if int64(s.ID) == n || int64(s.Current) == n {
			return s, nil
		}
	}
	return h.deps.Chains.ChainByID(ctx, c.Faction, chain.ID(n))
}

// suggestChains offers chains, the newest first.
func suggestChains(d *Deps) completer {
	return func(ctx context.Context, c *Call, typed string) []chat.Choice {
		list, err := d.Chains.Chains(ctx, c.Faction, chain.MinHits, knownChains)
		if err != nil {
			return nil
		}
		var out []chat.Choice
		for _, s := range list {
			id, hits := strconv.FormatInt(int64(s.ID), 10), strconv.Itoa(s.Current)
			if strings.HasPrefix(id, typed) || strings.HasPrefix(hits, typed) {
				out = append(out, chat.Choice{Name: fmt.Sprintf("%s hits · %s TCT", faction.Count(int64(s.Current)), s.Start.UTC().Format("2 Jan 2006 15:04")), Value: id})
			}
		}
		return out
	}
}

func (h *chains) report(ctx context.Context, c *Call) (chat.Reply, error) {
	s, err := h.pick(ctx, c)
	if err != nil {
		return chat.Reply{}, err
	}
	q, err := askedTeam(ctx, h.deps, c)
	if err != nil {
		return chat.Reply{}, err
	}
	return h.showReport(ctx, c, s, q, 0)
}

func (h *chains) turnReport(ctx context.Context, c *Call) (chat.Reply, error) {
	a := c.args()
	if err := a.ours(c); err != nil {
		return chat.Reply{}, err
	}
	id, page, squad := chain.ID(a.number()), a.number(), a.squad()
	if err := a.end(); err != nil {
		return chat.Reply{}, err
	}
	s, err := h.deps.Chains.ChainByID(ctx, c.Faction, id)
	if err != nil {
		return chat.Reply{}, err
	}
	q, err := teamOf(ctx, h.deps, c, squad)
	if err != nil {
		return chat.Reply{}, err
	}
	reply, err := h.showReport(ctx, c, s, q, int(min(page, 1<<20)))
	reply.Update = true
	return reply, err
}

func (h *chains) showReport(ctx context.Context, c *Call, s chain.Summary, q roster.Squad, page int) (chat.Reply, error) {
	stored, err := h.deps.Chains.ChainMembers(ctx, c.Faction, s.ID)
	if err != nil {
		return chat.Reply{}, err
	}
	hits, err := h.deps.Chains.ChainHits(ctx, c.Faction, s.Start.Add(-chain.Timeout), s.End.Add(2*time.Second))
	if err != nil {
		return chat.Reply{}, err
	}
	states, err := h.deps.Feeds.Feeds(ctx, c.Faction)
	if err != nil {
		return chat.Reply{}, err
	}
	v := say.ChainReportView{
		Report: chain.ReportOf(s, hits, stored), Running: s.Phase(c.Now) == chain.Running, Final: s.Counted, Page: page, AsOf: readAt(states, feed.Attacks), Now: c.Now, Feeds: states,
	}
	if q.ID != 0 {
		v.Squad, v.Of = q.Name, v.Report.Of(q.Players())
	}
	m, at := say.RenderChainReport(v)
	if buttons := pager(at, func(n int) string { return ofSquad(makeID(chainReportAction, c.Faction, s.ID, n), q.ID) }); buttons != nil {
		m.Rows = []chat.Row{{Buttons: buttons}}
	}
	return chat.Reply{Message: m}, nil
}

func (h *chains) history(ctx context.Context, c *Call) (chat.Reply, error) {
	return h.showHistory(ctx, c, 0)
}

func (h *chains) turnHistory(ctx context.Context, c *Call) (chat.Reply, error) {
	a := c.args()
	if err := a.ours(c); err != nil {
		return chat.Reply{}, err
	}
	page := a.number()
	if err := a.end(); err != nil {
		return chat.Reply{}, err
	}
	reply, err := h.showHistory(ctx, c, int(min(page, 1<<20)))
	reply.Update = true
	return reply, err
}

func (h *chains) showHistory(ctx context.Context, c *Call, page int) (chat.Reply, error) {
	list, err := h.deps.Chains.Chains(ctx, c.Faction, chain.MinHits, knownChains)
	if err != nil {
		return chat.Reply{}, err
	}
	states, err := h.deps.Feeds.Feeds(ctx, c.Faction)
	if err != nil {
		return chat.Reply{}, err
	}
	m, at := say.RenderChains(say.ChainsView{Chains: list, Page: page, AsOf: readAt(states, feed.Front), Now: c.Now})
	if buttons := pager(at, func(n int) string { return makeID(chainHistoryAction, c.Faction, n) }); buttons != nil {
		m.Rows = []chat.Row{{Buttons: buttons}}
	}
	return chat.Reply{Message: m}, nil
}

// track switches whether anybody is called about chains.
func (h *chains) track(on bool) handler {
	return func(ctx context.Context, c *Call) (chat.Reply, error) {
		was, err := h.deps.ChainDuty.TrackChains(ctx, c.Faction, on)
		if err != nil {
			return chat.Reply{}, err
		}
		text := "Chains are followed: people are called before one breaks, as `/alerts list` says."
		if !on {
			text = "Nobody is called about chains any more. They are still counted; `/chain track start` switches it on again."
		}
		if was == on {
			return chat.Reply{Message: chat.Message{Content: "Nothing was changed. " + text}}, nil
		}
		c.Audit(ctx, c.Faction, "chain.track", map[string]any{"before": was, "on": on})
		if on {
			c.hurry(ctx, c.Faction, feed.Front, feed.Chain)
		}
		return chat.Reply{Message: chat.Message{Content: text}}, nil
	}
}

// bonus reads which bonus hit a button is about, and makes sure that a member of ours
// pressed it. The custom id may be forged; the store decides whether the hit is open.
func (h *chains) bonus(c *Call) (id chain.ID, hit int, err error) {
	a := c.args()
	if err := a.ours(c); err != nil {
		return 0, 0, err
	}
	id, n := chain.ID(a.number()), a.number()
	if err := a.end(); err != nil {
		return 0, 0, err
	}
	if n > 1<<20 || !chain.IsBonus(int(n)) {
		return 0, 0, errStale
	}
	if !c.Linked() || c.Link.Faction != c.Faction {
		return 0, 0, faction.Errorf(faction.Denied, "Only linked members of the faction can do that. Nothing was changed; `/link` tells me who you are.")
	}
	return id, int(n), nil
}

func (h *chains) take(ctx context.Context, c *Call) (chat.Reply, error) {
	id, hit, err := h.bonus(c)
	if err != nil {
		return chat.Reply{}, err
	}
	k, err := h.deps.ChainDuty.TakeBonus(ctx, c.Faction, id, hit, c.Link.Player, c.Now)
	if err != nil {
		return chat.Reply{}, err
	}
	body := map[string]any{"chain": int64(id), "hit": hit}
	n := faction.Count(int64(hit))
	switch k.Player {
	case c.Link.Player:
		c.Audit(ctx, c.Faction, "chain.take", body)
		return chat.Reply{Message: chat.Message{Content: "**Yours**: hit " + n + ". Wait until the counter stands one below it. Press the button again to give it back."}}, nil
	case 0:
		c.Audit(ctx, c.Faction, "chain.release", body)
		return chat.Reply{Message: chat.Message{Content: "Hit " + n + " is free again: you do not take it any more."}}, nil
	default:
		return chat.Reply{}, faction.Errorf(faction.Conflict, "%s has taken hit %s. Nothing was changed.", say.Name(k.Name), n)
	}
}

// hold tells everybody but the taker to wait. It calls people, so it works once for a
// bonus hit, and says who did it.
func (h *chains) hold(ctx context.Context, c *Call) (chat.Reply, error) {
	id, hit, err := h.bonus(c)
	if err != nil {
		return chat.Reply{}, err
	}
	k, err := h.deps.ChainDuty.HoldBonus(ctx, c.Faction, id, hit, c.Link.Player, c.Now)
	if err != nil {
		return chat.Reply{}, err
	}
	n := faction.Count(int64(hit))
	if k.HeldBy != c.Link.Player {
		return chat.Reply{Message: chat.Message{Content: "HOLD was called already, by " + say.Name(k.HolderName) + ". Nothing was changed."}}, nil
	}
	c.Audit(ctx, c.Faction, "chain.hold", map[string]any{"chain": int64(id), "hit": hit})
	return chat.Reply{Message: chat.Message{Content: "Everybody is told to hold until hit " + n + " is done."}}, nil
}

// watchersOf gives members what an alert calls them by.
func watchersOf(members []faction.Member, ids []faction.PlayerID) []alert.PlayerData {
	var out []alert.PlayerData
	for _, id := range ids {
		for _, m := range members {
			if m.ID == id {
				out = append(out, alert.PlayerData{ID: id, Name: m.Name})
			}
		}
	}
	return out
}
