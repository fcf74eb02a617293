package store_test

import (
	"fmt"
	"testing"
	"time"

	"consigliere/internal/faction"
)

func TestPlayersAreFoundByIdNameAndAccount(t *testing.T) {
	t.Parallel()
	db := opened(t)
	ctx := t.Context()
	link(t, db.Store, lions, "d1", 11, "a")
	link(t, db.Store, lions, "d1", 11, "b")
	link(t, db.Store, bears, "d2", 12, "c")
	link(t, db.Store, 0, "d3", 13, "d")
	conn := owner(t, db)
	for _, m := range []struct {
		in     faction.ID
		player int
		name   string
		left   bool
	}{{lions, 11, "Leona 100%", false}, {lions, 14, "Leo", false}, {lions, 15, "Leo Left", true}, {bears, 12, "Bruno_Leo", false}} {
		_, err := conn.Exec(ctx, `insert into members (faction_id, of_faction, player_id, name, position, seen_at, left_at)
			values ($1, $1, $2, $3, 'Rank', $4, case when $5 then $4::timestamptz end)`, m.in, m.player, m.name, noon, m.left)
		must(t, err)
		// What lions know of the bears' list is not about lions.
		_, err = conn.Exec(ctx, `insert into members (faction_id, of_faction, player_id, name, position, seen_at) values ($1, 999, $2, $3, 'Enemy', $4)`, m.in, m.player, m.name, noon)
		must(t, err)
	}
	for _, tc := range []struct {
		q    faction.PersonQuery
		want string
	}{
		{faction.PersonQuery{Player: 11}, "[101/11 Leona 100%/Rank/d1/2]"},
		{faction.PersonQuery{Name: "LEO"}, "[202/12 Bruno_Leo/Rank/d2/1 101/14 Leo/Rank//0 101/11 Leona 100%/Rank/d1/2]"},
		{faction.PersonQuery{Name: "%"}, "[101/11 Leona 100%/Rank/d1/2]"},
		{faction.PersonQuery{Name: "_"}, "[202/12 Bruno_Leo/Rank/d2/1]"},
		{faction.PersonQuery{Name: "leo", Faction: lions}, "[101/14 Leo/Rank//0 101/11 Leona 100%/Rank/d1/2]"},
		{faction.PersonQuery{Name: "leo", Limit: 2}, "[202/12 Bruno_Leo/Rank/d2/1 101/14 Leo/Rank//0]"},
		{faction.PersonQuery{DiscordID: "d3"}, "[0/13 Player//d3/1]"},
		{faction.PersonQuery{DiscordID: "d2", Faction: lions}, "[]"},
		{faction.PersonQuery{Player: 12, Faction: lions}, "[]"},
		{faction.PersonQuery{Player: 15}, "[]"},
		{faction.PersonQuery{Name: "' or true --"}, "[]"},
	} {
		if tc.q.Limit == 0 {
			tc.q.Limit = 10
		}
		people, err := db.Store.FindPeople(ctx, tc.q)
		must(t, err)
		got := []string{}
		for _, p := range people {
			got = append(got, fmt.Sprintf("%d/%d %s/%s/%s/%d", p.Faction, p.Player, p.Name, p.Position, p.DiscordID, p.Keys))
			if p.Linked.IsZero() == (p.DiscordID != "") {
				t.Errorf("%+v: linked at %s", p, p.Linked)
			}
		}
		if fmt.Sprint(got) != tc.want {
			t.Errorf("%+v gives %v, want %s", tc.q, got, tc.want)
		}
	}
}

func TestAMovedLinkKeepsItsKeysButNoConsent(t *testing.T) {
	t.Parallel()
	db := opened(t)
	ctx := t.Context()
	for _, in := range []faction.ID{lions, bears, 0} {
		player := faction.PlayerID(100 + in)
		old, fresh := fmt.Sprintf("old%d", in), fmt.Sprintf("new%d", in)
		link(t, db.Store, in, old, player, old+"a")
		link(t, db.Store, in, old, player, old+"b")
		l := linkOf(in, old, player)
		keys, err := db.Store.Keys(ctx, in, player)
		must(t, err)
		_, err = db.Store.SetConsent(ctx, l, keys[0].ID, "verify")
		must(t, err)
		from, reset, err := db.Store.MoveLink(ctx, player, fresh, noon.Add(time.Hour))
		must(t, err)
		if want := (faction.Link{Faction: in, DiscordID: old, Player: player}); from != want || reset != 1 {
			t.Errorf("moved %+v, %d keys; want %+v and 1", from, reset, want)
		}
		if resolved(t, db.Store, old) != (faction.Link{}) || resolved(t, db.Store, fresh).Player != player {
			t.Error("the wrong account is linked")
		}
		keys, err = db.Store.Keys(ctx, in, player)
		must(t, err)
		if len(keys) != 2 || keys[0].Consent != "verify" || keys[1].Consent != "verify" {
			t.Errorf("the keys are %+v", keys)
		}
	}
}

func TestALinkIsMovedOnlyToAFreeAccount(t *testing.T) {
	t.Parallel()
	db := opened(t)
	ctx := t.Context()
	link(t, db.Store, lions, "d1", 11, "a")
	link(t, db.Store, bears, "d2", 12, "b")
	before := linkRows(t, db)
	for _, tc := range []struct {
		player faction.PlayerID
		to     string
		kind   faction.Kind
	}{{11, "d2", faction.Conflict}, {11, "d1", faction.Conflict}, {13, "d3", faction.NotFound}, {13, "d1", faction.NotFound}} {
		_, _, err := db.Store.MoveLink(ctx, tc.player, tc.to, noon)
		wantKind(t, err, tc.kind)
	}
	if after := linkRows(t, db); after != before {
		t.Errorf("refused, it changed\n%s\nto\n%s", before, after)
	}
}
