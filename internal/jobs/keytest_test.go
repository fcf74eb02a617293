package jobs_test

import (
	"strings"
	"testing"
	"time"

	"consigliere/internal/faction"
	simtorn "consigliere/internal/sim/torn"
)

const day = 25 * time.Hour

func TestAKeyThatWorksAgainIsBackWithoutItsOwnerDoingAnything(t *testing.T) {
	t.Parallel()
	c := newCity(t, 12)
	for i, state := range []string{faction.KeyPaused, faction.KeyInactive, faction.KeyJailed} {
		c.set(c.pack[i], "state = '"+state+"', faction_access = false, access_level = 1")
	}
	c.run(c.keytest.Job(), map[string]int{}) // not a day old
	c.clock.Advance(day)
	c.run(c.keytest.Job(), map[string]int{"tested": 12, "recovered": 3})
	for _, id := range c.pack[:3] {
		_, k := c.key(id)
		if k.State != faction.KeyActive || k.Level != 3 || !k.FactionAccess {
			t.Errorf("the key of player %d is %+v, want it active with what Torn says it may do", id, k)
		}
	}
	got := strings.Join(c.audited(c.wolves, "key.state"), "\n")
	for _, state := range []string{faction.KeyPaused, faction.KeyInactive, faction.KeyJailed} {
		if !strings.Contains(got, `"before":"`+state+`"`) {
			t.Errorf("the log tells nothing of the key that was %s:\n%s", state, got)
		}
	}
	for _, r := range c.world.RequestLog() {
		if r.Path != "/key/info" {
			t.Errorf("the test asked for %s", r.Path)
		}
	}
	c.clock.Advance(time.Hour)
	c.run(c.keytest.Job(), map[string]int{}) // once a day
}

func TestAKeyThatIsStillOutOfUseStaysSoAndIsAskedOnceADay(t *testing.T) {
	t.Parallel()
	c := newCity(t, 12)
	id := c.pack[5]
	c.set(id, "state = 'paused'")
	c.world.SetKeyState(c.secrets[id], simtorn.KeyPaused)
	for range 3 {
		c.clock.Advance(day)
		c.run(c.keytest.Job(), map[string]int{"tested": 11, "out of use": 1})
	}
	if n := c.asked(0)[id]; n != 3 {
		t.Errorf("it was tried %d times in three days", n)
	}
	if n := len(c.audited(c.wolves, "key.state")); n != 0 {
		t.Errorf("the log tells of %d changes, want none", n)
	}
	// What is wrong with it may change.
	c.world.SetKeyState(c.secrets[id], simtorn.KeyJailed)
	c.clock.Advance(day)
	c.run(c.keytest.Job(), map[string]int{"tested": 11, "out of use": 1})
	if _, k := c.key(id); k.State != faction.KeyJailed {
		t.Errorf("it is %s, want jailed", k.State)
	}
}

// Torn bans an address that keeps trying keys it does not know.
func TestAKeyThatTornDoesNotKnowIsNeverTriedAgain(t *testing.T) {
	t.Parallel()
	c := newCity(t, 12)
	id := c.pack[5]
	c.world.SetKeyState(c.secrets[id], simtorn.KeyRevoked)
	c.clock.Advance(day)
	c.run(c.keytest.Job(), map[string]int{"tested": 11, "out of use": 1})
	if _, k := c.key(id); k.State != faction.KeyInvalid {
		t.Fatalf("it is %s, want invalid", k.State)
	}
	before := len(c.world.RequestLog())
	for range 3 {
		c.clock.Advance(day)
		c.run(c.keytest.Job(), map[string]int{"tested": 11})
		c.run(c.players.Job(), map[string]int{"read": 11, "renamed": 11, "without a key": 1})
		c.set(c.pack[0], "state = state") // the names are old again
		_, err := c.owner.Exec(t.Context(), "update discord_links set player_name = 'Old name'")
		must(t, err)
	}
	for _, r := range c.world.RequestLog()[before:] {
		if r.Code == 2 {
			t.Fatalf("an invalid key was tried for %s", r.Path)
		}
	}
}

func TestFactionAccessThatIsLostAndComesBackIsNoticed(t *testing.T) {
	t.Parallel()
	c := newCity(t, 12)
	id := c.pack[2]
	c.set(id, "consent = 'lend'")
	must(t, c.world.SetPosition(int64(id), "Soldier"))
	c.clock.Advance(day)
	c.run(c.keytest.Job(), map[string]int{"tested": 12})
	if _, k := c.key(id); k.State != faction.KeyNoAccess || k.FactionAccess {
		t.Errorf("after the demotion the key is %+v", k)
	}
	c.clock.Advance(day)
	c.run(c.keytest.Job(), map[string]int{"tested": 12}) // nothing new: neither back nor told again
	if _, k := c.key(id); k.State != faction.KeyNoAccess {
		t.Errorf("it is %s though nothing has changed", k.State)
	}
	must(t, c.world.SetPosition(int64(id), "Underboss"))
	c.clock.Advance(day)
	c.run(c.keytest.Job(), map[string]int{"tested": 12, "recovered": 1})
	if _, k := c.key(id); k.State != faction.KeyActive || !k.FactionAccess {
		t.Errorf("after the promotion the key is %+v", k)
	}
	if n := len(c.audited(c.wolves, "key.state")); n != 2 {
		t.Errorf("the log tells of %d changes, want lost and back", n)
	}
}

func TestAPassingFaultOfTornsChangesNoKeyAndIsTriedAgain(t *testing.T) {
	t.Parallel()
	c := newCity(t, 12)
	id := c.pack[5]
	c.set(id, "state = 'paused'")
	lift := c.world.Fault(simtorn.Fault{Key: c.secrets[id], Kind: simtorn.ErrorCode(17)})
	c.clock.Advance(day)
	c.run(c.keytest.Job(), map[string]int{"tested": 11, "failed at Torn": 1})
	if _, k := c.key(id); k.State != faction.KeyPaused {
		t.Errorf("it is %s", k.State)
	}
	lift()
	c.clock.Advance(time.Hour)
	c.run(c.keytest.Job(), map[string]int{"tested": 1, "recovered": 1})
}

func TestTheKeyOfWhoMovedIsTestedWithinTheHour(t *testing.T) {
	t.Parallel()
	c := newCity(t, 12)
	id := c.pack[2]
	must(t, c.world.Leave(int64(id)))
	must(t, c.world.Join(int64(id), int64(c.bears), "Enforcer"))
	must(t, c.world.SetAbilities(int64(c.bears), "Enforcer", simtorn.AbilityFactionAPI))
	c.run(c.players.Job(), map[string]int{"read": 12, "renamed": 12, "changed faction": 1})
	c.run(c.keytest.Job(), map[string]int{"tested": 1})
	if in, k := c.key(id); in != c.bears || !k.FactionAccess || k.Consent != "verify" {
		t.Errorf("the key is %+v in %d", k, in)
	}
}

func TestAKeyThatWasWithdrawnAMomentAgoIsNotTried(t *testing.T) {
	t.Parallel()
	c := newCity(t, 12)
	c.clock.Advance(day)
	due, err := c.store.UntestedKeys(t.Context(), c.clock.Now())
	must(t, err)
	if len(due) != 12 {
		t.Fatalf("%d keys are due, want 12", len(due))
	}
	c.keytest.Store = listed{c.keytest.Store, due}
	id := c.pack[5]
	_, err = c.store.Unlink(t.Context(), faction.Link{Faction: c.wolves, DiscordID: discordOf(id), Player: id})
	must(t, err)
	c.run(c.keytest.Job(), map[string]int{"tested": 11, "could not be opened": 1})
	if n := c.asked(0)[id]; n != 0 {
		t.Errorf("it was tried %d times", n)
	}
}
