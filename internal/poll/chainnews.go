package poll

import (
	"context"
	"slices"
	"strconv"
	"time"

	"consigliere/internal/alert"
	"consigliere/internal/chain"
	"consigliere/internal/faction"
	"consigliere/internal/feed"
	"consigliere/internal/roster"
)

// chainLook is a chain as a run sees it.
type chainLook struct {
	chain.Watched
	before      chain.Told // what was told until now
	pace        float64
	now         time.Time
	unconfirmed bool
	hits        []chain.Hit
}

func (l chainLook) subject() string { return alert.Subject("chain", int64(l.ID)) }

// chainNews gathers what a run has to tell.
type chainNews struct {
	enemy string // of the war that is on
	alert.News
}

func (n *chainNews) into(u *feed.Update) {
	u.Alerts, u.Settled = append(u.Alerts, n.Alerts...), append(u.Settled, n.Settled...)
}

// tell turns what happened to a chain into alerts, and into what becomes of earlier ones.
func (r *chainRun) tell(ctx context.Context, l chainLook, events []chain.Event) error {
	for _, e := range events {
		d := r.news.data(l)
		switch e.Kind {
		case chain.Started:
			r.news.add(l, alert.ChainStarted, "started", e, d)
		case chain.Milestone:
			d.Hit, d.Bonus = e.Hit, bonusAt(e.Hit)
			decided(&d, e, alert.WasMade)
			r.news.add(l, alert.ChainMilestone, chain.MilestoneStage(e.Hit), e, d)
		case chain.Made:
			d.Hit, d.Bonus = e.Hit, bonusAt(e.Hit)
			decided(&d, e, alert.WasMade)
			r.news.settle(l, alert.ChainMilestone, chain.MilestoneStage(e.Hit), d)
			r.news.settle(l, alert.ChainBonusSoon, chain.BonusStages(e.Hit), d)
		case chain.BonusSoon:
			if err := r.bonusSoon(ctx, l, e, d); err != nil {
				return err
			}
		case chain.Timer:
			if err := r.warn(ctx, l, e, d); err != nil {
				return err
			}
		case chain.Saved:
			d.Left, d.LeftAt = l.before.Danger.Stage, max(0, int(e.Deadline.Sub(e.At)/time.Second))
			decided(&d, e, alert.WasSaved)
			r.news.settle(l, alert.ChainTimer, dangerStages(e.Deadline), d)
		case chain.Over:
			r.over(l, e, d)
		}
	}
	if l.before.Seen && l.Current > l.before.Current && l.Current >= chain.MinHits && !l.Untracked {
		grown := chain.Event{At: l.now, Was: l.before.Current, Is: l.Current}
		a := r.news.alert(l, alert.ChainMilestone, chain.GrownStage(l.Current), grown, r.news.data(l))
		a.Steps = true
		r.news.Alerts = append(r.news.Alerts, a)
	}
	return nil
}

// bonusSoon says who could take the next bonus hit.
func (r *chainRun) bonusSoon(ctx context.Context, l chainLook, e chain.Event, d alert.ChainData) error {
	d.Hit, d.Bonus = e.Hit, bonusAt(e.Hit)
	if err := r.fit(ctx, &d, l.now, mostNamed, nil); err != nil {
		return err
	}
	if c := l.Claim; c.Hit == e.Hit && c.Player != 0 {
		d.Claim = &alert.ChainClaim{Player: &alert.PlayerData{ID: c.Player, Name: c.Name}}
	}
	// What a rule counts is the bonus hit, so that small ones are left out by it.
	e.Was, e.Is = e.Hit-1, e.Hit
	r.news.add(l, alert.ChainBonusSoon, chain.SoonStage(e.Hit), e, d)
	return nil
}

// warn calls whoever this stage is for and no earlier one has called: first those on
// watch, or some of the squad that stands by where nobody is, then who is fit to hit,
// then the rule's role. Where there is nobody to call, nothing is said.
func (r *chainRun) warn(ctx context.Context, l chainLook, e chain.Event, d alert.ChainData) error {
	reaches := func(stage int) bool { return e.Left <= stage && (e.Before == 0 || e.Before > stage) }
	d.Left, d.Unconfirmed = e.Left, l.unconfirmed
	stages := chain.Stages()
	duty, called, err := r.onWatch(ctx, l.now, e.Deadline.Add(-time.Duration(stages[0])*time.Second), !reaches(stages[0]))
	if err != nil {
		return err
	}
	switch {
	case reaches(stages[1]):
		if err := r.fit(ctx, &d, l.now, mostCalled, called); err != nil {
			return err
		}
	case e.Left > stages[1]: // who is online has to be known by the next stage
		if err := r.hurryRoster(ctx, l.now); err != nil {
			return err
		}
	}
	if reaches(stages[0]) || reaches(stages[1]) {
		if d.Watchers, err = r.named(ctx, duty.On); err != nil {
			return err
		}
	}
	if reaches(stages[0]) && len(duty.On) == 0 {
		if d.Standby, err = r.standby(ctx, duty.Standby, l.now); err != nil {
			return err
		}
		d.Squad = duty.Squad
	}
	role := e.Left <= stages[2]
	first := append(idsOf(d.Watchers), idsOf(d.Standby)...)
	call := append(first, without(idsOf(d.Fit), first)...)
	if !role && len(call) == 0 {
		return nil
	}
	a := r.news.alert(l, alert.ChainTimer, chain.StageName(e.Deadline, e.Left), e, d)
	a.ExpiresAt, a.Due, a.Call, a.CallNobodyElse, a.Promised = e.Deadline, e.Deadline, call, !role, len(d.Watchers) > 0
	r.news.Alerts = append(r.news.Alerts, a)
	return nil
}

// over says that the chain broke, wherever something was open.
func (r *chainRun) over(l chainLook, e chain.Event, d alert.ChainData) {
	d.Outcome, d.OutcomeAt = alert.WasBroken, e.At
	if danger := l.before.Danger; danger.Of(e.Deadline) {
		lost := d
		lost.Left = danger.Stage
		r.news.settle(l, alert.ChainTimer, dangerStages(danger.Deadline), lost)
	}
	if near := l.before.Near; near > l.Current {
		lost := d
		lost.Hit, lost.Bonus = near, bonusAt(near)
		r.news.settle(l, alert.ChainBonusSoon, chain.BonusStages(near), lost)
	}
	r.news.add(l, alert.ChainBroken, brokenStage, e, d)
}

// report says what the chain came to, in the message that said it broke where there is
// one; a later count takes the place of the first.
func (n *chainNews) report(l chainLook, rep chain.Report) {
	d := n.data(l)
	d.Report = &alert.ChainReport{Logged: rep.Logged, Respect: rep.Respect, Bonus: rep.Bonus}
	for _, m := range rep.Members {
		row := alert.ChainMember{
			PlayerData: alert.PlayerData{ID: m.Player, Name: m.Name}, Hits: m.Hits, Respect: m.Normal(), Best: m.Best, Watch: int(m.Watch.Round(time.Minute) / time.Minute),
		}
		if m.Hits > 0 {
			d.Report.Members++
		}
		if m.Hits > 0 && len(d.Report.Best) < mostCalled {
			d.Report.Best = append(d.Report.Best, row)
		}
		if row.Watch > 0 && len(d.Report.Watch) < 2*mostCalled {
			d.Report.Watch = append(d.Report.Watch, row)
		}
	}
	for _, h := range rep.Wasted() {
		d.Report.Wasted = append(d.Report.Wasted, alert.ChainBonus{PlayerData: alert.PlayerData{ID: h.Player, Name: h.Name}, Hit: h.Counter, Bonus: h.Bonus()})
	}
	d.Outcome, d.OutcomeAt = alert.WasBroken, l.End
	n.settle(l, alert.ChainBroken, brokenStage, d)
	if l.Told.Reported {
		n.settle(l, alert.ChainEnded, "report", d)
		return
	}
	a := n.alert(l, alert.ChainEnded, "report", chain.Event{At: l.End, Was: l.Current, Is: l.Current}, d)
	a.Follows = alert.Ref{Kind: alert.ChainBroken, Subject: l.subject(), Stage: brokenStage}
	n.Alerts = append(n.Alerts, a)
}

// data is what every alert about the chain says.
func (n *chainNews) data(l chainLook) alert.ChainData {
	next, _, _ := l.Next()
	return alert.ChainData{
		ID: int64(l.ID), Current: l.Current, Next: next, Start: l.Start, Deadline: l.End, SeenAt: l.SeenAt, LastHit: l.LastHit(), Pace: l.pace, Enemy: n.enemy,
	}
}

func (n *chainNews) alert(l chainLook, k alert.Kind, stage string, e chain.Event, d alert.ChainData) alert.Alert {
	return alert.Alert{
		Kind: k, Subject: l.subject(), Stage: stage, At: e.At, Was: int64(e.Was), Is: int64(e.Is), Data: alert.Data{Chain: &d},
	}
}

func (n *chainNews) add(l chainLook, k alert.Kind, stage string, e chain.Event, d alert.ChainData) {
	n.Alerts = append(n.Alerts, n.alert(l, k, stage, e, d))
}

// settle gives what was told of a stage, or of all that begin so, its outcome.
func (n *chainNews) settle(l chainLook, k alert.Kind, stage string, d alert.ChainData) {
	n.Settled = append(n.Settled, alert.Settled{
		Ref:   alert.Ref{Kind: k, Subject: l.subject(), Stage: stage},
		Alert: alert.Alert{Kind: k, Subject: l.subject(), Stage: stage, At: d.OutcomeAt, Data: alert.Data{Chain: &d}},
	})
}

func decided(d *alert.ChainData, e chain.Event, how string) {
	d.Outcome, d.OutcomeAt = how, e.At
	if e.By != nil {
		d.By, d.Wasted = &alert.PlayerData{ID: e.By.Player, Name: e.By.Name}, e.By.Wasted()
	}
}

const brokenStage = "broken"

// dangerStages begins the stages of every warning of one deadline (chain.StageName).
func dangerStages(deadline time.Time) string {
	return "timer:" + strconv.FormatInt(deadline.Unix(), 10) + ":"
}

func bonusAt(hit int) faction.Respect {
	bonus, _ := faction.ChainBonus(hit)
	return bonus
}

// fit adds who can hit at once, but for those who were called already.
func (r *chainRun) fit(ctx context.Context, d *alert.ChainData, now time.Time, most int, called []faction.PlayerID) error {
	ours, err := r.members(ctx)
	if err != nil {
		return err
	}
	if r.earns == nil {
		if r.earns, err = r.Store.HitRespect(ctx, r.st.Faction, now.Add(-earnedOver)); err != nil {
			return err
		}
	}
	for _, m := range chain.Ready(ours, r.earns, now, most+len(called)) {
		if len(d.Fit) < most && !slices.Contains(called, m.ID) {
			d.Fit, d.FitAsOf = append(d.Fit, alert.PlayerData{ID: m.ID, Name: m.Name}), ours.AsOf
		}
	}
	return nil
}

// onWatch tells who watches now and was not called when the first stage fell due, and who
// was; before tells that it was told of.
func (r *chainRun) onWatch(ctx context.Context, now, first time.Time, before bool) (duty roster.Duty, called []faction.PlayerID, err error) {
	if r.Watch == nil {
		return roster.Duty{}, nil, nil
	}
	if before {
		then, err := r.Watch.OnWatch(ctx, r.st.Faction, first)
		if err != nil {
			return roster.Duty{}, nil, err
		}
		called = then.On
	}
	duty, err = r.Watch.OnWatch(ctx, r.st.Faction, now)
	duty.On = without(duty.On, called)
	return duty, called, err
}

// hurryRoster has our roster read at once, unless that was done within the last minute.
func (r *chainRun) hurryRoster(ctx context.Context, now time.Time) error {
	ours, err := r.members(ctx)
	if err != nil {
		return err
	}
	if now.Sub(ours.AsOf) > time.Minute {
		r.update.Hurry = map[feed.Name]time.Time{feed.Members: now}
	}
	return nil
}

// standby are the few of a squad who are called where nobody has taken the watch.
func (r *chainRun) standby(ctx context.Context, squad []faction.PlayerID, now time.Time) ([]alert.PlayerData, error) {
	if len(squad) == 0 {
		return nil, nil
	}
	ours, err := r.members(ctx)
	if err != nil {
		return nil, err
	}
	var out []alert.PlayerData
	for _, m := range chain.Nearest(ours, squad, now, mostCalled) {
		out = append(out, alert.PlayerData{ID: m.ID, Name: m.Name})
	}
	return out, nil
}

// named gives members their names.
func (r *chainRun) named(ctx context.Context, ids []faction.PlayerID) ([]alert.PlayerData, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	ours, err := r.members(ctx)
	if err != nil {
		return nil, err
	}
	var out []alert.PlayerData
	for _, id := range ids {
		p := alert.PlayerData{ID: id, Name: strconv.FormatInt(int64(id), 10)}
		for _, m := range ours.Members {
			if m.ID == id {
				p.Name = m.Name
			}
		}
		out = append(out, p)
	}
	return out, nil
}

func idsOf(players []alert.PlayerData) []faction.PlayerID {
	var out []faction.PlayerID
	for _, p := range players {
		out = append(out, p.ID)
	}
	return out
}

func without(ids, those []faction.PlayerID) []faction.PlayerID {
	var out []faction.PlayerID
	for _, id := range ids {
		known := false
		for _, other := range those {
			known = known || id == other
		}
		if !known {
			out = append(out, id)
		}
	}
	return out
}
