package rbac

import "consigliere/internal/faction"

// Warning is what somebody should know before they change who may do what.
type Warning string

// The warnings.
const (
	// WarnLeadersOnly: nobody but leader and co-leader could change permissions any more.
	WarnLeadersOnly Warning = "Only leader and co-leader could change permissions after this."
	// WarnOwn: the caller could not take it back themselves.
	WarnOwn Warning = "You could not change permissions yourself any more after this."
)

// LockOut looks at who may change permissions before and after a change of the
// mapping, made by caller. What was so before is no reason to warn.
func LockOut(caller faction.PlayerID, before, after Snapshot) []Warning {
	var out []Warning
	if before.managed() && !after.managed() {
		out = append(out, WarnLeadersOnly)
	}
	if before.Rights(caller).Has(ConfigManage) && !after.Rights(caller).Has(ConfigManage) {
		out = append(out, WarnOwn)
	}
	return out
}

// managed tells whether anybody but the leaders may change permissions.
func (s Snapshot) managed() bool {
	for player, position := range s.Members {
		if !isLeader(position) && s.Rights(player).Has(ConfigManage) {
			return true
		}
	}
	return false
}
