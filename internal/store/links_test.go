package store_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"consigliere/internal/faction"
	"consigliere/internal/store"
	"consigliere/internal/store/storetest"
)

func linkOf(f faction.ID, discord string, player faction.PlayerID) faction.Link {
	return faction.Link{Faction: f, DiscordID: discord, Player: player, Name: "Player"}
}

func keyOf(player faction.PlayerID, fingerprint string) faction.Key {
	return faction.Key{
		Player: player, Sealed: []byte("sealed " + fingerprint), Fingerprint: []byte(fingerprint), Level: 3, Type: "Limited Access",
		FactionAccess: true, Selections: map[string][]string{"faction": {"attacks"}}, Consent: "lend",
	}
}

// resolved is what a Discord account is linked to, zero when it is not.
func resolved(t *testing.T, s *store.Store, discord string) faction.Link {
	t.Helper()
	who, err := s.Standing(t.Context(), discord, "", false)
	must(t, err)
	return who.Link
}

func keysOf(t *testing.T, s *store.Store, id faction.ID) []faction.Key {
	t.Helper()
	keys, err := s.Keys(t.Context(), id, 0)
	must(t, err)
	return keys
}

// link is what /link does with a key of the player's own.
func link(t *testing.T, s *store.Store, f faction.ID, discord string, player faction.PlayerID, fingerprint string) {
	t.Helper()
	lost, err := s.LinkWithKey(t.Context(), linkOf(f, discord, player), keyOf(player, fingerprint), false, noon)
	must(t, err)
	if lost != (faction.Link{}) {
		t.Errorf("linking player %d took over %+v", player, lost)
	}
}

// linkRows is every link and key there is, as text.
func linkRows(t *testing.T, db storetest.DB) string {
	t.Helper()
	var text string
	must(t, owner(t, db).QueryRow(t.Context(), `select
		coalesce((select string_agg(l::text, chr(10) order by l::text) from discord_links l), '') || chr(10) ||
		coalesce((select string_agg(k::text, chr(10) order by k::text) from api_keys k), '') || chr(10) ||
		coalesce((select string_agg(a::text, chr(10) order by a::text) from audit_log a), '')`).Scan(&text))
	return text
}

func TestOnePlayerHasOneDiscordAccountAndTheOtherWayRound(t *testing.T) {
	t.Parallel()
	db := opened(t)
	link(t, db.Store, lions, "d1", 11, "k11")
	link(t, db.Store, lions, "d9", 19, "k19")
	before := linkRows(t, db)
	for _, f := range []faction.ID{lions, bears, 0} {
		for name, l := range map[string]faction.Link{
			"a second account": linkOf(f, "d2", 11), "a second player": linkOf(f, "d1", 12), "both taken": linkOf(f, "d9", 11),
		} {
			_, err := db.Store.LinkWithKey(t.Context(), l, keyOf(l.Player, "new"), false, noon.Add(time.Hour))
			wantKind(t, err, faction.Conflict)
			if after := linkRows(t, db); after != before {
				t.Errorf("%s in faction %d changed\n%s\nto\n%s", name, f, before, after)
			}
		}
	}
}

func TestARefusedKeyLeavesNoLink(t *testing.T) {
	t.Parallel()
	db := opened(t)
	link(t, db.Store, lions, "d1", 11, "k11")
	link(t, db.Store, lions, "d2", 12, "k12")
	before := linkRows(t, db)
	for _, l := range []faction.Link{linkOf(bears, "d3", 13), linkOf(bears, "d2", 12)} { // a new link, and one that would move
		_, err := db.Store.LinkWithKey(t.Context(), l, keyOf(l.Player, "k11"), false, noon)
		wantKind(t, err, faction.Conflict)
	}
	_, err := db.Store.LinkWithKey(t.Context(), linkOf(bears, "d4", 12), keyOf(12, "k11"), true, noon)
	wantKind(t, err, faction.Conflict)
	if after := linkRows(t, db); after != before {
		t.Errorf("refused keys changed\n%s\nto\n%s", before, after)
	}
}

func TestLinkingAgainChangesTheNameOnly(t *testing.T) {
	t.Parallel()
	db := opened(t)
	ctx := t.Context()
	link(t, db.Store, lions, "d1", 11, "k11")
	link(t, db.Store, lions, "d1", 11, "k11b")
	l := linkOf(lions, "d1", 11)
	l.Name = "Renamed"
	_, err := db.Store.LinkWithKey(ctx, l, keyOf(11, "k11"), true, noon.Add(time.Hour))
	must(t, err)
	if n := count(t, owner(t, db), "select count(*) from discord_links where player_name = 'Renamed' and linked_at = $1", noon); n != 1 {
		t.Error("want the one link, with its new name and its old date")
	}
	for _, k := range keysOf(t, db.Store, lions) {
		if k.Consent != "lend" {
			t.Errorf("who stays keeps consent, key %d has %q", k.ID, k.Consent)
		}
	}
	if trail, err := db.Store.AuditTrail(ctx, lions, 9); err != nil || len(trail) > 0 {
		t.Errorf("nothing was taken over, the log has %+v (%v)", trail, err)
	}
	for _, tc := range []struct {
		link faction.Link
		want string
	}{{l, "Renamed"}, {linkOf(bears, "d1", 11), ""}, {linkOf(lions, "d1", 12), ""}} {
		if name, err := db.Store.PlayerName(ctx, tc.link); err != nil || name != tc.want {
			t.Errorf("the name of %+v is %q (%v), want %q", tc.link, name, err, tc.want)
		}
	}
}

func TestAPlayerWhoChangesFactionTakesLinkAndKeysAlongButNoConsent(t *testing.T) {
	t.Parallel()
	db := opened(t)
	ctx := t.Context()
	link(t, db.Store, lions, "d1", 11, "k11")
	link(t, db.Store, lions, "d1", 11, "k11b")
	link(t, db.Store, lions, "d2", 12, "k12")
	fresh := keyOf(11, "k11c")
	fresh.Consent = "own"
	_, err := db.Store.LinkWithKey(ctx, linkOf(bears, "d1", 11), fresh, false, noon)
	must(t, err)
	if got := resolved(t, db.Store, "d1"); got.Faction != bears || got.Player != 11 {
		t.Errorf("the account is linked to %+v, want player 11 of bears", got)
	}
	if left := keysOf(t, db.Store, lions); len(left) != 1 || left[0].Player != 12 || left[0].Consent != "lend" {
		t.Errorf("lions hold %+v, want player 12's key as it was", left)
	}
	consents := map[string]string{}
	for _, k := range keysOf(t, db.Store, bears) {
		consents[string(k.Fingerprint)] = k.Consent
	}
	if diff := cmp.Diff(map[string]string{"k11": "verify", "k11b": "verify", "k11c": "own"}, consents); diff != "" {
		t.Errorf("consents with bears (-want +got):\n%s", diff)
	}
	linked, err := db.Store.LinkedPlayers(ctx, bears)
	must(t, err)
	if diff := cmp.Diff(map[faction.PlayerID]string{11: "d1"}, linked); diff != "" {
		t.Error(diff)
	}
}

func TestWhoTornNamesTakesALinkOver(t *testing.T) {
	t.Parallel()
	const bees, none faction.ID = 303, 0
	for _, tc := range []struct {
		name     string
		from, to faction.ID
		logs     []faction.ID
	}{
		{"in the same faction", lions, lions, []faction.ID{lions}},
		{"from another faction", bears, lions, []faction.ID{lions, bears}},
		{"from one that is not registered", bees, lions, []faction.ID{lions, bees}},
		{"of a player who left all factions", lions, none, []faction.ID{lions}},
		{"from nowhere", none, lions, []faction.ID{lions}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			db := opened(t)
			ctx := t.Context()
			link(t, db.Store, tc.from, "thief", 11, "leaked")
			link(t, db.Store, tc.from, "thief", 11, "leaked too")
			link(t, db.Store, tc.from, "other", 12, "k12")
			key := keyOf(11, "leaked")
			key.Consent = "verify"
			lost, err := db.Store.Link(ctx, faction.Linking{Link: linkOf(tc.to, "owner", 11), Key: &key, TakeOver: true, CorrelationID: "ref-7"}, noon)
			must(t, err)
			if want := (faction.Link{Faction: tc.from, DiscordID: "thief", Player: 11}); lost != want {
				t.Errorf("lost is %+v, want %+v", lost, want)
			}
			if got := resolved(t, db.Store, "thief"); got != (faction.Link{}) {
				t.Errorf("the other account still has %+v", got)
			}
			if got := resolved(t, db.Store, "owner"); got.Faction != tc.to || got.Player != 11 {
				t.Errorf("the owner has %+v", got)
			}
			if got := resolved(t, db.Store, "other"); got.Player != 12 || got.Faction != tc.from {
				t.Errorf("a bystander has %+v", got)
			}
			conn := owner(t, db)
			if n := count(t, conn, "select count(*) from api_keys where player_id = 11 and faction_id = $1 and consent = 'verify'", tc.to); n != 2 {
				t.Errorf("%d of the player's two keys are here and only verify", n)
			}
			if n := count(t, conn, "select count(*) from api_keys where player_id = 12 and faction_id = $1 and consent = 'lend'", tc.from); n != 1 {
				t.Error("a bystander's key changed")
			}
			for _, id := range tc.logs {
				trail, err := db.Store.AuditTrail(ctx, id, 9)
				must(t, err)
				want := []faction.AuditEntry{{At: noon, Actor: 11, Action: "link.takeover", Outcome: "done", CorrelationID: "ref-7",
					Body: map[string]any{"player": 11.0, "from_faction": float64(tc.from), "to_faction": float64(tc.to)}}}
				if diff := cmp.Diff(want, trail); diff != "" {
					t.Errorf("log of faction %d (-want +got):\n%s", id, diff)
				}
			}
			if n := count(t, conn, "select count(*) from audit_log"); n != int64(len(tc.logs)) {
				t.Errorf("%d entries in all logs, want %d", n, len(tc.logs))
			}
			_, err = db.Store.LinkWithKey(ctx, linkOf(tc.from, "thief", 11), keyOf(11, "leaked"), false, noon)
			wantKind(t, err, faction.Conflict)
		})
	}
}

func TestTornsWordDoesNotFreeAnAccountThatIsLinkedToAnother(t *testing.T) {
	t.Parallel()
	db := opened(t)
	link(t, db.Store, lions, "thief", 11, "leaked")
	link(t, db.Store, lions, "owner", 12, "k12")
	before := linkRows(t, db)
	_, err := db.Store.LinkWithKey(t.Context(), linkOf(lions, "owner", 11), keyOf(11, "leaked"), true, noon)
	wantKind(t, err, faction.Conflict)
	if after := linkRows(t, db); after != before {
		t.Errorf("refused, it changed\n%s\nto\n%s", before, after)
	}
}

func TestLinkingWhileUnlinkingLeavesNoKeyWithoutALink(t *testing.T) {
	t.Parallel()
	db := opened(t)
	ctx := t.Context()
	for i := range 30 {
		link(t, db.Store, lions, "d1", 11, "k11")
		to := []faction.ID{lions, bears}[i%2]
		done := make(chan error, 2)
		go func() {
			_, err := db.Store.LinkWithKey(ctx, linkOf(to, "d1", 11), keyOf(11, "new"), false, noon)
			done <- err
		}()
		go func() {
			_, err := db.Store.Unlink(ctx, linkOf(lions, "d1", 11))
			if faction.KindOf(err) == faction.NotFound { // it moved first
				err = nil
			}
			done <- err
		}()
		must(t, <-done)
		must(t, <-done)
		conn := owner(t, db)
		if n := count(t, conn, "select count(*) from api_keys k where not exists (select 1 from discord_links l where l.player_id = k.player_id and l.faction_id = k.faction_id)"); n != 0 {
			t.Fatalf("round %d left %d keys without a link", i, n)
		}
		must(t, conn.Close(ctx))
		if l := resolved(t, db.Store, "d1"); l.Player != 0 {
			_, err := db.Store.Unlink(ctx, l)
			must(t, err)
		}
	}
}

func TestUnlinkingDeletesThePlayersKeysAndNobodyElses(t *testing.T) {
	t.Parallel()
	db := opened(t)
	ctx := t.Context()
	link(t, db.Store, lions, "d1", 11, "a")
	link(t, db.Store, lions, "d1", 11, "b")
	link(t, db.Store, lions, "d2", 12, "c")
	_, err := db.Store.Unlink(ctx, linkOf(bears, "d1", 11)) // a link that has moved meanwhile
	wantKind(t, err, faction.NotFound)
	_, err = db.Store.Unlink(ctx, linkOf(lions, "d1", 12)) // somebody else's player
	wantKind(t, err, faction.NotFound)
	if len(keysOf(t, db.Store, lions)) != 3 || resolved(t, db.Store, "d1").Player != 11 {
		t.Fatal("unlinking what is not linked changed something")
	}
	n, err := db.Store.Unlink(ctx, linkOf(lions, "d1", 11))
	must(t, err)
	if left := keysOf(t, db.Store, lions); n != 2 || len(left) != 1 || left[0].Player != 12 {
		t.Errorf("deleted %d keys, left are %+v; want 2 deleted and player 12's left", n, left)
	}
	if resolved(t, db.Store, "d1") != (faction.Link{}) || resolved(t, db.Store, "d2").Player != 12 {
		t.Error("the wrong account was unlinked")
	}
	link(t, db.Store, bears, "d1", 13, "d") // the account is free for another player
}

func TestTheSameKeyGivenAgainIsStillOneKey(t *testing.T) {
	t.Parallel()
	db := opened(t)
	ctx := t.Context()
	must(t, db.Store.SaveKey(ctx, lions, keyOf(11, "a"), noon))
	id := keysOf(t, db.Store, lions)[0].ID
	change(t, db.Store, lions, faction.KeyChange{Key: id, State: faction.KeyPaused, Reason: "Torn says so"}, noon)
	again := keyOf(11, "a")
	again.Level, again.Consent, again.Sealed, again.Selections = 4, "own", []byte("sealed anew"), nil
	must(t, db.Store.SaveKey(ctx, lions, again, noon.Add(time.Hour)))
	keys := keysOf(t, db.Store, lions)
	if len(keys) != 1 {
		t.Fatalf("there are %d keys, want one", len(keys))
	}
	k := keys[0]
	if k.ID != id || k.Level != 4 || k.Consent != "own" || !bytes.Equal(k.Sealed, again.Sealed) || k.State != "active" || k.Reason != "" || !k.StateAt.Equal(noon.Add(time.Hour)) {
		t.Errorf("the key is %+v, want the old row with the new facts, working again", k)
	}
}

func TestAKeyThatIsStoredElsewhereIsRefusedInPlainWords(t *testing.T) {
	t.Parallel()
	db := opened(t)
	ctx := t.Context()
	must(t, db.Store.SaveKey(ctx, lions, keyOf(11, "a"), noon))
	wantKind(t, db.Store.SaveKey(ctx, bears, keyOf(11, "a"), noon), faction.Conflict)
	wantKind(t, db.Store.SaveKey(ctx, lions, keyOf(12, "a"), noon), faction.Conflict)
	keys := keysOf(t, db.Store, lions)
	if len(keys) != 1 || keys[0].Player != 11 || len(keysOf(t, db.Store, bears)) != 0 {
		t.Errorf("after the conflicts lions hold %+v", keys)
	}
}

func TestAKeysLife(t *testing.T) {
	t.Parallel()
	db := opened(t)
	ctx := t.Context()
	must(t, db.Store.SaveKey(ctx, lions, keyOf(11, "a"), noon))
	k := keysOf(t, db.Store, lions)[0]
	want := keyOf(11, "a")
	want.ID, want.State, want.StateAt = k.ID, "active", noon
	if diff := cmp.Diff(want, k); diff != "" {
		t.Errorf("the key came back as (-want +got):\n%s", diff)
	}
	get := func() faction.Key { return keysOf(t, db.Store, lions)[0] }
	change(t, db.Store, bears, faction.KeyChange{Key: k.ID, State: faction.KeyInvalid, LostFactionAccess: true}, noon)
	if got := get(); got.State != "active" || !got.FactionAccess {
		t.Error("another faction changed our key")
	}
	change(t, db.Store, lions, faction.KeyChange{Key: k.ID, State: faction.KeyNoAccess, Reason: "moved", LostFactionAccess: true}, noon)
	change(t, db.Store, lions, faction.KeyChange{Key: k.ID, State: faction.KeyJailed, Reason: "in jail"}, noon)
	if got := get(); got.FactionAccess || got.State != "jailed" || got.Reason != "in jail" {
		t.Errorf("the key is %+v", got)
	}
	consented(t, db.Store, 11, "verify")
	if got := get(); got.Consent != "verify" {
		t.Errorf("consent is %q", got.Consent)
	}
	_, err := db.Store.SetConsent(ctx, linkOf(bears, "d11", 11), k.ID, "lend")
	wantKind(t, err, faction.NotFound)
	if mine, err := db.Store.Keys(ctx, lions, 12); err != nil || len(mine) != 0 {
		t.Errorf("player 12 has keys %v (%v)", mine, err)
	}
}

// change records what was learnt of a key.
func change(t *testing.T, s *store.Store, id faction.ID, c faction.KeyChange, now time.Time) bool {
	t.Helper()
	changed, err := s.ChangeKey(t.Context(), id, c, now)
	must(t, err)
	return changed
}
