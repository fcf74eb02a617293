package app_test

import (
	"testing"
	"time"

	"consigliere/internal/roles"
)

func TestASquadsRoleFollowsWhoIsInItAndSaysWhyItCannotBeGiven(t *testing.T) {
	c := newCourt(t)
	c.joins("Duke", 1, wolves, "Capo")
	c.joins("Vera", 2, wolves, "Member")
	c.exec(`insert into squads (faction_id, name, folded, guild_id, role_id, made_by, made_at) values ($1, 'Crew', 'crew', $2, $3, 1, $4), ($1, 'Court', 'court', $2, $5, 1, $4)`,
		wolves, c.guild.ID, c.role("Capo"), c.now, c.role("Admin"))
	enter := func(squad string, player int) {
		c.exec(`insert into squad_members (faction_id, squad_id, player_id, state, since) select faction_id, squad_id, $2, 'member', $3 from squads where name = $1`, squad, player, c.now)
	}
	at := c.wants(wolves, "", roles.Rule{Kind: roles.Verified, RoleID: "Linked"})
	enter("Crew", 1)
	enter("Court", 2)
	for range 2 { // the second look has nothing to tell
		c.run()
	}
	c.has("Duke", "Capo, Linked", "")
	c.has("Vera", "Linked", "")
	for _, r := range c.setup(at).Rules {
		if why := r.Broken; (r.Position == "Court") != (why != "") {
			t.Errorf("of the role for %s %q the setup says %q", r.Kind, r.Position, why)
		}
	}
	trail, err := c.db.Store.AuditTrail(t.Context(), wolves, 20)
	c.must(err)
	told := 0
	for _, e := range trail {
		if e.Action == "roles.health" && e.Body["kind"] == string(roles.InSquad) && e.Body["works"] == false {
			told++
		}
	}
	if told != 1 {
		t.Errorf("the log tells %d times that a squad's role cannot be given, want once", told)
	}
	c.exec("delete from squad_members where player_id = 1")
	enter("Crew", 2)
	c.now = c.now.Add(time.Minute)
	c.run()
	c.has("Duke", "Linked", "")
	c.has("Vera", "Capo, Linked", "")
}
