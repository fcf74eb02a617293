package say

import "consigliere/internal/alert"

// heading is the news of an alert whose kind has no words of its own for its figures:
// what it tells stands below, in the note of whoever raised it.
func heading(k alert.Kind) string {
	switch k {
	case alert.MemberJoined:
		return "**A member joined**"
	case alert.MemberLeft:
		return "**A member left**"
	case alert.MemberPosition:
		return "**A position changed**"
	case alert.MemberInactive:
		return "**A member is inactive**"
	case alert.KeyUnhealthy:
		return "**An API key needs attention**"
	case alert.LinkAsked:
		return "**A link waits for an officer**"
	case alert.SquadNews:
		return "**Squad**"
	case alert.LinkConfirmed:
		return "**You are linked**"
	case alert.DataStale:
		return "**Figures are stale**"
	case alert.BudgetHigh:
		return "**The request budget is nearly used up**"
	case alert.DeliveryBroken:
		return "**Alerts cannot be delivered**"
	default:
		return string(k)
	}
}
