package feed

import (
	"strconv"
	"time"

	"consigliere/internal/alert"
	"consigliere/internal/war"
)

// TermsAlert is a limit of the agreed terms that has come a step further. A changed
// limit is another one, which is told anew.
func TermsAlert(e war.TermsEvent, now time.Time) alert.Alert {
	t, w := e.Terms, e.War
	d := &alert.TermsData{
		Limit: string(e.Limit), Step: e.Step.String(), Hits: e.Hits, PerMinute: e.PerMinute, Falls: e.Falls, Needed: e.Needed,
		StopAt: t.StopAt, FinishAt: t.FinishAt, Note: t.Note,
	}
	a := alert.Alert{Kind: alert.WarTerms, Subject: alert.Subject("war", int64(w.ID)), At: now, Data: alert.Data{War: WarData(w), Terms: d}}
	var of int64
	switch e.Limit {
	case war.LimitScore:
		d.Cap, d.Score, of = t.ScoreCap, w.Us.Score, t.ScoreCap
	case war.LimitTheirs:
		d.Cap, d.Score, of = t.TheirCap, w.Them.Score, t.TheirCap
	case war.LimitFinish:
		d.Cap, d.Score, of = e.Of, w.Lead(), t.FinishAt.Unix()
	case war.LimitEarly:
		d.Cap, d.Score, of = e.Of, -w.Lead(), t.FinishAt.Unix()
	case war.LimitWin:
		d.Cap, d.Score = e.Of, w.Lead()
	case war.LimitStop:
		of = t.StopAt.Unix()
		if e.Step == war.Slow {
			a.Due, a.ExpiresAt = t.StopAt, t.StopAt
		}
	}
	a.Stage = "terms:" + string(e.Limit) + ":" + strconv.FormatInt(of, 10) + ":" + e.Step.String()
	return a
}

// termsHits is how many hits after the stop the message about them names.
const termsHits = 10

// AfterStop tells of hits of ours after the stop: in one message, which is edited with
// each further one. There is nothing to tell without such a hit. told is when the stop
// was seen, which names the message: that stop lay before may show only later.
func AfterStop(w war.War, t war.Terms, stop, told time.Time, rows []war.Logged, now time.Time) alert.News {
	ours, theirs := war.HitsAfter(rows, stop)
	if len(ours) == 0 {
		return alert.News{}
	}
	d := &alert.TermsData{Count: len(ours), Theirs: theirs, StopAt: stop, Note: t.Note}
	for i := len(ours) - 1; i >= 0 && len(d.After) < termsHits; i-- {
		a := ours[i].Attack
		d.After = append(d.After, alert.TermsHit{
			Player: alert.PlayerData{ID: a.Attacker.ID, Name: a.Attacker.Name}, At: a.Counted(), Code: a.Code, Respect: a.RespectGain,
		})
	}
	a := alert.Alert{
		Kind: alert.WarTerms, Subject: alert.Subject("war", int64(w.ID)), Stage: "after:" + strconv.FormatInt(told.Unix(), 10),
		At: now, Data: alert.Data{War: WarData(w), Terms: d},
	}
	return alert.News{
		Alerts:  []alert.Alert{a},
		Settled: []alert.Settled{{Ref: alert.Ref{Kind: a.Kind, Subject: a.Subject, Stage: a.Stage}, Alert: a, GoesOn: true}},
	}
}

// ackLimit is how long a member at the agreed limit has to confirm that, before the
// channel is told: who goes on hitting breaks what was agreed.
const ackLimit = 5 * time.Minute

// LimitNotice tells a member that their hits come near the agreed limit, or are at it.
func LimitNotice(w war.War, t war.Terms, r war.LimitReached, now time.Time) alert.Personal {
	step, ack := "near", time.Duration(0)
	if r.At {
		step, ack = "at", ackLimit
	}
	return alert.Personal{Player: r.Player, Alert: alert.Alert{
		Kind: alert.WarTerms, Subject: alert.Subject("war", int64(w.ID)),
		Stage: "limit:" + strconv.FormatInt(t.HitLimit, 10) + ":" + step, At: now, AckWithin: ack,
		Data: alert.Data{War: WarData(w), Terms: &alert.TermsData{HitLimit: t.HitLimit, Made: r.Hits, Note: t.Note}},
	}}
}

// WarData is a war as an alert holds it.
func WarData(w war.War) *alert.WarData {
	return &alert.WarData{
		ID: int64(w.ID), Us: w.Us.Faction, UsName: w.Us.Name, Them: w.Them.Faction, ThemName: w.Them.Name,
		Start: w.Start, End: w.End, UsScore: w.Us.Score, ThemScore: w.Them.Score, Target: w.Target,
		Outcome: string(w.Outcome()), Forfeit: w.Forfeit, SeenAt: w.SeenAt,
	}
}
