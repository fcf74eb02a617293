package store_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"consigliere/internal/faction"
	"consigliere/internal/rbac"
	"consigliere/internal/store"
	"consigliere/internal/store/storetest"
)

// standings is a database with lions and bears in a server each, and one for both.
func standings(t *testing.T) (storetest.DB, *pgx.Conn) {
	t.Helper()
	db := storetest.Open(t)
	for id, guild := range map[faction.ID]string{lions: "den", bears: "cave"} {
		must(t, db.Store.Register(t.Context(), faction.Faction{ID: id, Name: map[faction.ID]string{lions: "Lions", bears: "Bears"}[id]}, guild, "", noon))
		must(t, db.Store.Register(t.Context(), faction.Faction{ID: id, Name: map[faction.ID]string{lions: "Lions", bears: "Bears"}[id]}, "zoo", "", noon))
	}
	conn := owner(t, db)
	for _, sql := range []string{
		`insert into discord_links (faction_id, discord_id, player_id, player_name, linked_at) values
			(101, 'leo', 1, 'Leo', now()), (101, 'kit', 2, 'Kit', now()), (101, 'gone', 3, 'Gone', now()),
			(101, 'odd', 4, 'Odd', now()), (0, 'nomad', 5, 'Nomad', now()), (999, 'alien', 6, 'Alien', now())`,
		`insert into members (faction_id, of_faction, player_id, name, position, seen_at, left_at) values
			(101, 101, 1, 'Leo', 'Officer', '2026-11-20 11:59Z', null), (101, 101, 2, 'Kit', 'Cub', '2026-11-20 11:58Z', null),
			(101, 101, 3, 'Gone', 'Officer', '2026-11-20 12:30Z', '2026-11-20 12:31Z'), (101, 101, 4, 'Odd', 'Sergeant', '2026-11-20 11:58Z', null),
			(101, 202, 3, 'Gone', 'Officer', '2026-11-20 12:30Z', null), (999, 999, 6, 'Alien', 'Leader', '2026-11-20 11:58Z', null)`,
		`insert into positions (faction_id, name, is_default, abilities, seen_at) values
			(101, 'Officer', false, '{}', now()), (101, 'Cub', false, '{}', now()), (202, 'Sergeant', false, '{}', now())`,
	} {
		if _, err := conn.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	mapPosition(t, conn, lions, "Officer", "war.view", "war.manage", "no.such")
	mapPosition(t, conn, bears, "Cub", "admin")
	return db, conn
}

// mapPosition grants a position permissions as the owner does.
func mapPosition(t *testing.T, conn *pgx.Conn, id faction.ID, position string, permissions ...string) {
	t.Helper()
	_, err := conn.Exec(t.Context(), `insert into position_permissions (faction_id, position, permissions, effective, abilities, mapped_by, mapped_at)
		values ($1, $2, $3, $3, '{}', 1, now())`, id, position, permissions)
	must(t, err)
}

func standing(t *testing.T, s *store.Store, discord, guild string, everywhere bool) rbac.Standing {
	t.Helper()
	got, err := s.Standing(t.Context(), discord, guild, everywhere)
	must(t, err)
	return got
}

func TestAStandingTellsWhoSomebodyIsInOneLook(t *testing.T) {
	db, _ := standings(t)
	read := noon.Add(-time.Minute) // the newest row of those who are on the list
	for _, c := range []struct {
		name, discord, guild string
		want                 rbac.Standing
	}{
		{"an officer", "leo", "den", rbac.Standing{
			Link: faction.Link{Faction: lions, DiscordID: "leo", Player: 1}, Member: true, Position: "Officer", Known: true, Mapped: true,
			Granted: rbac.SetOf(rbac.WarView, rbac.WarManage), Tenants: []rbac.Tenant{{ID: lions, Name: "Lions", State: "active", Served: true, ListRead: read}},
		}},
		{"a position that nobody mapped, in another's server", "kit", "cave", rbac.Standing{
			Link: faction.Link{Faction: lions, DiscordID: "kit", Player: 2}, Member: true, Position: "Cub", Known: true,
			Tenants: []rbac.Tenant{{ID: lions, Name: "Lions", State: "active", ListRead: read}, {ID: bears, Name: "Bears", State: "active", Served: true}},
		}},
		{"a position that the game does not name", "odd", "", rbac.Standing{
			Link: faction.Link{Faction: lions, DiscordID: "odd", Player: 4}, Member: true, Position: "Sergeant",
			Tenants: []rbac.Tenant{{ID: lions, Name: "Lions", State: "active", ListRead: read}},
		}},
		{"somebody who left, though another's list shows them", "gone", "", rbac.Standing{
			Link: faction.Link{Faction: lions, DiscordID: "gone", Player: 3}, Tenants: []rbac.Tenant{{ID: lions, Name: "Lions", State: "active", ListRead: read}},
		}},
		{"somebody without a faction", "nomad", "", rbac.Standing{Link: faction.Link{DiscordID: "nomad", Player: 5}}},
		{"the leader of a faction that is not registered", "alien", "", rbac.Standing{Link: faction.Link{Faction: 999, DiscordID: "alien", Player: 6}}},
		{"a stranger in a server of two", "nobody", "zoo", rbac.Standing{Tenants: []rbac.Tenant{
			{ID: lions, Name: "Lions", State: "active", Served: true, ListRead: read}, {ID: bears, Name: "Bears", State: "active", Served: true},
		}}},
		{"a stranger nowhere", "nobody", "", rbac.Standing{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, standing(t, db.Store, c.discord, c.guild, false)); diff != "" {
				t.Error(diff)
			}
		})
	}
	if got := standing(t, db.Store, "nobody", "", true).Tenants; len(got) != 2 || got[0].Served || got[0].Name != "Lions" {
		t.Errorf("an operator can reach %+v, want both factions", got)
	}
}

// anAlly links an officer of bears, who may view and manage wars at home.
func anAlly(t *testing.T, conn *pgx.Conn) {
	t.Helper()
	for _, sql := range []string{
		`insert into discord_links (faction_id, discord_id, player_id, player_name, linked_at) values (202, 'bruno', 21, 'Bruno', now())`,
		`insert into members (faction_id, of_faction, player_id, name, position, seen_at) values (202, 202, 21, 'Bruno', 'Officer', '2026-11-20 11:59Z')`,
		`insert into positions (faction_id, name, is_default, abilities, seen_at) values (202, 'Officer', false, '{}', now())`,
	} {
		if _, err := conn.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	mapPosition(t, conn, bears, "Officer", "war.view", "war.manage")
}

// seesLions is how Allow decides for the officer of bears about the wars of lions.
func seesLions(t *testing.T, s *store.Store) rbac.Decision {
	t.Helper()
	who := standing(t, s, "bruno", "", false)
	return rbac.Allow(who.Actor(false), rbac.Need(rbac.WarView), who.Mapping(lions, noon))
}

func TestAShareOpensWhatItNamesForAsLongAsBothAreThere(t *testing.T) {
	db, conn := standings(t)
	anAlly(t, conn)
	s, ctx := db.Store, t.Context()
	if d := seesLions(t, s); d.Allowed {
		t.Fatalf("before anything is shared: %+v", d)
	}
	change := func(add, drop rbac.Set, want string) {
		t.Helper()
		before, after, err := s.ChangeShare(ctx, lions, bears, add, drop, 1, noon)
		must(t, err)
		if got := before.String() + " → " + after.String(); got != want {
			t.Errorf("changed %q, want %q", got, want)
		}
	}
	change(rbac.SetOf(rbac.OCView), 0, " → oc.view")
	if d := seesLions(t, s); d.Allowed {
		t.Errorf("crimes are shared, wars are not: %+v", d)
	}
	change(rbac.SetOf(rbac.WarView, rbac.WarManage, rbac.Admin), 0, "oc.view → war.view oc.view")
	if d := seesLions(t, s); d != (rbac.Decision{Allowed: true, Reason: rbac.ReasonShared}) {
		t.Errorf("shared: %+v", d)
	}
	list, err := s.Shares(ctx, lions)
	must(t, err)
	if diff := cmp.Diff([]rbac.Share{{To: bears, Permissions: rbac.SetOf(rbac.WarView, rbac.OCView), By: 1, At: noon}}, list); diff != "" {
		t.Error(diff)
	}
	if list, err := s.Shares(ctx, bears); err != nil || len(list) != 0 {
		t.Errorf("bears share %v (%v), want nothing: a share goes one way", list, err)
	}
	for _, c := range []struct{ name, ends, again string }{
		{"the giver is paused", "update factions set state = 'paused' where faction_id = 101", "update factions set state = 'active'"},
		{"the other is paused", "update factions set state = 'paused' where faction_id = 202", "update factions set state = 'active'"},
		{"the giver is being removed", "update factions set state = 'removing' where faction_id = 101", "update factions set state = 'active'"},
		{"the officer has left", "update members set left_at = now() where player_id = 21", "update members set left_at = null where player_id = 21"},
		{"the officer lost the permission at home", "update position_permissions set effective = '{war.manage}' where faction_id = 202 and position = 'Officer'",
			"update position_permissions set effective = '{war.view}' where faction_id = 202 and position = 'Officer'"},
		{"the other is gone", "delete from factions where faction_id = 202",
			"insert into factions (faction_id, name, registered_at) values (202, 'Bears', now())"},
		{"the giver is gone", "delete from factions where faction_id = 101", ""},
	} {
		if _, err := conn.Exec(ctx, c.ends); err != nil {
			t.Fatal(err)
		}
		if d := seesLions(t, s); d.Allowed {
			t.Errorf("%s, and yet: %+v", c.name, d)
		}
		if c.again == "" {
			break
		}
		if _, err := conn.Exec(ctx, c.again); err != nil {
			t.Fatal(err)
		}
		if d := seesLions(t, s); !d.Allowed {
			t.Errorf("after %s: %+v", c.name, d)
		}
	}
	change(0, rbac.All(), "war.view oc.view → ")
	if n := count(t, conn, "select count(*) from shares"); n != 0 {
		t.Errorf("%d shares of nothing are kept", n)
	}
}

func TestOnlyLookingCanBeShared(t *testing.T) {
	_, conn := standings(t)
	for _, p := range rbac.Permissions() {
		_, err := conn.Exec(t.Context(), `insert into shares (faction_id, to_faction, permissions, granted_by, granted_at) values (101, $1, $2, 1, now())`,
			1000+int64(p), []string{p.String()})
		if stored, may := err == nil, rbac.Viewing().Has(p); stored != may {
			t.Errorf("sharing %s stored: %v (%v), want %v", p, stored, err, may)
		}
	}
}

func TestOnlyTheSystemRoleMayAskForAStanding(t *testing.T) {
	db, _ := standings(t)
	err := db.Store.Faction(t.Context(), lions, func(tx pgx.Tx) error {
		_, err := tx.Exec(t.Context(), "select * from standing('leo', 'den', true)")
		return err
	})
	if !denied(err) {
		t.Errorf("a tenant asking gave %v, want permission denied", err)
	}
	login, err := pgx.Connect(t.Context(), db.AppURL)
	must(t, err)
	defer login.Close(t.Context())
	if _, err := login.Exec(t.Context(), "select * from standing('leo', 'den', true)"); !denied(err) {
		t.Errorf("the login asking gave %v, want permission denied", err)
	}
}
