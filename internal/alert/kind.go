// Package alert holds the rules of notices: their kinds, which rule of a faction
// wants which of them, what makes two of them the same, and whether one is still
// worth sending. It sends nothing (surface.md, Alert kinds).
package alert

import (
	"slices"
	"time"
)

// Kind is what an alert is about.
type Kind string

// The kinds (surface.md).
const (
	WarEnlist    Kind = "war.enlist"
	WarScheduled Kind = "war.scheduled"
	WarSoon      Kind = "war.soon"
	WarStarted   Kind = "war.started"
	WarMilestone Kind = "war.milestone"
	WarLead      Kind = "war.lead"
	WarTerms     Kind = "war.terms"
	WarEnded     Kind = "war.ended"
	WarReport    Kind = "war.report"

	RetalOpen    Kind = "retal.open"
	RetalTaken   Kind = "retal.taken"
	RetalExpired Kind = "retal.expired"

	ChainStarted   Kind = "chain.started"
	ChainMilestone Kind = "chain.milestone"
	ChainBonusSoon Kind = "chain.bonus_soon"
	ChainTimer     Kind = "chain.timer"
	ChainBroken    Kind = "chain.broken"
	ChainEnded     Kind = "chain.ended"

	OCSpawned     Kind = "oc.spawned"
	OCUnfilled    Kind = "oc.unfilled"
	OCPausing     Kind = "oc.pausing"
	OCReadySoon   Kind = "oc.ready_soon"
	OCReady       Kind = "oc.ready"
	OCBlocked     Kind = "oc.blocked"
	OCItemMissing Kind = "oc.item_missing"
	OCLowCPR      Kind = "oc.low_cpr"
	OCCompleted   Kind = "oc.completed"
	OCExpired     Kind = "oc.expired"
	OCUnpaid      Kind = "oc.unpaid"

	MemberJoined   Kind = "member.joined"
	MemberLeft     Kind = "member.left"
	MemberPosition Kind = "member.position"
	MemberInactive Kind = "member.inactive"
	MemberNotInOC  Kind = "member.not_in_oc"

	PayoutPublished Kind = "payout.published"
	PayoutPaid      Kind = "payout.paid"
	PayoutDispute   Kind = "payout.dispute"

	KeyUnhealthy   Kind = "key.unhealthy"
	DataStale      Kind = "data.stale"
	BudgetHigh     Kind = "budget.high" // goes to the operator
	DeliveryBroken Kind = "delivery.broken"
)

// Kinds of personal notices alone, which no rule can ask for.
const (
	LinkAsked     Kind = "link.asked"     // to the leaders: a link waits for an officer
	LinkConfirmed Kind = "link.confirmed" // to who asked
	ChainWatch    Kind = "chain.watch"    // to who signed up: their turn to watch the chain is near
	SquadNews     Kind = "squad.news"     // to who is asked into a squad, let in, or leads one that somebody asks to join
)

// Kinds lists every kind that a rule can ask for once, in the order people see.
func Kinds() []Kind {
	return []Kind{
		WarEnlist, WarScheduled, WarSoon, WarStarted, WarMilestone, WarLead, WarTerms, WarEnded, WarReport,
		RetalOpen, RetalTaken, RetalExpired,
		ChainStarted, ChainMilestone, ChainBonusSoon, ChainTimer, ChainBroken, ChainEnded,
		OCSpawned, OCUnfilled, OCPausing, OCReadySoon, OCReady, OCBlocked, OCItemMissing, OCLowCPR, OCCompleted, OCExpired, OCUnpaid,
		MemberJoined, MemberLeft, MemberPosition, MemberInactive, MemberNotInOC,
		PayoutPublished, PayoutPaid, PayoutDispute,
		KeyUnhealthy, DataStale, BudgetHigh, DeliveryBroken,
	}
}

// PersonalKinds lists the kinds that single people are told of in direct messages.
func PersonalKinds() []Kind {
	return []Kind{WarTerms, ChainTimer, ChainWatch, SquadNews, KeyUnhealthy, DeliveryBroken, LinkAsked, LinkConfirmed}
}

// DirectKinds lists the kinds that can reach a person as a direct message: what they are
// told themselves first, then what a rule may send them.
func DirectKinds() []Kind {
	out := PersonalKinds()
	for _, k := range Kinds() {
		if k.Told() && !k.ForOperator() && !slices.Contains(out, k) {
			out = append(out, k)
		}
	}
	return out
}

// Channel is the kind whose rules hear of a personal notice that its player did not confirm.
func (k Kind) Channel() Kind {
	if k == ChainWatch {
		return ChainTimer
	}
	return k
}

// ParseKind finds a kind by its name.
func ParseKind(name string) (Kind, bool) {
	for _, k := range Kinds() {
		if string(k) == name {
			return k, true
		}
	}
	return "", false
}

// OnByDefault tells whether a faction gets this kind without asking. Those that
// would talk all evening are off until switched on.
func (k Kind) OnByDefault() bool {
	switch k {
	case WarMilestone, WarLead, ChainStarted, OCSpawned, OCCompleted, MemberInactive:
		return false
	default:
		return true
	}
}

// ForOperator tells that the alert concerns whoever runs the bot, not a faction.
func (k Kind) ForOperator() bool { return k == BudgetHigh }

// Lifetime is how long after its moment an alert of this kind is still worth
// sending. Where the subject has a deadline of its own (a retaliation, a chain's
// timer, a start), whoever raises the alert sets ExpiresAt to it.
func (k Kind) Lifetime() time.Duration {
	switch k {
	case ChainTimer:
		return 2 * time.Minute
	case RetalOpen, RetalTaken, RetalExpired, ChainBonusSoon:
		return 5 * time.Minute
	case WarSoon, WarMilestone, WarLead, ChainStarted, ChainMilestone, ChainBroken:
		return 10 * time.Minute
	case WarStarted, WarTerms:
		return 15 * time.Minute
	case OCReadySoon, OCBlocked, OCPausing, DataStale, BudgetHigh:
		return time.Hour
	case WarReport, PayoutPublished, PayoutPaid, PayoutDispute, OCUnpaid:
		return 7 * 24 * time.Hour
	default:
		return 24 * time.Hour
	}
}
