package feed

import (
	"strconv"
	"time"

	"consigliere/internal/alert"
	"consigliere/internal/faction"
	"consigliere/internal/war"
)

// ScoutData is who an enemy is, as an alert holds it.
func ScoutData(s war.Scout) *alert.ScoutData {
	d := &alert.ScoutData{
		Rank: s.Rank, Wins: s.Wins, Members: s.Members, BestChain: s.BestChain, SeenAt: s.SeenAt,
		Levels: [5]int{s.Levels.Lowest, s.Levels.Quarter, s.Levels.Middle, s.Levels.Upper, s.Levels.Highest},
	}
	for _, p := range s.Past {
		d.Past = append(d.Past, alert.PastData{Against: p.Against, End: p.End, Score: p.Score, Theirs: p.Theirs, Outcome: string(p.Outcome)})
	}
	return d
}

// Scouted gives the message that announced a war what was learnt of the enemy.
func Scouted(w war.War, s war.Scout) alert.Settled {
	d := WarData(w)
	d.Scout = ScoutData(s)
	a := alert.Alert{
		Kind: alert.WarScheduled, Subject: alert.Subject("war", int64(w.ID)), Stage: "scheduled", At: s.SeenAt, Data: alert.Data{War: d},
	}
	return alert.Settled{Ref: alert.Ref{Kind: a.Kind, Subject: a.Subject, Stage: a.Stage}, Alert: a, GoesOn: true}
}

// EnlistNews reminds of enlisting when that is due, and says that it was done where it
// had reminded.
func EnlistNews(e war.Enlistment, wars []war.War, now time.Time) alert.News {
	at := war.Matchmaking(now)
	a := alert.Alert{
		Kind: alert.WarEnlist, Subject: "enlist:" + strconv.FormatInt(at.Unix(), 10), At: now, Due: at, ExpiresAt: at,
		Data: alert.Data{Enlist: &alert.EnlistData{Matchmaking: at, Unknown: e == war.EnlistUnknown}},
	}
	if e == war.Enlisted {
		a.At, a.Data.Enlist.Enlisted = at, true // the same each time, so that it is said once
		return alert.News{Settled: []alert.Settled{{Ref: alert.Ref{Kind: a.Kind, Subject: a.Subject}, Alert: a}}}
	}
	stage := war.EnlistDue(e, wars, now)
	if stage == "" {
		return alert.News{}
	}
	for _, w := range wars {
		a.Data.Enlist.AtWar = a.Data.Enlist.AtWar || w.Phase(now) == war.Active
	}
	a.Stage = string(stage)
	return alert.News{Alerts: []alert.Alert{a}}
}

// EbbNews tells of a lead that shrinks while members of ours could fight, and that it
// holds again.
func EbbNews(e war.Ebb, c war.EbbChange, lost int64, w war.War, s war.Slack, now time.Time) alert.News {
	if c == war.EbbSame {
		return alert.News{}
	}
	a := alert.Alert{
		Kind: alert.WarLead, Subject: alert.Subject("war", int64(w.ID)), Stage: "ebb:" + strconv.FormatInt(e.Began.Unix(), 10), At: now,
		Data: alert.Data{War: WarData(w), Ebb: &alert.EbbData{
			Lost: lost, Minutes: int(war.EbbOver / time.Minute),
			Idle: namesOf(s.Idle), Flying: namesOf(s.Flying), Lands: landingsOf(s.Flying), Hospital: namesOf(s.Hospital), Over: e.Over,
		}},
	}
	if c == war.EbbEnds {
		return alert.News{Settled: []alert.Settled{{Ref: alert.Ref{Kind: a.Kind, Subject: a.Subject, Stage: a.Stage}, Alert: a}}}
	}
	return alert.News{Alerts: []alert.Alert{a}}
}

// landingsOf are the moments at which members land; nil when none is known.
func landingsOf(members []faction.Member) []time.Time {
	out, known := make([]time.Time, len(members)), false
	for i, m := range members {
		out[i] = m.Status.Landing.At
		known = known || !out[i].IsZero()
	}
	if !known {
		return nil
	}
	return out
}

func namesOf(members []faction.Member) []string {
	var out []string
	for _, m := range members {
		out = append(out, m.Name)
	}
	return out
}
