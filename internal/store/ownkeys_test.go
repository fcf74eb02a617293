package store_test

import (
	"fmt"
	"testing"

	"consigliere/internal/faction"
	"consigliere/internal/store"
)

// consented links a player of lions, as account "d" and their number, and says what all
// their keys may be used for.
func consented(t *testing.T, s *store.Store, player faction.PlayerID, consent string) {
	t.Helper()
	l := linkOf(lions, fmt.Sprintf("d%d", player), player)
	_, err := s.Link(t.Context(), faction.Linking{Link: l}, noon)
	must(t, err)
	for _, k := range keysOf(t, s, lions) {
		if k.Player == player {
			_, err := s.SetConsent(t.Context(), l, k.ID, consent)
			must(t, err)
		}
	}
}

func TestConsentIsOneKeysAndItsOwners(t *testing.T) {
	t.Parallel()
	db := opened(t)
	ctx := t.Context()
	link(t, db.Store, lions, "d1", 11, "a")
	link(t, db.Store, lions, "d1", 11, "b")
	link(t, db.Store, lions, "d2", 12, "c")
	keys := keysOf(t, db.Store, lions)
	before, err := db.Store.SetConsent(ctx, linkOf(lions, "d1", 11), keys[1].ID, "own")
	must(t, err)
	if before != "lend" {
		t.Errorf("before it was %q", before)
	}
	for _, l := range []faction.Link{
		linkOf(lions, "d2", 12),  // another member
		linkOf(lions, "d2", 11),  // an account that lost the player, or never had them
		linkOf(bears, "d1", 11),  // where the player is not
		linkOf(lions, "d1", 12),  // somebody else's player
		linkOf(lions, "nil", 99), // nobody
	} {
		_, err := db.Store.SetConsent(ctx, l, keys[0].ID, "verify")
		wantKind(t, err, faction.NotFound)
		wantKind(t, db.Store.RemoveKey(ctx, l, keys[0].ID), faction.NotFound)
	}
	for i, want := range []string{"lend", "own", "lend"} {
		if got := keysOf(t, db.Store, lions)[i].Consent; got != want {
			t.Errorf("key %d: %q, want %q", i, got, want)
		}
	}
}

func TestOneKeyIsRemovedAndTheLinkStays(t *testing.T) {
	t.Parallel()
	db := opened(t)
	ctx := t.Context()
	link(t, db.Store, lions, "d1", 11, "a")
	link(t, db.Store, lions, "d1", 11, "b")
	keys := keysOf(t, db.Store, lions)
	for i := range keys {
		must(t, db.Store.RemoveKey(ctx, linkOf(lions, "d1", 11), keys[i].ID))
		wantKind(t, db.Store.RemoveKey(ctx, linkOf(lions, "d1", 11), keys[i].ID), faction.NotFound)
		if left := keysOf(t, db.Store, lions); len(left) != 1-i || resolved(t, db.Store, "d1").Player != 11 {
			t.Errorf("after %d: %d keys, link %+v", i+1, len(left), resolved(t, db.Store, "d1"))
		}
	}
}

// Whoever takes a link over must not find a key consented to by the account that lost
// it, however the two run against each other.
func TestALostAccountConsentsToNothing(t *testing.T) {
	t.Parallel()
	db := opened(t)
	ctx := t.Context()
	for i := range 20 {
		thief, owner := fmt.Sprintf("thief%d", i), fmt.Sprintf("owner%d", i)
		player := faction.PlayerID(100 + i)
		first := keyOf(player, fmt.Sprint("leaked", i))
		first.Consent = "verify"
		_, err := db.Store.LinkWithKey(ctx, linkOf(lions, thief, player), first, false, noon)
		must(t, err)
		keys, err := db.Store.Keys(ctx, lions, player)
		must(t, err)
		done := make(chan error, 2)
		go func() {
			_, err := db.Store.SetConsent(ctx, linkOf(lions, thief, player), keys[0].ID, "lend")
			if faction.KindOf(err) == faction.NotFound {
				err = nil
			}
			done <- err
		}()
		go func() {
			_, err := db.Store.Link(ctx, faction.Linking{Link: linkOf(lions, owner, player), TakeOver: true}, noon)
			done <- err
		}()
		must(t, <-done)
		must(t, <-done)
		after, err := db.Store.Keys(ctx, lions, player)
		must(t, err)
		if after[0].Consent != "verify" {
			t.Fatalf("round %d: the key is left with %q", i, after[0].Consent)
		}
	}
}
