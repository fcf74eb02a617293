package store_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"consigliere/internal/faction"
	"consigliere/internal/store"
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
	l, ok, err := s.Resolve(t.Context(), discord)
	must(t, err)
	if !ok {
		return faction.Link{}
	}
	return l
}

func keysOf(t *testing.T, s *store.Store, id faction.ID) []faction.Key {
	t.Helper()
	keys, err := s.Keys(t.Context(), id, 0)
	must(t, err)
	return keys
}

func TestOnePlayerHasOneDiscordAccountAndTheOtherWayRound(t *testing.T) {
	t.Parallel()
	db := opened(t)
	ctx := t.Context()
	must(t, db.Store.SaveLink(ctx, linkOf(lions, "d1", 11), noon))
	must(t, db.Store.SaveLink(ctx, linkOf(lions, "d9", 19), noon))
	must(t, db.Store.SaveKey(ctx, lions, keyOf(11, "k11"), noon))
	for _, other := range []faction.ID{lions, bears} {
		wantKind(t, db.Store.SaveLink(ctx, linkOf(other, "d2", 11), noon), faction.Conflict) // a second account
		wantKind(t, db.Store.SaveLink(ctx, linkOf(other, "d1", 12), noon), faction.Conflict) // a second player
		wantKind(t, db.Store.SaveLink(ctx, linkOf(other, "d9", 11), noon), faction.Conflict) // both taken
		want := faction.Link{Faction: lions, DiscordID: "d1", Player: 11}
		if got := resolved(t, db.Store, "d1"); got != want {
			t.Errorf("after conflicts the account is linked to %+v, want %+v", got, want)
		}
		if got := resolved(t, db.Store, "d2"); got != (faction.Link{}) {
			t.Errorf("the refused account is linked to %+v", got)
		}
		if len(keysOf(t, db.Store, lions)) != 1 {
			t.Error("a refused link moved the player's key")
		}
	}
}

func TestLinkingAgainChangesTheNameOnly(t *testing.T) {
	t.Parallel()
	db := opened(t)
	l := linkOf(lions, "d1", 11)
	must(t, db.Store.SaveLink(t.Context(), l, noon))
	l.Name = "Renamed"
	must(t, db.Store.SaveLink(t.Context(), l, noon.Add(time.Hour)))
	if n := count(t, owner(t, db), "select count(*) from discord_links where player_name = 'Renamed' and linked_at = $1", noon); n != 1 {
		t.Error("want the one link, with its new name and its old date")
	}
}

func TestAPlayerWhoChangesFactionTakesLinkAndKeysAlong(t *testing.T) {
	t.Parallel()
	db := opened(t)
	ctx := t.Context()
	must(t, db.Store.SaveLink(ctx, linkOf(lions, "d1", 11), noon))
	must(t, db.Store.SaveKey(ctx, lions, keyOf(11, "k11"), noon))
	must(t, db.Store.SaveKey(ctx, lions, keyOf(11, "k11b"), noon))
	must(t, db.Store.SaveKey(ctx, lions, keyOf(12, "k12"), noon))
	must(t, db.Store.SaveLink(ctx, linkOf(bears, "d1", 11), noon))
	if got := resolved(t, db.Store, "d1"); got.Faction != bears || got.Player != 11 {
		t.Errorf("the account is linked to %+v, want player 11 of bears", got)
	}
	if mine, theirs := keysOf(t, db.Store, lions), keysOf(t, db.Store, bears); len(mine) != 1 || mine[0].Player != 12 || len(theirs) != 2 {
		t.Errorf("lions hold %d keys and bears %d, want the player's two moved", len(mine), len(theirs))
	}
	// And the moved key can be given again, as /link does.
	must(t, db.Store.SaveKey(ctx, bears, keyOf(11, "k11"), noon))
	linked, err := db.Store.LinkedPlayers(ctx, bears)
	must(t, err)
	if diff := cmp.Diff(map[faction.PlayerID]string{11: "d1"}, linked); diff != "" {
		t.Error(diff)
	}
}

func TestUnlinkingDeletesThePlayersKeysAndNobodyElses(t *testing.T) {
	t.Parallel()
	db := opened(t)
	ctx := t.Context()
	must(t, db.Store.SaveLink(ctx, linkOf(lions, "d1", 11), noon))
	must(t, db.Store.SaveLink(ctx, linkOf(lions, "d2", 12), noon))
	for _, k := range []faction.Key{keyOf(11, "a"), keyOf(11, "b"), keyOf(12, "c")} {
		must(t, db.Store.SaveKey(ctx, lions, k, noon))
	}
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
	must(t, db.Store.SaveLink(ctx, linkOf(bears, "d1", 12+1), noon)) // the account is free for another player
}

func TestTheSameKeyGivenAgainIsStillOneKey(t *testing.T) {
	t.Parallel()
	db := opened(t)
	ctx := t.Context()
	must(t, db.Store.SaveKey(ctx, lions, keyOf(11, "a"), noon))
	id := keysOf(t, db.Store, lions)[0].ID
	must(t, db.Store.MarkKey(ctx, lions, id, "paused", "Torn says so", noon))
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
	must(t, db.Store.MarkKey(ctx, bears, k.ID, "invalid", "not theirs to say", noon))
	must(t, db.Store.DropKey(ctx, bears, k.ID))
	must(t, db.Store.LoseFactionAccess(ctx, bears, k.ID, "not theirs to say", noon))
	if got := get(); got.State != "active" || !got.FactionAccess {
		t.Error("another faction changed our key")
	}
	must(t, db.Store.LoseFactionAccess(ctx, lions, k.ID, "moved", noon))
	must(t, db.Store.MarkKey(ctx, lions, k.ID, "jailed", "in jail", noon))
	if got := get(); got.FactionAccess || got.State != "jailed" || got.Reason != "in jail" {
		t.Errorf("the key is %+v", got)
	}
	must(t, db.Store.SetConsent(ctx, lions, 11, "verify"))
	if got := get(); got.Consent != "verify" {
		t.Errorf("consent is %q", got.Consent)
	}
	wantKind(t, db.Store.SetConsent(ctx, bears, 11, "lend"), faction.NotFound)
	if mine, err := db.Store.Keys(ctx, lions, 12); err != nil || len(mine) != 0 {
		t.Errorf("player 12 has keys %v (%v)", mine, err)
	}
	must(t, db.Store.DropKey(ctx, lions, k.ID))
	if left := keysOf(t, db.Store, lions); len(left) != 0 {
		t.Errorf("dropped, there is still %+v", left)
	}
}
