package alert

import (
	"strconv"
	"strings"
	"time"

	"consigliere/internal/faction"
)

// Sample is an alert of a kind about something that did not happen, so that people see
// where it arrives and what it looks like. Each moment makes one of its own.
func Sample(k Kind, us faction.ID, usName string, now time.Time) Alert {
	return Alert{
		Kind: k, Subject: "test:" + string(k), Stage: strconv.FormatInt(now.UnixNano(), 10), At: now, Test: true,
		Data: sampleData(k, us, usName, now),
	}
}

func sampleData(k Kind, us faction.ID, usName string, now time.Time) Data {
	noun, _, _ := strings.Cut(string(k), ".")
	switch {
	case noun == "war":
		return sampleWar(k, us, usName, now)
	case noun == "retal":
		return sampleRetal(k, now)
	case noun == "chain":
		return sampleChain(k, now)
	case k == KeyUnhealthy:
		return sampleKey()
	case k == DataStale:
		return sampleStale(now)
	case k == BudgetHigh:
		return sampleBudget(now)
	case k == DeliveryBroken:
		return sampleBroken()
	default:
		return Data{Note: "An example of this kind of alert."}
	}
}
