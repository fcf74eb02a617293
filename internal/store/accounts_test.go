package store_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"consigliere/internal/faction"
	"consigliere/internal/roles"
	"consigliere/internal/store"
	"consigliere/internal/store/storetest"
)

func TestEveryColumnThatHoldsADiscordAccountHasATreatment(t *testing.T) {
	db := storetest.Open(t)
	rows, err := ownerOf(t, db.AdminURL).Query(t.Context(), `select c.relname || '.' || a.attname from pg_class c join pg_namespace n on n.oid = c.relnamespace
		join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.atttypid = 'text'::regtype
		where n.nspname = 'public' and c.relkind in ('r', 'p') and a.attname ~ 'discord|(^|_)(user|account)(_id)?$'
		  and exists (select 1 from pg_attribute f where f.attrelid = c.oid and f.attname = 'faction_id')`)
	must(t, err)
	have, err := pgx.CollectRows(rows, pgx.RowTo[string])
	must(t, err)
	known := store.AccountColumns()
	for _, column := range have {
		if _, ok := known[column]; !ok {
			t.Errorf("%s holds a Discord account, but nothing says what becomes of it when its owner asks to be forgotten: add it to accounts() in store/accounts.go", column)
		}
		delete(known, column)
	}
	if len(known) > 0 {
		t.Errorf("%v have a treatment and are no such columns", known)
	}
}

func asText(t *testing.T, exported map[faction.ID]map[string][]json.RawMessage) string {
	t.Helper()
	text, err := json.Marshal(exported)
	must(t, err)
	return string(text)
}

// rolesOf is a server of lions whose roles are off, on, or changed since they were on.
func rolesOf(t *testing.T, s *store.Store, conn *pgx.Conn, guild string, state roles.State) roles.Place {
	t.Helper()
	at := roles.Place{Faction: lions, Guild: guild}
	_, err := conn.Exec(t.Context(), "insert into guild_factions (faction_id, guild_id, added_at) values ($1, $2, $3) on conflict do nothing", lions, guild, noon)
	must(t, err)
	_, err = s.PutRole(t.Context(), at, roles.Verified, "", "r"+guild)
	must(t, err)
	confirmed := ""
	switch state {
	case roles.On:
		set, err := s.RoleSetup(t.Context(), at)
		must(t, err)
		confirmed = set.Digest()
	case roles.Changed:
		confirmed = "another"
	}
	_, err = s.ConfirmRoles(t.Context(), at, confirmed)
	must(t, err)
	for _, who := range []string{"theirs", "another's"} {
		must(t, s.RecordRole(t.Context(), at, who, "r"+guild, true, noon))
		must(t, s.RecordLook(t.Context(), at, roles.Person{DiscordID: who, Applied: "x", LookedAt: noon}))
	}
	return at
}

func TestAForgottenAccountsRolesGoOnceTheBotHasTakenThemBack(t *testing.T) {
	t.Parallel()
	db := opened(t)
	s, conn := db.Store, owner(t, db)
	on := rolesOf(t, s, conn, "1", roles.On)
	rolesOf(t, s, conn, "2", roles.Off)
	rolesOf(t, s, conn, "3", roles.Changed)
	got, err := s.ExportAccount(t.Context(), "theirs")
	must(t, err)
	if people, grants := got[lions]["discord_role_people"], got[lions]["discord_role_grants"]; len(people) != 3 || len(grants) != 3 {
		t.Errorf("the export has %d servers and %d roles, want 3 and 3: %s", len(people), len(grants), asText(t, got))
	}
	if strings.Contains(asText(t, got), "another's") {
		t.Errorf("the export tells of somebody else: %s", asText(t, got))
	}
	_, changed, err := s.EraseAccount(t.Context(), "theirs", noon)
	must(t, err)
	left := func(table string) (guilds string) {
		t.Helper()
		must(t, conn.QueryRow(t.Context(), "select coalesce(string_agg(guild_id, ' ' order by guild_id), '') from "+table+" where discord_id = 'theirs'").Scan(&guilds))
		return guilds
	}
	if changed["discord_role_people"] != 3 || changed["discord_role_grants"] != 2 || left("discord_role_people") != "" || left("discord_role_grants") != "1" {
		t.Errorf("%v went; what was seen is left on servers %q and what was given on %q, want none and the one that the bot follows", changed, left("discord_role_people"), left("discord_role_grants"))
	}
	// The bot still has to take that one back, and finds it at its next look.
	set, err := s.RoleSetup(t.Context(), on)
	must(t, err)
	people, err := s.RolePeople(t.Context(), on)
	must(t, err)
	for _, p := range people {
		if p.DiscordID == "theirs" && (!set.Due(p, noon) || len(p.Given) != 1) {
			t.Errorf("%+v is not due, or the bot does not know what it gave them", p)
		}
	}
	must(t, s.RecordRole(t.Context(), on, "theirs", "r1", false, noon))
	must(t, s.RecordLook(t.Context(), on, roles.Person{DiscordID: "theirs", LookedAt: noon}))
	if left("discord_role_people")+left("discord_role_grants") != "" {
		t.Error("rows of the forgotten account are left after the bot took its roles back")
	}
	if n := count(t, conn, "select count(*) from discord_role_grants where discord_id = 'another''s'"); n != 3 {
		t.Errorf("somebody else has %d of 3 roles left", n)
	}
}

func TestAnAccountThatIsNotLinkedCanAskForWhatIsStoredAndHaveItErased(t *testing.T) {
	t.Parallel()
	db := opened(t)
	s, conn := db.Store, owner(t, db)
	mine := ask(t, s, asking("theirs", 41, "leaked"))
	ask(t, s, asking("another's", 41, "other"))
	old := ask(t, s, asking("theirs", 42, "old"))
	_, err := s.DecideLink(t.Context(), lions, faction.LinkDecision{Request: old, By: 1}, noon)
	must(t, err)
	const foxes faction.ID = 303 // not registered: their leader asked, and unlinked
	_, _, err = s.AskAccess(t.Context(), faction.Access{Faction: foxes, Name: "Foxes", Player: 43, Leader: 43, DiscordID: "theirs", GuildID: "1"}, noon)
	must(t, err)
	got, err := s.ExportAccount(t.Context(), "theirs")
	must(t, err)
	if len(got[lions]["link_requests"]) != 2 || len(got[foxes]["access_requests"]) != 1 {
		t.Errorf("exported %s", asText(t, got))
	}
	if text := asText(t, got); strings.Contains(text, `"sealed"`) || strings.Contains(text, "another's") || strings.Contains(text, "torns") {
		t.Errorf("the export shows a key, or the account of somebody else: %s", text)
	}
	// Once they are linked to one of these players, that is in the player's export.
	_, err = conn.Exec(t.Context(), "insert into discord_links (faction_id, discord_id, player_id, player_name, linked_at) values ($1, 'theirs', 42, 'X', $2)", lions, noon)
	must(t, err)
	if linked, err := s.ExportAccount(t.Context(), "theirs"); err != nil || len(linked[lions]["link_requests"]) != 1 {
		t.Errorf("linked: %s, %v", asText(t, linked), err)
	}
	gone, changed, err := s.EraseAccount(t.Context(), "theirs", noon.Add(time.Minute))
	must(t, err)
	if len(gone) != 1 || gone[0].ID != mine || gone[0].Player != 41 || changed["link_requests"] != 2 || changed["access_requests"] != 1 {
		t.Errorf("withdrew %+v, erased %v", gone, changed)
	}
	if got, err = s.ExportAccount(t.Context(), "theirs"); err != nil || len(got) != 0 {
		t.Errorf("still stored: %v, %v", asText(t, got), err)
	}
	if n := count(t, conn, "select count(*) from link_requests where sealed is not null"); n != 1 {
		t.Errorf("%d keys wait, want somebody else's alone", n)
	}
}
