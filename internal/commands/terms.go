package commands

import (
	"context"
	"strings"
	"time"

	"consigliere/internal/alert"
	"consigliere/internal/chat"
	"consigliere/internal/faction"
	"consigliere/internal/feed"
	"consigliere/internal/rbac"
	"consigliere/internal/say"
	"consigliere/internal/war"
)

// Terms keeps what was agreed about a war.
type Terms interface {
	Terms(ctx context.Context, id faction.ID, w war.ID) (t war.Terms, ok bool, err error)
	// SetTerms gives what it was before and is now.
	SetTerms(ctx context.Context, id faction.ID, w war.ID, change func(war.Terms) (war.Terms, error)) (was, is war.Terms, err error)
	// SamplesSince reads the score over time from a moment on, and the last before it.
	SamplesSince(ctx context.Context, id faction.ID, w war.ID, since time.Time) ([]war.Sample, error)
	AttacksCountedAfter(ctx context.Context, id faction.ID, w war.ID, t time.Time) ([]war.Logged, error)
}

// terms is what was agreed about a war: /war terms.
type terms struct{ deps *Deps }

const usePlanAction = "terms:use"

func (h *terms) table() noun {
	guard := rbac.Need(rbac.WarManage)
	suggest := map[string]completer{"war": suggestWars(h.deps.Wars)}
	which := warOption("Enemy's name or id; without it the war that is on or next")
	const highest = 1_000_000_000
	points := func(name, what string) chat.Option {
		return chat.Option{Name: name, Description: what, Type: chat.Integer, Min: bound(0), Max: bound(highest)}
	}
	sides := []chat.Choice{{Name: "us", Value: string(war.Ours)}, {Name: "enemy", Value: string(war.Enemy)}}
	return noun{
		commands: []command{
			{
				route:       route{name: "war terms set", guard: guard, handle: h.set},
				description: "Note what was agreed; what you leave out stays as it is",
				options: []chat.Option{
					points("score_cap", "The most points we may make; 0: none agreed"),
					points("their_cap", "The most points they may make; 0: none agreed"),
					{Name: "stop", Description: "When nobody hits any more, in TCT: 14:30, Tue 12:00, in 5h; none: not agreed", Max: bound(40)},
					{Name: "hit_limit", Description: "War hits per member; 0: none agreed", Type: chat.Integer, Min: bound(0), Max: bound(100_000)},
					{Name: "result", Description: "Who is to win", Choices: []chat.Choice{
						{Name: "we win", Value: string(war.AgreedWin)}, {Name: "they win", Value: string(war.AgreedLose)}, {Name: "open", Value: "open"}}},
					{Name: "finish", Description: "When the war is to end, in TCT; /war terms plan computes how; none: not agreed", Max: bound(40)},
					{Name: "note", Description: "Anything else that was agreed; none takes it out", Max: bound(300)},
					which,
				},
				complete: suggest,
			},
			{
				route:       route{name: "war terms show", guard: guard, handle: h.show},
				description: "What was agreed, how near its limits are, and every hit that broke it",
				options:     []chat.Option{which}, complete: suggest,
			},
			{
				route:       route{name: "war terms plan", guard: guard, handle: h.plan},
				description: "What both sides have to score for the war to end at a chosen time",
				options: []chat.Option{
					{Name: "finish_at", Description: "In TCT: Tue 11:00, 22 Aug 14:30, in 20h", Required: true, Max: bound(40)},
					{Name: "winner", Description: "Who wins; without it as agreed, else who leads", Choices: sides},
					points("loser_score", "What the losing side ends with; without it what it has now"),
					which,
				},
				complete: suggest,
			},
		},
		actions: []route{{name: usePlanAction, guard: guard, ours: true, handle: h.usePlan}},
	}
}

func (h *terms) set(ctx context.Context, c *Call) (chat.Reply, error) {
	w, err := pickWar(ctx, h.deps.Wars, c, true)
	if err != nil {
		return chat.Reply{}, err
	}
	if !w.End.IsZero() {
		return chat.Reply{}, faction.Errorf(faction.Conflict, "The war against %s is over. Nothing was changed; `/war terms show` shows what was agreed.", say.Name(w.Them.Name))
	}
	change, err := h.change(c, w)
	if err != nil {
		return chat.Reply{}, err
	}
	return h.store(ctx, c, w, change)
}

// store changes the terms, tells those who are at the new hit limit, and shows what is agreed now.
func (h *terms) store(ctx context.Context, c *Call, w war.War, change func(war.Terms) (war.Terms, error)) (chat.Reply, error) {
	was, is, err := h.deps.Terms.SetTerms(ctx, c.Faction, w.ID, func(t war.Terms) (war.Terms, error) {
		t, err := change(t)
		t.By, t.At = c.Link.Player, c.Now
		return t, err
	})
	if err != nil {
		return chat.Reply{}, err
	}
	c.Audit(ctx, c.Faction, "war.terms", map[string]any{"war": w.ID, "before": figuresOf(was), "after": figuresOf(is)})
	if w.Phase(c.Now) == war.Active {
		c.hurry(ctx, c.Faction, feed.Front)
	}
	if is.HitLimit > 0 && is.HitLimit != was.HitLimit {
		if err := h.tellReached(ctx, c, w, is); err != nil { // the terms stand all the same
			c.registry.log.Warn("members at a new hit limit were not told", "faction_id", c.Faction, "war_id", w.ID, "err", err)
		}
	}
	return h.render(ctx, c, w, is)
}

// change reads the options: what is given is changed, the rest stays.
func (h *terms) change(c *Call, w war.War) (func(war.Terms) (war.Terms, error), error) {
	numbers := map[string]func(*war.Terms) *int64{
		"score_cap": func(t *war.Terms) *int64 { return &t.ScoreCap },
		"their_cap": func(t *war.Terms) *int64 { return &t.TheirCap },
		"hit_limit": func(t *war.Terms) *int64 { return &t.HitLimit },
	}
	times := map[string]func(*war.Terms) *time.Time{
		"stop":   func(t *war.Terms) *time.Time { return &t.StopAt },
		"finish": func(t *war.Terms) *time.Time { return &t.FinishAt },
	}
	var todo []func(*war.Terms)
	for name, field := range numbers {
		n, given, err := c.Request.Int(name)
		if err != nil || n < 0 {
			return nil, faction.Errorf(faction.Invalid, "`%s` is a whole number from 0 on. Nothing was changed.", name)
		}
		if given {
			todo = append(todo, func(t *war.Terms) { *field(t) = n })
		}
	}
	for name, field := range times {
		typed := c.option(name, "")
		if typed == "" {
			continue
		}
		at, err := h.time(typed, w, c.Now)
		if err != nil {
			return nil, err
		}
		todo = append(todo, func(t *war.Terms) { *field(t) = at })
	}
	if r := c.option("result", ""); r != "" {
		agreed := war.Agreed(strings.TrimPrefix(r, "open"))
		if agreed != war.AgreedWin && agreed != war.AgreedLose && agreed != war.AgreedOpen {
			return nil, faction.Errorf(faction.Invalid, "There is no such result. Pick one from the list. Nothing was changed.")
		}
		todo = append(todo, func(t *war.Terms) { t.Result = agreed })
	}
	if n := c.option("note", ""); n != "" {
		note := strings.TrimSpace(strings.ReplaceAll(n, "\x00", ""))
		if isNone(note) {
			note = ""
		}
		todo = append(todo, func(t *war.Terms) { t.Note = note })
	}
	if len(todo) == 0 {
		return nil, faction.Errorf(faction.Invalid, "Fill in what was agreed: a score cap, a stop time, a hit limit, a result, a finish or a note. Nothing was changed.")
	}
	return func(t war.Terms) (war.Terms, error) {
		for _, do := range todo {
			do(&t)
		}
		return t, nil
	}, nil
}

// time reads a moment of a war; none means that there is none.
func (h *terms) time(typed string, w war.War, now time.Time) (time.Time, error) {
	if isNone(typed) {
		return time.Time{}, nil
	}
	at, err := moment(typed, now)
	if err == nil && (at.Before(w.Start) || at.After(w.Start.Add(longestWar))) {
		err = faction.Errorf(faction.Invalid, "%s lies outside this war, which begins %s and lasts 123 hours at most. Nothing was changed.", say.On(at), say.On(w.Start))
	}
	return at, err
}

// longestWar is when every war is over (game.md, Ranked wars).
const longestWar = 123 * time.Hour

func isNone(s string) bool {
	s = strings.TrimSpace(s)
	return strings.EqualFold(s, "none") || s == "-" || s == "0"
}

// figuresOf is what the audit log keeps of terms: no words, which might name somebody.
func figuresOf(t war.Terms) map[string]any {
	out := map[string]any{"score_cap": t.ScoreCap, "their_cap": t.TheirCap, "hit_limit": t.HitLimit, "result": string(t.Result), "note": t.Note != ""}
	for name, at := range map[string]time.Time{"stop": t.StopAt, "finish": t.FinishAt} {
		if !at.IsZero() {
			out[name] = at.Unix()
		}
	}
	return out
}

// tellReached tells the members who are near a limit that is new, or at it: the log
// tells only those who come there with a hit.
func (h *terms) tellReached(ctx context.Context, c *Call, w war.War, t war.Terms) error {
	rows, err := h.deps.Wars.Tallies(ctx, c.Faction, w.ID)
	if err != nil {
		return err
	}
	var out []alert.Personal
	for _, r := range t.Reached(nil, rows) {
		out = append(out, feed.LimitNotice(w, t, r, c.Now))
	}
	if len(out) == 0 {
		return nil
	}
	return h.deps.Notices.Tell(ctx, c.Faction, c.Now, out...)
}

func (h *terms) show(ctx context.Context, c *Call) (chat.Reply, error) {
	w, err := pickWar(ctx, h.deps.Wars, c, true)
	if err != nil {
		return chat.Reply{}, err
	}
	t, _, err := h.deps.Terms.Terms(ctx, c.Faction, w.ID)
	if err != nil {
		return chat.Reply{}, err
	}
	return h.render(ctx, c, w, t)
}

func (h *terms) render(ctx context.Context, c *Call, w war.War, t war.Terms) (chat.Reply, error) {
	v := say.TermsView{War: w, Terms: t, AsOf: w.SeenAt, Now: c.Now}
	if t.Zero() {
		return chat.Reply{Message: say.RenderTerms(v)}, nil
	}
	var err error
	if v.Rows, err = h.deps.Wars.Tallies(ctx, c.Faction, w.ID); err != nil {
		return chat.Reply{}, err
	}
	if v.Feeds, err = h.deps.Feeds.Feeds(ctx, c.Faction); err != nil {
		return chat.Reply{}, err
	}
	recent, err := h.deps.Terms.SamplesSince(ctx, c.Faction, w.ID, c.Now.Add(-war.PaceOver))
	if err != nil {
		return chat.Reply{}, err
	}
	v.Pulse = war.Pulse{
		War: w, Recent: recent, Every: termsLook, Now: c.Now,
		PerHit: war.NewBoard(w, v.Rows, w.SeenAt).Total(war.Ours).PerHit(),
	}
	if t, err = h.capMet(ctx, c, w, t); err != nil {
		return chat.Reply{}, err
	}
	v.Terms = t
	if stop, ok := t.Stopped(c.Now); ok {
		rows, err := h.deps.Terms.AttacksCountedAfter(ctx, c.Faction, w.ID, stop)
		if err != nil {
			return chat.Reply{}, err
		}
		v.After, v.Theirs = war.HitsAfter(rows, stop)
	}
	v.By = h.name(ctx, c, t.By)
	return chat.Reply{Message: say.RenderTerms(v)}, nil
}

// capMet sets when the cap was met by the hits on record, where nobody looked just then.
func (h *terms) capMet(ctx context.Context, c *Call, w war.War, t war.Terms) (war.Terms, error) {
	if t.CapAt.IsZero() {
		return t, nil
	}
	samples, err := h.deps.Terms.SamplesSince(ctx, c.Faction, w.ID, t.CapAt)
	if err != nil {
		return t, err
	}
	below, missed := t.CapSince(samples)
	if !missed {
		return t, nil
	}
	rows, err := h.deps.Terms.AttacksCountedAfter(ctx, c.Faction, w.ID, below.At)
	return t.Crossed(below, rows), err
}

// termsLook is about how often the score is looked at while a war is on.
const termsLook = 15 * time.Second

func (h *terms) name(ctx context.Context, c *Call, p faction.PlayerID) string {
	if roster, err := c.roster(ctx); err == nil {
		for _, m := range roster.Members {
			if m.ID == p {
				return m.Name
			}
		}
	}
	return "somebody"
}

func (h *terms) plan(ctx context.Context, c *Call) (chat.Reply, error) {
	w, err := pickWar(ctx, h.deps.Wars, c, true)
	if err != nil {
		return chat.Reply{}, err
	}
	finish, err := moment(c.option("finish_at", ""), c.Now)
	if err != nil {
		return chat.Reply{}, err
	}
	loser, _, err := c.Request.Int("loser_score")
	if err != nil || loser < 0 {
		return chat.Reply{}, faction.Errorf(faction.Invalid, "`loser_score` is a whole number from 0 on. Nothing was changed.")
	}
	t, _, err := h.deps.Terms.Terms(ctx, c.Faction, w.ID)
	if err != nil {
		return chat.Reply{}, err
	}
	winner := war.Team(c.option("winner", string(winnerOf(w, t))))
	if winner != war.Ours && winner != war.Enemy {
		return chat.Reply{}, faction.Errorf(faction.Invalid, "The winner is `us` or `enemy`. Nothing was changed.")
	}
	p, err := h.compute(ctx, c, w, winner, loser, finish)
	if err != nil {
		return chat.Reply{}, err
	}
	feeds, err := h.deps.Feeds.Feeds(ctx, c.Faction)
	if err != nil {
		return chat.Reply{}, err
	}
	m := say.RenderPlan(say.PlanView{War: w, Plan: p, Asked: finish, Now: c.Now, Feeds: feeds})
	m.Rows = []chat.Row{{Buttons: []chat.Button{{
		ID: makeID(usePlanAction, c.Faction, w.ID, winner, p.Loser, p.End.Unix()), Label: "Note as terms", Style: chat.Primary,
	}}}}
	return chat.Reply{Message: m}, nil
}

// winnerOf is who wins as was agreed, else who leads.
func winnerOf(w war.War, t war.Terms) war.Team {
	if t.Result == war.AgreedLose || t.Result == war.AgreedOpen && w.Lead() < 0 {
		return war.Enemy
	}
	return war.Ours
}

func (h *terms) compute(ctx context.Context, c *Call, w war.War, winner war.Team, loser int64, finish time.Time) (war.Plan, error) {
	rows, err := h.deps.Wars.Tallies(ctx, c.Faction, w.ID)
	if err != nil {
		return war.Plan{}, err
	}
	perHit := war.NewBoard(w, rows, w.SeenAt).Total(war.Ours).PerHit()
	return war.PlanFinish(w, winner, loser, finish, c.Now, perHit)
}

// usePlan takes a plan over into the terms: who wins, both caps, the finish.
func (h *terms) usePlan(ctx context.Context, c *Call) (chat.Reply, error) {
	a := c.args()
	if err := a.ours(c); err != nil {
		return chat.Reply{}, err
	}
	id, winner := war.ID(a.number()), war.Team(a.oneOf(string(war.Ours), string(war.Enemy)))
	loser, unix := a.number(), a.number()
	if err := a.end(); err != nil {
		return chat.Reply{}, err
	}
	w, err := h.deps.Wars.War(ctx, c.Faction, id)
	if err != nil {
		return chat.Reply{}, err
	}
	// The score has moved since the plan was shown: it is computed anew.
	p, err := h.compute(ctx, c, w, winner, loser, time.Unix(min(unix, 1<<33), 0).UTC())
	if err != nil {
		return chat.Reply{}, err
	}
	return h.store(ctx, c, w, func(t war.Terms) (war.Terms, error) {
		t.FinishAt, t.Result = p.End, war.AgreedWin
		t.ScoreCap, t.TheirCap = p.Score, p.Loser
		if winner == war.Enemy {
			t.Result, t.ScoreCap, t.TheirCap = war.AgreedLose, p.Loser, p.Score
			if p.Loser == 0 && (t.StopAt.IsZero() || t.StopAt.After(c.Now)) { // a cap of 0 is none: nobody of ours hits at all
				t.StopAt = c.Now
				if c.Now.Before(w.Start) {
					t.StopAt = w.Start
				}
			}
		}
		return t, nil
	})
}
