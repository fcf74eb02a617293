package feed

import (
	"time"

	"consigliere/internal/alert"
	"consigliere/internal/war"
)

// retalStage is the stage of a retaliation's own alert, which is edited until it is settled.
const retalStage = "open"

// RetalAlert is what a retaliation says as it is now, in the message that announced it.
func RetalAlert(r war.Retal) alert.Alert {
	d := &alert.RetalData{
		Attack: int64(r.Attack), Code: r.Code, Attacker: person(r.Target), Level: r.Target.Level, Of: r.Target.FactionName,
		Victim: person(r.Victim), Result: string(r.Result), At: r.At, Deadline: r.Deadline(),
		Status: r.Seen.Status.State, Where: r.Seen.Status.Description, Until: r.Seen.Status.Until, SeenAt: r.Seen.StatusAt,
		FairFight: r.Seen.FairFight, Hits: r.Seen.Hits,
	}
	if r.State != war.RetalOpen {
		d.Outcome = string(r.State)
	}
	if r.Claim.By != 0 && r.State == war.RetalOpen {
		d.Claimed, d.ClaimedUntil = &alert.PlayerData{ID: r.Claim.By, Name: r.Claim.Name}, r.Claim.Until()
	}
	if r.State == war.RetalTaken {
		by := person(r.Answer.By)
		d.Taken, d.As, d.TakenCode, d.After = &by, string(r.Answer.Result), r.Answer.Code, int(r.Took()/time.Second)
	}
	return alert.Alert{
		Kind: alert.RetalOpen, Subject: alert.Subject("retal", int64(r.Attack)), Stage: retalStage,
		At: r.At, ExpiresAt: r.Deadline(), Data: alert.Data{Retal: d},
	}
}

func person(f war.Fighter) alert.PlayerData { return alert.PlayerData{ID: f.ID, Name: f.Name} }

// RetalEdit gives the message that announced a retaliation its present wording.
func RetalEdit(r war.Retal) alert.Settled {
	a := RetalAlert(r)
	return alert.Settled{Ref: ref(a), Alert: a, GoesOn: r.State == war.RetalOpen}
}

func ref(a alert.Alert) alert.Ref {
	return alert.Ref{Kind: a.Kind, Subject: a.Subject, Stage: a.Stage}
}

// RetalNews is what changes of retaliations have to tell. What is over is told by
// editing the message that announced it, and besides only where that was not seen.
func RetalNews(changes []war.RetalChange, now time.Time) alert.News {
	var n alert.News
	for _, c := range changes {
		told := RetalAlert(c.Retal)
		if c.Was == "" && c.State == war.RetalOpen {
			if now.Before(told.Expires()) {
				n.Alerts = append(n.Alerts, told)
			}
			continue
		}
		if c.Was != "" {
			n.Settled = append(n.Settled, RetalEdit(c.Retal))
		}
		end := told
		end.Follows, end.At, end.ExpiresAt, end.Stage = ref(told), c.SettledAt, time.Time{}, string(c.State)
		switch c.State {
		case war.RetalTaken:
			end.Kind = alert.RetalTaken
			if c.Was == war.RetalExpired { // where its end was told by itself, that is corrected
				late := end
				late.Kind, late.Stage = alert.RetalExpired, string(war.RetalExpired)
				n.Settled = append(n.Settled, alert.Settled{Ref: ref(late), Alert: late})
			}
		case war.RetalExpired:
			end.Kind = alert.RetalExpired
		default:
			continue
		}
		// An end that nobody waited for, because its beginning was read with it, is news
		// only when somebody of ours did something.
		fresh := c.Was == war.RetalOpen || c.State == war.RetalTaken && c.Was != war.RetalTaken
		if fresh && now.Before(end.Expires()) {
			n.Alerts = append(n.Alerts, end)
		}
	}
	return n
}
