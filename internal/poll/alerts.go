package poll

import (
	"strconv"

	"consigliere/internal/alert"
	"consigliere/internal/war"
)

// alertsOf turns what happened to a war into alerts.
func alertsOf(events []war.Event) []alert.Alert {
	var out []alert.Alert
	for _, e := range events {
		out = append(out, alert.Alert{
			Kind: alert.Kind(e.Kind), Subject: "war:" + strconv.FormatInt(int64(e.War.ID), 10), Stage: e.Stage,
			At: e.At, Due: e.Due, Was: e.Was, Is: e.Is,
			Data: alert.Data{War: &alert.WarData{
				ID: int64(e.War.ID), Us: e.War.Us.Faction, UsName: e.War.Us.Name, Them: e.War.Them.Faction, ThemName: e.War.Them.Name,
				Start: e.War.Start, End: e.War.End, UsScore: e.War.Us.Score, ThemScore: e.War.Them.Score, Target: e.War.Target,
				Outcome: string(e.Outcome), Forfeit: e.War.Forfeit, Percent: e.Percent, Reached: e.Reached, SeenAt: e.War.SeenAt,
			}},
		})
	}
	return out
}
