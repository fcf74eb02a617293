package alert

import (
	"strconv"
	"time"

	"consigliere/internal/faction"
)

// Sample is an alert of a kind about something that did not happen, so that people see
// where it arrives and what it looks like. Each moment makes one of its own.
func Sample(k Kind, us faction.ID, usName string, now time.Time) Alert {
	return Alert{
		Kind: k, Subject: "test:" + string(k), Stage: strconv.FormatInt(now.UnixNano(), 10), At: now, Test: true,
		Data: Data{War: &WarData{
			Us: us, UsName: usName, ThemName: "Example Enemy", Start: now, UsScore: 1_250, ThemScore: 980, Target: 3_000,
			Percent: 25, Outcome: "won", End: now.Add(30 * time.Hour),
		}},
	}
}
