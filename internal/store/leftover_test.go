package store_test

import (
	"strings"
	"testing"
	"time"

	"consigliere/internal/alert"
	"consigliere/internal/faction"
	"consigliere/internal/roles"
	"consigliere/internal/store"
)

// opens tells whether a link to the scoreboard leads anywhere.
func opens(t *testing.T, s *store.Store, hash string) bool {
	t.Helper()
	_, ok, err := s.ResolveWebLink(t.Context(), []byte(hash), noon.Add(time.Minute))
	must(t, err)
	return ok
}

func TestAForgottenPlayersLinksToThePageEndAtOnce(t *testing.T) {
	t.Parallel()
	s := opened(t).Store
	officers(t, s)
	webLink(t, s, 2, "theirs")
	webLink(t, s, 3, "another's")
	_, err := s.ErasePlayer(t.Context(), 2, noon)
	must(t, err)
	// A pseudonym leaves no faction: what is not ended now, nothing ends later.
	if opens(t, s, "theirs") {
		t.Error("who asked to be forgotten still reads the page")
	}
	if !opens(t, s, "another's") {
		t.Error("a bystander's link ended")
	}
}

func TestLinksToThePageOfWhoLosesAnAccountEnd(t *testing.T) {
	t.Parallel()
	for name, lose := range map[string]func(t *testing.T, s *store.Store) error{
		"to whom Torn names": func(t *testing.T, s *store.Store) error {
			_, err := s.Link(t.Context(), faction.Linking{Link: linkOf(lions, "owner", 2), TakeOver: true}, noon)
			return err
		},
		"by an operator's word": func(t *testing.T, s *store.Store) error {
			_, _, err := s.MoveLink(t.Context(), 2, "owner", noon)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := opened(t).Store
			officers(t, s)
			link(t, s, lions, "thief", 2, "leaked")
			webLink(t, s, 2, "the thief's")
			webLink(t, s, 3, "another's")
			must(t, lose(t, s))
			if opens(t, s, "the thief's") {
				t.Error("who lost the player still reads the page")
			}
			if !opens(t, s, "another's") {
				t.Error("a bystander's link ended")
			}
		})
	}
}

func TestThePageOfAPausedFactionAnswersNobody(t *testing.T) {
	t.Parallel()
	s := opened(t).Store
	webLink(t, s, 2, "a")
	for _, c := range []struct {
		state faction.State
		want  bool
	}{{faction.Paused, false}, {faction.Active, true}, {faction.Removing, false}} {
		must(t, s.SetFactionState(t.Context(), lions, c.state, "", noon))
		if got := opens(t, s, "a"); got != c.want {
			t.Errorf("%s: opens %v, want %v", c.state, got, c.want)
		}
	}
}

func TestAFormerMembersExportDoesNotTellWhatTheyAreToTheFactionNow(t *testing.T) {
	t.Parallel()
	db := opened(t)
	conn := owner(t, db)
	run := func(sql string, args ...any) {
		t.Helper()
		_, err := conn.Exec(t.Context(), sql, args...)
		must(t, err)
	}
	// They were a Lion and are a Bear, with whom the Lions are at war.
	run("insert into members (faction_id, of_faction, player_id, name, seen_at, left_at) values ($1, $1, $2, 'Ghost', $3, $3)", lions, ghost, noon)
	run("insert into members (faction_id, of_faction, player_id, name, position, seen_at) values ($1, $2, $3, 'Ghost', 'as an enemy', $4)", lions, bears, ghost, noon)
	for i, side := range []struct {
		result    string
		from, to  faction.PlayerID
		fromF, of faction.ID
	}{{"as one of ours", ghost, 9, lions, bears}, {"hit as one of ours", 9, ghost, bears, lions}, {"as an enemy", ghost, 9, bears, lions}, {"as an enemy, stealthed", 9, ghost, lions, bears}} {
		run(insertLike(t, conn, "attacks", int64(lions)))
		run("update attacks set attack_id = $1, result = $2, attacker_id = $3, defender_id = $4, attacker_faction = $5, defender_faction = $6 where attack_id = 1",
			100+i, side.result, side.from, side.to, side.fromF, side.of)
	}
	for i, team := range []string{"us", "them"} {
		run(insertLike(t, conn, "war_member_stats", int64(lions)))
		run("update war_member_stats set war_id = $1, team = $2, player_id = $3, name = case $2 when 'us' then 'one of ours' else 'as an enemy' end where war_id = 1", 50+i, team, ghost)
	}
	// Officers decide on others, and their accounts are nobody else's business.
	run(insertLike(t, conn, "link_requests", int64(lions)))
	run("update link_requests set discord_id = 'as an enemy', decided_by = $1", ghost)
	run(insertLike(t, conn, "access_requests", int64(lions)))
	run("update access_requests set discord_id = 'as an enemy', leader_id = $1, decided_by = $1", ghost)
	got, err := db.Store.ExportPlayer(t.Context(), ghost)
	must(t, err)
	n := 0
	for table, rows := range got[lions] {
		for _, row := range rows {
			if strings.Contains(string(row), "as an enemy") {
				t.Errorf("%s tells what the Lions know of an enemy, or of somebody else: %s", table, row)
			}
			n++
		}
	}
	if n != 4 {
		t.Errorf("%d rows, want the membership, two attacks and one tally", n)
	}
}

func TestAForgottenPlayerIsInNoMessageSentOrWaiting(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ state, after string }{{"sent", "sent"}, {"failed", "failed"}, {"pending", "skipped"}} {
		t.Run(c.state, func(t *testing.T) {
			t.Parallel()
			db := opened(t)
			s, conn := db.Store, owner(t, db)
			tell := func(to, about faction.PlayerID, name string) {
				must(t, s.Tell(t.Context(), lions, noon, alert.Personal{Player: to, Alert: alert.Alert{
					Kind: alert.LinkAsked, Subject: alert.Subject("link", int64(about)), Stage: "asked", At: noon,
					Data: alert.Data{Player: &alert.PlayerData{ID: about, Name: name}, Note: "Somebody gave a key of " + name},
				}}))
			}
			tell(1, ghost, "Ghost")
			tell(1, 77, "Other")
			_, err := conn.Exec(t.Context(), "update alert_deliveries set state = $1", c.state)
			must(t, err)
			_, err = s.ErasePlayer(t.Context(), ghost, noon)
			must(t, err)
			if n := count(t, conn, "select count(*) from alert_deliveries where payload::text like '%Ghost%'"); n != 0 {
				t.Errorf("%d messages still name them", n)
			}
			if n := count(t, conn, "select count(*) from alert_deliveries where payload = '{}' and state = $1", c.after); n != 1 {
				t.Errorf("%d emptied messages are %s, want 1: the row keeps a message from being sent twice", n, c.after)
			}
			if n := count(t, conn, "select count(*) from alert_deliveries where payload::text like '%Other%' and state = $1", c.state); n != 1 {
				t.Error("a message about somebody else changed")
			}
			// A sender that read the job before finds nothing to do.
			_, ok, err := s.BeginAttempt(t.Context(), lions, count(t, conn, "select delivery_id from alert_deliveries where payload = '{}'"), 3, noon)
			if must(t, err); ok {
				t.Error("it can still be sent")
			}
		})
	}
}

func TestNothingIsWrittenDownOfRolesOnceAFactionIsErased(t *testing.T) {
	t.Parallel()
	db := opened(t)
	s, at := db.Store, roles.Place{Faction: lions, Guild: "9"}
	removing(t, db.AdminURL, lions)
	_, err := s.EraseFaction(t.Context(), lions)
	must(t, err)
	// A look at everybody takes minutes and was begun before.
	if err := s.RecordRole(t.Context(), at, "d1", "r1", true, noon); err == nil {
		t.Error("a role that is given for an erased faction is written down")
	}
	if err := s.RecordLook(t.Context(), at, roles.Person{DiscordID: "d1", Applied: "x", LookedAt: noon}); err == nil {
		t.Error("a look for an erased faction is written down")
	}
	conn := owner(t, db)
	if n := count(t, conn, "select (select count(*) from discord_role_grants where faction_id = $1) + (select count(*) from discord_role_people where faction_id = $1)", lions); n != 0 {
		t.Errorf("%d rows came back", n)
	}
}
