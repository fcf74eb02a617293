package store_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"consigliere/internal/faction"
	"consigliere/internal/store"
	"consigliere/internal/store/storetest"
)

const day = 24 * time.Hour

// asking is a request for a player of lions, given with a key of that name.
func asking(discord string, player faction.PlayerID, fingerprint string) faction.LinkRequest {
	k := keyOf(player, fingerprint)
	k.Consent = "verify"
	return faction.LinkRequest{Link: linkOf(lions, discord, player), TornDiscordID: "torns", Key: k, Expires: noon.Add(day)}
}

func ask(t *testing.T, s *store.Store, r faction.LinkRequest) int64 {
	t.Helper()
	id, fresh, err := s.AskLink(t.Context(), r, noon)
	must(t, err)
	if !fresh {
		t.Errorf("request %d of %s for player %d was there before", id, r.DiscordID, r.Player)
	}
	return id
}

func waiting(t *testing.T, s *store.Store, id faction.ID, now time.Time) []faction.LinkRequest {
	t.Helper()
	list, err := s.LinkRequests(t.Context(), id, now)
	must(t, err)
	return list
}

// noSecretLeft fails when a decided request still has its key.
func noSecretLeft(t *testing.T, db storetest.DB) {
	t.Helper()
	if n := count(t, owner(t, db), "select count(*) from link_requests where decided_at is not null and (sealed is not null or fingerprint is not null)"); n != 0 {
		t.Errorf("%d decided requests still have their key", n)
	}
}

func TestALinkWaitsUntilAnOfficerConfirmsIt(t *testing.T) {
	t.Parallel()
	db := opened(t)
	ctx := t.Context()
	id := ask(t, db.Store, asking("d1", 11, "k11"))
	if resolved(t, db.Store, "d1") != (faction.Link{}) || len(keysOf(t, db.Store, lions)) != 0 {
		t.Fatal("asking links, or leaves a key to be used")
	}
	want := asking("d1", 11, "")
	want.ID, want.Asked = id, noon
	want.Key.Sealed, want.Key.Fingerprint, want.Key.Consent = nil, nil, ""
	if diff := cmp.Diff([]faction.LinkRequest{want}, waiting(t, db.Store, lions, noon)); diff != "" {
		t.Errorf("the officers see (-want +got):\n%s", diff)
	}
	if len(waiting(t, db.Store, bears, noon)) != 0 {
		t.Error("another faction sees it")
	}
	_, err := db.Store.DecideLink(ctx, bears, faction.LinkDecision{Request: id, Confirm: true}, noon)
	wantKind(t, err, faction.NotFound)

	r, err := db.Store.DecideLink(ctx, lions, faction.LinkDecision{Request: id, Confirm: true, By: 1}, noon.Add(time.Hour))
	must(t, err)
	if r.DiscordID != "d1" || r.Player != 11 || r.Key.Sealed != nil {
		t.Errorf("decided %+v", r)
	}
	if l := resolved(t, db.Store, "d1"); l.Player != 11 || l.Faction != lions {
		t.Errorf("confirmed, the account has %+v", l)
	}
	keys := keysOf(t, db.Store, lions)
	if len(keys) != 1 || string(keys[0].Sealed) != "sealed k11" || keys[0].Consent != "verify" {
		t.Errorf("the keys are %+v", keys)
	}
	noSecretLeft(t, db)
	for _, confirm := range []bool{true, false} {
		_, err := db.Store.DecideLink(ctx, lions, faction.LinkDecision{Request: id, Confirm: confirm}, noon.Add(2*time.Hour))
		wantKind(t, err, faction.Conflict)
	}
}

func TestARejectedKeyIsGoneAtOnce(t *testing.T) {
	t.Parallel()
	db := opened(t)
	ctx := t.Context()
	id := ask(t, db.Store, asking("d1", 11, "k11"))
	_, err := db.Store.DecideLink(ctx, lions, faction.LinkDecision{Request: id, By: 1}, noon)
	must(t, err)
	if resolved(t, db.Store, "d1") != (faction.Link{}) || len(keysOf(t, db.Store, lions)) != 0 || len(waiting(t, db.Store, lions, noon)) != 0 {
		t.Error("rejected, something is left")
	}
	noSecretLeft(t, db)
	_, err = db.Store.DecideLink(ctx, lions, faction.LinkDecision{Request: id, Confirm: true}, noon)
	wantKind(t, err, faction.Conflict)
	ask(t, db.Store, asking("d1", 11, "k11")) // they may ask again
}

func TestAConfirmationTakesNoLinkOver(t *testing.T) {
	t.Parallel()
	db := opened(t)
	ctx := t.Context()
	id := ask(t, db.Store, asking("thief", 11, "leaked"))
	stays := ask(t, db.Store, asking("d3", 13, "k13"))
	link(t, db.Store, bears, "torns", 21, "k21") // whom Torn names is somebody else here
	// Meanwhile the player links, who was linked to nobody when the thief asked.
	_, err := db.Store.Link(ctx, faction.Linking{Link: linkOf(bears, "owner", 11), TakeOver: true}, noon)
	must(t, err)
	before := linkRows(t, db)
	_, err = db.Store.DecideLink(ctx, lions, faction.LinkDecision{Request: id, Confirm: true}, noon)
	wantKind(t, err, faction.Conflict)
	if after := linkRows(t, db); after != before {
		t.Errorf("refused, it changed\n%s\nto\n%s", before, after)
	}
	// And whoever is linked already can ask for nobody, nor be asked for.
	for _, r := range []faction.LinkRequest{asking("thief", 11, "a"), asking("owner", 12, "b"), asking("torns", 11, "c")} {
		_, _, err := db.Store.AskLink(ctx, r, noon)
		wantKind(t, err, faction.Conflict)
	}
	if got := waiting(t, db.Store, lions, noon); len(got) != 2 || got[1].ID != stays {
		t.Errorf("waiting are %+v", got)
	}
}

func TestWhoeverLinksOtherwiseWaitsNoMore(t *testing.T) {
	t.Parallel()
	db := opened(t)
	ask(t, db.Store, asking("d1", 11, "old"))
	ask(t, db.Store, asking("thief", 11, "leaked"))
	other := ask(t, db.Store, asking("d2", 12, "k12"))
	_, err := db.Store.Link(t.Context(), faction.Linking{Link: linkOf(lions, "d1", 11), TakeOver: true}, noon)
	must(t, err)
	if got := waiting(t, db.Store, lions, noon); len(got) != 1 || got[0].ID != other {
		t.Errorf("waiting are %+v, want the bystander's", got)
	}
	noSecretLeft(t, db)
}

func TestAskingAgainRenewsTheRequest(t *testing.T) {
	t.Parallel()
	db := opened(t)
	ctx := t.Context()
	id := ask(t, db.Store, asking("d1", 11, "first"))
	again := asking("d1", 11, "second")
	again.Expires = noon.Add(2 * day)
	got, fresh, err := db.Store.AskLink(ctx, again, noon.Add(time.Hour))
	must(t, err)
	if got != id || fresh {
		t.Errorf("asked again: request %d, fresh %v; want %d, which the officers know", got, fresh, id)
	}
	_, err = db.Store.DecideLink(ctx, lions, faction.LinkDecision{Request: id, Confirm: true}, noon.Add(30*time.Hour))
	must(t, err)
	if keys := keysOf(t, db.Store, lions); len(keys) != 1 || string(keys[0].Fingerprint) != "second" {
		t.Errorf("stored are %+v", keys)
	}
}

func TestALeakedKeyDoesNotFloodTheOfficers(t *testing.T) {
	t.Parallel()
	db := opened(t)
	for _, d := range []string{"a", "b", "c"} {
		ask(t, db.Store, asking(d, 11, "leaked"))
	}
	_, _, err := db.Store.AskLink(t.Context(), asking("d", 11, "leaked"), noon)
	wantKind(t, err, faction.Conflict)
	_, _, err = db.Store.AskLink(t.Context(), asking("a", 11, "leaked"), noon) // who asked may ask again
	must(t, err)
	ask(t, db.Store, asking("d", 12, "k12"))
	_, fresh, err := db.Store.AskLink(t.Context(), asking("d", 11, "leaked"), noon.Add(day)) // the others have expired
	if err != nil || !fresh {
		t.Errorf("a day later: fresh %v, %v", fresh, err)
	}
}

func TestARequestIsFoundAndTakenBackByItsAccountAlone(t *testing.T) {
	t.Parallel()
	db := opened(t)
	ctx := t.Context()
	ask(t, db.Store, asking("d1", 11, "k11"))
	ask(t, db.Store, asking("d2", 12, "k12"))
	gone, err := db.Store.WithdrawLinks(ctx, "d9", noon)
	if err != nil || len(gone) != 0 {
		t.Errorf("a stranger takes back %+v (%v)", gone, err)
	}
	found, err := db.Store.WaitingLinks(ctx, "d1", noon)
	must(t, err)
	if len(found) != 1 || found[0].Player != 11 || found[0].Name != "Player" || found[0].Key.Sealed != nil {
		t.Errorf("found %+v", found)
	}
	gone, err = db.Store.WithdrawLinks(ctx, "d1", noon)
	must(t, err)
	if len(gone) != 1 || gone[0].Player != 11 {
		t.Errorf("took back %+v", gone)
	}
	if left := waiting(t, db.Store, lions, noon); len(left) != 1 || left[0].Player != 12 {
		t.Errorf("left are %+v", left)
	}
	noSecretLeft(t, db)
}

func TestARequestThatNobodyDecidesEndsWithItsKey(t *testing.T) {
	t.Parallel()
	db := opened(t)
	ctx := t.Context()
	id := ask(t, db.Store, asking("d1", 11, "k11"))
	late := asking("d2", 12, "k12")
	late.Expires = noon.Add(2 * day)
	ask(t, db.Store, late)
	if n, err := db.Store.ExpireLinks(ctx, noon.Add(day-time.Second)); n != 0 || err != nil {
		t.Fatalf("too early it ends %d (%v)", n, err)
	}
	// Even before it is ended, it can neither be seen nor decided.
	if got := waiting(t, db.Store, lions, noon.Add(day)); len(got) != 1 || got[0].Player != 12 {
		t.Errorf("waiting are %+v", got)
	}
	if got, err := db.Store.WaitingLinks(ctx, "d1", noon.Add(day)); len(got) != 0 || err != nil {
		t.Errorf("who asked sees %+v (%v)", got, err)
	}
	_, err := db.Store.DecideLink(ctx, lions, faction.LinkDecision{Request: id, Confirm: true}, noon.Add(day))
	wantKind(t, err, faction.Conflict)
	for i, want := range []int{1, 0} {
		if n, err := db.Store.ExpireLinks(ctx, noon.Add(day)); n != want || err != nil {
			t.Fatalf("run %d ends %d (%v), want %d", i, n, err, want)
		}
	}
	noSecretLeft(t, db)
	trail, err := db.Store.AuditTrail(ctx, lions, 9)
	must(t, err)
	if len(trail) != 1 || trail[0].Action != "link.expire" || trail[0].Body["player"] != 11.0 {
		t.Errorf("the log has %+v", trail)
	}
	_, err = db.Store.ExpireLinks(ctx, noon.Add(9*day))
	must(t, err)
	if n := count(t, owner(t, db), "select count(*) from link_requests where request_id = $1", id); n != 0 {
		t.Error("a week later it is still remembered")
	}
}

func TestTwoOfficersDecideOnce(t *testing.T) {
	t.Parallel()
	db := opened(t)
	ctx := t.Context()
	for i := range 10 {
		player := faction.PlayerID(100 + i)
		id := ask(t, db.Store, asking("d"+string(rune('a'+i)), player, "k"+string(rune('a'+i))))
		done := make(chan error, 2)
		for _, confirm := range []bool{true, false} {
			go func() {
				_, err := db.Store.DecideLink(ctx, lions, faction.LinkDecision{Request: id, Confirm: confirm}, noon)
				done <- err
			}()
		}
		var refused int
		for range 2 {
			if err := <-done; faction.KindOf(err) == faction.Conflict {
				refused++
			} else {
				must(t, err)
			}
		}
		if refused != 1 {
			t.Fatalf("round %d: %d of two decisions were refused", i, refused)
		}
	}
	noSecretLeft(t, db)
}

// Whoever is being confirmed may prove themselves, ask again and take it back at the
// same time: none of it fails but for being late, and the key is never kept twice.
func TestConfirmingWhileTheyLinkThemselves(t *testing.T) {
	t.Parallel()
	db := opened(t)
	ctx := t.Context()
	for i := range 15 {
		player, account := faction.PlayerID(100+i), "d"+string(rune('a'+i))
		key := keyOf(player, "k"+account)
		id := ask(t, db.Store, asking(account, player, "k"+account))
		done := make(chan error, 4)
		for _, act := range []func() error{
			func() error {
				_, err := db.Store.DecideLink(ctx, lions, faction.LinkDecision{Request: id, Confirm: true}, noon)
				return err
			},
			func() error {
				_, err := db.Store.Link(ctx, faction.Linking{Link: linkOf(lions, account, player), Key: &key, TakeOver: true}, noon)
				return err
			},
			func() error {
				_, _, err := db.Store.AskLink(ctx, asking(account, player, "k"+account), noon)
				return err
			},
			func() error { _, err := db.Store.WithdrawLinks(ctx, account, noon); return err },
		} {
			go func() { done <- act() }()
		}
		for range 4 {
			if err := <-done; faction.KindOf(err) != faction.Conflict {
				must(t, err)
			}
		}
		if keys, err := db.Store.Keys(ctx, lions, player); err != nil || len(keys) != 1 || resolved(t, db.Store, account).Player != player {
			t.Fatalf("round %d: %d keys, %v", i, len(keys), err)
		}
	}
	noSecretLeft(t, db)
}
