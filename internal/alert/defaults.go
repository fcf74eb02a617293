package alert

// Defaults are the rules that a faction gets unasked, in its war channel: one for each
// kind that is on by default and that the bot tells of. Whatever talks to single people
// (delivery.broken, budget.high) needs none.
func Defaults(channelID, roleID string) []Rule {
	var out []Rule
	for _, k := range Kinds() {
		if !k.Told() || !k.OnByDefault() || k == DeliveryBroken || k.ForOperator() {
			continue
		}
		r := Rule{Kind: k, ChannelID: channelID, Enabled: true, Thresholds: k.DefaultThresholds()}
		if k.Urgent() {
			r.RoleID = roleID
		}
		out = append(out, r)
	}
	return out
}

// DefaultThresholds are what a new rule of the kind starts with.
func (k Kind) DefaultThresholds() Thresholds {
	switch k {
	case ChainTimer, ChainMilestone, ChainBonusSoon: // below it a chain is an attempt of a few
		return Thresholds{AtLeast: 100}
	case ChainBroken, ChainEnded: // one of those has a report worth reading
		return Thresholds{AtLeast: 25}
	case RetalOpen, RetalTaken, RetalExpired: // at war they would never stop; the board shows them
		return Thresholds{When: InPeace}
	default:
		return Thresholds{}
	}
}

// Urgent tells whether the kind is a reason to call a role: people have to act soon.
func (k Kind) Urgent() bool {
	switch k {
	case WarScheduled, WarSoon, WarStarted, WarTerms, WarEnded, ChainTimer:
		return true
	default:
		return false
	}
}

// Told tells whether the bot raises the kind at present.
func (k Kind) Told() bool {
	switch k {
	case WarEnlist, WarScheduled, WarSoon, WarStarted, WarMilestone, WarLead, WarTerms, WarEnded, WarReport,
		RetalOpen, RetalTaken, RetalExpired,
		ChainStarted, ChainMilestone, ChainBonusSoon, ChainTimer, ChainBroken, ChainEnded,
		KeyUnhealthy, DataStale, BudgetHigh, DeliveryBroken:
		return true
	default:
		return false
	}
}
