package jobs_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"consigliere/internal/faction"
	"consigliere/internal/feed"
	simtorn "consigliere/internal/sim/torn"
	"consigliere/internal/torn"
)

func (c *city) player(id faction.PlayerID) simtorn.Player {
	c.t.Helper()
	p, ok := c.world.Player(int64(id))
	if !ok {
		c.t.Fatalf("the stand-in has no player %d", id)
	}
	return p
}

func TestEveryLinkedPlayerIsReadWithTheirOwnKeyAlone(t *testing.T) {
	t.Parallel()
	c := newCity(t, 100)
	c.run(c.players.Job(), map[string]int{"read": 100, "renamed": 100})
	for _, id := range c.pack {
		want := c.player(id)
		in, name, position := c.linked(id)
		if in != c.wolves || name != want.Name || position != want.Position {
			t.Errorf("player %d is %q, %q in %d; Torn says %+v", id, name, position, in, want)
		}
		if n := c.asked(0)[id]; n != 1 {
			t.Errorf("%d requests with the key of player %d, want one", n, id)
		}
	}
	for _, r := range c.world.RequestLog() {
		if r.Path != "/user" || r.Query.Get("id") != "" {
			t.Errorf("a key that only verifies was used for %s?%s", r.Path, r.Query.Encode())
		}
	}
	before := len(c.world.RequestLog())
	c.clock.Advance(time.Minute)
	c.run(c.players.Job(), map[string]int{}) // a run that follows at once has nothing to do
	c.clock.Advance(time.Hour)
	c.run(c.players.Job(), map[string]int{"read": 100})
	if n := len(c.world.RequestLog()) - before; n != 100 {
		t.Errorf("%d requests in the next hour, want 100", n)
	}
}

func TestThePositionIsKeptWithTheLinkOnlyWhereTheRosterDoesNotKnow(t *testing.T) {
	t.Parallel()
	c := newCity(t, 12)
	st := feed.State{Faction: c.wolves, Feed: feed.Members}
	must(t, c.store.SaveUpdate(t.Context(), &st, feed.Update{
		Rosters:  map[faction.ID][]faction.Member{c.wolves: {{ID: c.pack[2], Name: "Listed", Position: "Underboss"}}},
		Progress: feed.Progress{Now: c.clock.Now(), NextDue: c.clock.Now(), Done: true},
	}))
	c.run(c.players.Job(), map[string]int{"read": 12, "renamed": 12})
	if _, _, position := c.linked(c.pack[2]); position != "" {
		t.Errorf("who is on the roster has the position %q with the link, too", position)
	}
	if _, _, position := c.linked(c.pack[3]); position == "" {
		t.Error("who is not on the roster has no position")
	}
}

func TestOneBadKeyAmongAHundredHoldsNobodyUp(t *testing.T) {
	t.Parallel()
	c := newCity(t, 100)
	bad, paused, slow, lender := c.pack[50], c.pack[51], c.pack[52], c.pack[2]
	c.world.SetKeyState(c.secrets[bad], simtorn.KeyRevoked)
	c.world.SetKeyState(c.secrets[paused], simtorn.KeyPaused)
	c.world.Fault(simtorn.Fault{Key: c.secrets[slow], Kind: simtorn.Hang(0)})
	c.set(lender, "consent = 'lend'")
	c.run(c.players.Job(), map[string]int{"read": 99, "renamed": 99, "failed at Torn": 1})
	for id, want := range map[faction.PlayerID]string{bad: faction.KeyInvalid, paused: faction.KeyPaused, slow: faction.KeyActive} {
		if _, k := c.key(id); k.State != want {
			t.Errorf("the key of player %d is %s, want %s", id, k.State, want)
		}
	}
	// The lent key read the two whose own keys did not work, and nobody else.
	var of []string
	for _, r := range c.world.RequestLog() {
		if who := r.Query.Get("id"); who != "" {
			of = append(of, who)
			if faction.PlayerID(r.Player) != lender {
				t.Errorf("the key of player %d read player %s", r.Player, who)
			}
		}
	}
	slices.Sort(of)
	want := []string{fmt.Sprint(bad), fmt.Sprint(paused)}
	slices.Sort(want)
	if !slices.Equal(of, want) {
		t.Errorf("the lent key read %v, want %v", of, want)
	}
	// The next hour neither key is tried; the daily test decides.
	before := len(c.world.RequestLog())
	c.clock.Advance(time.Hour)
	c.world.ClearFaults()
	c.run(c.players.Job(), map[string]int{"read": 100, "renamed": 1})
	if asked := c.asked(before); asked[bad] != 0 || asked[paused] != 0 {
		t.Errorf("keys that do not work were tried again: %d and %d times", asked[bad], asked[paused])
	}
}

func TestWithoutAnyKeyThatMayBeUsedAPlayerStaysAsTheyWere(t *testing.T) {
	t.Parallel()
	c := newCity(t, 12)
	for _, id := range c.pack[1:] {
		c.set(id, "consent = 'own'") // to read one's own data: nobody else's
	}
	c.set(c.pack[0], "state = 'paused'")
	c.run(c.players.Job(), map[string]int{"read": 11, "renamed": 11, "without a key": 1})
	if in, name, _ := c.linked(c.pack[0]); in != c.wolves || name != "Old name" {
		t.Errorf("the player is %q in %d", name, in)
	}
	if n := c.asked(0)[c.pack[0]]; n != 0 {
		t.Errorf("a paused key was tried %d times", n)
	}
}

func TestWhoChangesFactionTakesLinkAndKeysAlongAndLendsNothing(t *testing.T) {
	t.Parallel()
	c := newCity(t, 20)
	mover, leaver := c.pack[2], c.pack[3]
	c.set(mover, "consent = 'lend'")
	c.set(leaver, "consent = 'lend'")
	lent := func(id faction.ID) (n int) {
		_ = c.pool.Do(t.Context(), id, torn.NeedAttacks, func(context.Context, torn.Key) error { n++; return nil })
		return n
	}
	if lent(c.wolves) != 1 {
		t.Fatal("no key is lent to begin with")
	}
	must(t, c.world.Leave(int64(mover)))
	must(t, c.world.Join(int64(mover), int64(c.bears), "Soldier"))
	must(t, c.world.Leave(int64(leaver)))
	c.run(c.players.Job(), map[string]int{"read": 20, "renamed": 20, "changed faction": 1, "left their faction": 1})

	for id, want := range map[faction.PlayerID]faction.ID{mover: c.bears, leaver: 0} {
		link, _, _ := c.linked(id)
		in, k := c.key(id)
		if link != want || in != want || k.Consent != "verify" || k.FactionAccess {
			t.Errorf("player %d is linked in %d with %+v in %d; want both in %d, and a key that only verifies", id, link, k, in, want)
		}
	}
	if n := len(c.audited(c.wolves, "link.move")); n != 2 {
		t.Errorf("the log of the former faction tells of %d moves, want 2", n)
	}
	if got := c.audited(c.bears, "link.move"); len(got) != 1 || !strings.Contains(got[0], fmt.Sprintf(`"from_faction":%d`, c.wolves)) {
		t.Errorf("the log of the new faction tells %v", got)
	}
	// They are told once; who lent nothing has nothing to be told of.
	rows, err := c.owner.Query(t.Context(), "select faction_id, player_id, (payload #>> '{data,key,left}') is not null from alert_deliveries where subject like 'moved:%'")
	must(t, err)
	type notice struct {
		In     faction.ID
		Player faction.PlayerID
		Left   bool
	}
	told, err := pgx.CollectRows(rows, pgx.RowToStructByPos[notice])
	must(t, err)
	if want := []notice{{c.bears, mover, false}, {0, leaver, true}}; len(told) != 2 || !slices.Contains(told, want[0]) || !slices.Contains(told, want[1]) {
		t.Errorf("told %+v, want %+v", told, want)
	}
	if n := len(c.audited(0, "link.move")); n != 0 {
		t.Errorf("the operator's log tells of %d moves", n)
	}
	// The pool knew those keys a moment ago.
	for _, id := range []faction.ID{c.wolves, c.bears} {
		if n := lent(id); n != 0 {
			t.Errorf("a key that is not lent was used for faction %d", id)
		}
	}
	// Without a faction one is found again by one's own key.
	c.clock.Advance(time.Hour)
	must(t, c.world.Join(int64(leaver), int64(c.bears), "Soldier"))
	c.run(c.players.Job(), map[string]int{"read": 20, "changed faction": 1})
	if link, _, position := c.linked(leaver); link != c.bears || position != "Soldier" {
		t.Errorf("the player is %s in %d", position, link)
	}
	var again int
	if must(t, c.owner.QueryRow(t.Context(), "select count(*) from alert_deliveries where subject like 'moved:%'").Scan(&again)); again != 2 {
		t.Errorf("%d notices, want no more: their key only verified already", again)
	}
}

func TestManyWhoSwapFactionsAtOnceDoNotWaitForEachOther(t *testing.T) {
	t.Parallel()
	c := newCity(t, 40)
	var others []faction.PlayerID
	for _, id := range c.roster(c.bears) {
		c.link(c.bears, id)
		others = append(others, id)
	}
	for i, id := range append(slices.Clone(others), c.pack[3:15]...) {
		to := c.wolves
		if i >= len(others) {
			to = c.bears
		}
		must(t, c.world.Leave(int64(id)))
		must(t, c.world.Join(int64(id), int64(to), "Member"))
	}
	c.run(c.players.Job(), map[string]int{"read": 52, "renamed": 52, "changed faction": 24})
}

func TestAPlayerWhoLinksAnewWhileTornIsAskedStaysWhereThatPutThem(t *testing.T) {
	t.Parallel()
	c := newCity(t, 12)
	id := c.pack[4]
	stale := faction.Link{Faction: c.bears, Player: id} // where they were when Torn was asked
	change, err := c.store.SavePlayer(t.Context(), stale, faction.PlayerSeen{Name: "New", Faction: 0}, c.clock.Now())
	must(t, err)
	if in, name, _ := c.linked(id); in != c.wolves || name != "Old name" || change != (faction.PlayerChange{}) {
		t.Errorf("the player is %q in %d, changed %+v; want nothing changed", name, in, change)
	}
	_, err = c.store.Unlink(t.Context(), faction.Link{Faction: c.wolves, DiscordID: fmt.Sprint(id), Player: id})
	must(t, err)
	if _, err := c.store.SavePlayer(t.Context(), faction.Link{Faction: c.wolves, Player: id}, faction.PlayerSeen{Name: "New", Faction: c.bears}, c.clock.Now()); err != nil {
		t.Errorf("a link that is gone gave %v", err)
	}
}

func TestWhenTornClosesTheRunEndsAndIsTriedAgain(t *testing.T) {
	t.Parallel()
	c := newCity(t, 60)
	c.world.Fault(simtorn.Fault{Kind: simtorn.ErrorCode(9)})
	counts, err := c.players.Job().Run(t.Context())
	if !errors.Is(err, torn.ErrAPIDisabled) && !errors.Is(err, torn.ErrStopped) {
		t.Errorf("the run ended with %v", err)
	}
	if n := len(c.world.RequestLog()); n > 12 {
		t.Errorf("%d requests although Torn is closed; %v", n, counts)
	}
	c.world.ClearFaults()
	c.clock.Advance(10 * time.Minute)
	c.run(c.players.Job(), map[string]int{"read": 60, "renamed": 60})
}

func TestAFactionThatIsPausedIsLeftAlone(t *testing.T) {
	t.Parallel()
	c := newCity(t, 12)
	_, err := c.owner.Exec(t.Context(), "update factions set state = 'paused' where faction_id = $1", c.wolves)
	must(t, err)
	c.clock.Advance(48 * time.Hour)
	c.run(c.players.Job(), map[string]int{})
	c.run(c.keytest.Job(), map[string]int{})
	if n := len(c.world.RequestLog()); n != 0 {
		t.Errorf("%d requests", n)
	}
}

func TestARunThatIsCutOffGoesOnWhereItWas(t *testing.T) {
	t.Parallel()
	c := newCity(t, 60)
	ctx, cancel := context.WithCancel(t.Context())
	var seen atomic.Int64
	c.world.Observe(func(simtorn.Request) {
		if seen.Add(1) == 20 {
			cancel()
		}
	})
	counts, err := c.players.Job().Run(ctx)
	if !errors.Is(err, context.Canceled) || counts["read"] == 0 || counts["read"] > 30 {
		t.Fatalf("the run ended with %v and %v, want it cut off in the middle", counts, err)
	}
	c.world.Observe(func(simtorn.Request) {})
	got, err := c.players.Job().Run(t.Context())
	must(t, err)
	// Each of the six that were under way may have been kept without being counted.
	if sum := counts["read"] + got["read"]; sum > 60 || sum < 60-6 {
		t.Errorf("%d players were read before and %d after, want 60 together", counts["read"], got["read"])
	}
	c.run(c.players.Job(), map[string]int{})
}
