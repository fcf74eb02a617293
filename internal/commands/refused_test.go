package commands_test

import (
	"fmt"
	"strings"
	"testing"

	"consigliere/internal/chat"
	"consigliere/internal/faction"
	"consigliere/internal/rbac"
)

// refusals are the entries of denied attempts.
func refusals(w *world) string {
	var out []string
	for _, e := range w.audited {
		if e.Outcome == "denied" {
			out = append(out, fmt.Sprintf("%v: %s by %d, %v", e.Body["faction"], e.Action, e.Actor, e.Body["reason"]))
		}
	}
	return strings.Join(out, "\n")
}

func TestARefusalThatNoGuardMakesIsAuditedToo(t *testing.T) {
	const forged, refused = "custom id is forged or from an older version", "refused by the command"
	manager := func(w *world) {
		w.grants[wolves]["Officer"] |= rbac.SetOf(rbac.ConfigManage, rbac.MemberManage)
	}
	for _, c := range []struct {
		name, want string
		change     func(*world)
		req        chat.Request
	}{
		{"giving what one does not have", "777: permissions:try by 2, " + refused, manager, click(officer, wolvesGuild, "permissions:try:777:7c968fb71f50e335:10000")},
		{"deciding on one's own link", "777: request:confirm by 2, " + refused, func(w *world) { manager(w); w.office.requests[0].DiscordID = officer }, click(officer, wolvesGuild, "request:confirm:777:1")},
		{"a forged custom id", "777: war:table by 3, " + forged, nil, click(member, wolvesGuild, "war:table:777:44751:us:name; drop table:0")},
		{"somebody who is not linked", "777: war status by 0, " + refused, nil, slash(stranger, wolvesGuild, "war status")},
		{"a member of another faction", "777: war status by 23, " + refused, nil, slash(foreign, wolvesGuild, "war status")},
		{"a server without a faction", "", nil, slash(stranger, emptyGuild, "war status")},
		{"a mistake in an option", "", nil, slash(member, wolvesGuild, "war status", "war", "-1")},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := ready(t)
			if c.change != nil {
				c.change(w)
			}
			reply := w.registry().Handle(t.Context(), c.req)
			if len(w.writes) > 0 {
				t.Fatalf("wrote %v: %s", w.writes, show(reply))
			}
			if got := refusals(w); got != c.want {
				t.Errorf("the log says %q, want %q\n%s", got, c.want, show(reply))
			}
		})
	}
}

func TestNobodyConfirmsWhoMayDoMoreThanThemselves(t *testing.T) {
	for _, c := range []struct {
		who    string
		player faction.PlayerID
		want   bool
	}{
		{officer, 1, false}, {officer, 8, true}, {officer, 99, true}, {officer, 6, false},
		{leader, 6, true}, {operator, 1, true},
	} {
		w := ready(t)
		w.positions[wolves] = append(w.positions[wolves], faction.Position{Name: "Sergeant"})
		w.grants[wolves] = map[string]rbac.Set{"Officer": rbac.SetOf(rbac.MemberManage), "Sergeant": rbac.SetOf(rbac.FinanceManage)}
		delete(w.links, operator)
		w.office.requests[0].Player = c.player
		reply := w.registry().Handle(t.Context(), click(c.who, wolvesGuild, "request:confirm:777:1"))
		if got := len(w.writes) > 0; got != c.want {
			t.Errorf("%s confirms player %d: %v, want %v\n%s", c.who, c.player, got, c.want, show(reply))
		}
		// To send somebody away takes no more than the right to decide.
		w.writes = nil
		if w.registry().Handle(t.Context(), click(c.who, wolvesGuild, "request:reject:777:1")); !c.want && len(w.writes) != 1 {
			t.Errorf("%s cannot reject player %d", c.who, c.player)
		}
	}
	// All 17 permissions do not make a leader, whom the game alone names.
	w := ready(t)
	w.grants[wolves]["Officer"] = rbac.All()
	w.rosters[wolves].Members[0].Position = "Member" // a list that is older than the faction's page
	w.office.requests[0].Player = 1
	if reply := w.registry().Handle(t.Context(), click(officer, wolvesGuild, "request:confirm:777:1")); len(w.writes) > 0 || !strings.Contains(reply.Content, "leads your faction") {
		t.Errorf("confirmed: %v\n%s", w.writes, show(reply))
	}
}
