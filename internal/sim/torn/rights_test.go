package torn

import (
	"net/http"
	"testing"
	"time"
)

func TestEachWrongKeyGetsItsOwnErrorWithStatus200(t *testing.T) {
	c := start(t, Config{Seed: 2})
	p := c.Plan()
	for _, x := range []struct {
		name  string
		state KeyState
		code  int
	}{
		{"revoked", KeyRevoked, 2}, {"jailed", KeyJailed, 10}, {"read error", KeyReadError, 12},
		{"inactive", KeyInactive, 13}, {"paused", KeyPaused, 18}, {"working", KeyOK, -1},
	} {
		key, err := c.AddKey(Key{Player: p.Members[0], Level: Full})
		if err != nil {
			t.Fatal(err)
		}
		c.SetKeyState(key, x.state)
		if code := c.get(key, "/user/basic", nil); code != x.code {
			t.Errorf("a %s key gives %d, want %d", x.name, code, x.code)
		}
	}
	if code := c.get("", "/user/basic", nil); code != 1 {
		t.Errorf("no key gives %d, want 1", code)
	}
	if code := c.get("AAAAAAAAAAAAAAAA", "/user/basic", nil); code != 2 {
		t.Errorf("an unknown key gives %d, want 2", code)
	}
	if status, _, _ := c.raw("AAAAAAAAAAAAAAAA", "/user/basic"); status != http.StatusOK {
		t.Errorf("an error comes with status %d, want 200", status)
	}
	if code := c.get("", "/user/basic?key="+c.LeaderKey(), nil); code != -1 {
		t.Errorf("a key in the query gives %d", code)
	}
}

func TestABearerTokenIsNoKey(t *testing.T) {
	c := start(t, Config{Seed: 2})
	req, _ := http.NewRequest(http.MethodGet, c.url+"/user/basic", nil)
	req.Header.Set("Authorization", "Bearer "+c.LeaderKey())
	if k := keyFrom(req, nil); k == c.LeaderKey() {
		t.Error("Bearer is accepted")
	}
}

func TestSelectionsNeedTheirLevelAndFactionAccess(t *testing.T) {
	c := start(t, Config{Seed: 2, UserPerMinute: -1})
	p := c.Plan()
	key := func(k Key) string {
		v, err := c.AddKey(k)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	attacks := map[string][]string{"faction": {"attacks"}}
	for _, x := range []struct {
		name, key, path string
		code            int
	}{
		{"public key, public selection", c.PublicKey(), "/faction/wars", -1},
		{"public key, attacks", c.PublicKey(), "/faction/attacks", 16},
		{"member without the ability", c.MemberKeys()[0], "/faction/attacks", 7},
		{"officer", c.OfficerKey(), "/faction/attacks", -1},
		{"officer who keeps faction data to himself", key(Key{Player: p.Officers[1], Level: Limited}), "/faction/attacks", 7},
		{"minimal key, attacks", key(Key{Player: p.Leader, Level: Minimal, Faction: true}), "/faction/attacks", 16},
		{"minimal key, positions", key(Key{Player: p.Leader, Level: Minimal, Faction: true}), "/faction/positions", -1},
		{"custom key with attacks", key(Key{Player: p.Leader, Level: Custom, Faction: true, Selections: attacks}), "/faction/attacks", -1},
		{"custom key without balance", key(Key{Player: p.Leader, Level: Custom, Faction: true, Selections: attacks}), "/faction/balance", 16},
		{"one closed selection among open ones", c.PublicKey(), "/faction?selections=wars,attacks", 16},
		{"private data of another faction", c.OfficerKey(), "/faction/" + formatInt(p.EnemyFaction) + "/attacks", 7},
		{"unknown faction", c.OfficerKey(), "/faction/1/members", 6},
		{"unknown player", c.OfficerKey(), "/user/17/basic", 6},
		{"snowflake nobody linked", c.OfficerKey(), "/user/199999999999999999/discord", 6},
		{"unknown selection", c.OfficerKey(), "/faction/secrets", 4},
		{"selection of the old API", c.OfficerKey(), "/faction/mainnews", 22},
		{"no selection", c.OfficerKey(), "/faction", 4},
		{"unknown news category", c.OfficerKey(), "/faction/news?cat=gossip", 21},
		{"page too long", c.OfficerKey(), "/faction/attacks?limit=101", 4},
		{"page of nothing", c.OfficerKey(), "/faction/attacks?limit=0", 4},
		{"unknown order", c.OfficerKey(), "/faction/attacks?sort=UP", 4},
		{"unknown filter", c.OfficerKey(), "/faction/attacks?filters=sideways", 4},
		{"report of a war that is not over", c.OfficerKey(), "/faction/" + formatInt(p.WarID) + "/rankedwarreport", 6},
	} {
		if code := c.get(x.key, x.path, nil); code != x.code {
			t.Errorf("%s: %s gives %d, want %d", x.name, x.path, code, x.code)
		}
	}
}

func TestFactionAccessGoesWithThePosition(t *testing.T) {
	c := start(t, Config{Seed: 2, CacheFor: -1})
	p, key := c.Plan(), c.OfficerKey()
	access := func() bool {
		var info struct {
			Info struct{ Access struct{ Faction bool } }
		}
		c.must(key, "/key/info", &info)
		return info.Info.Access.Faction
	}
	if !access() {
		t.Fatal("the officer has no faction access to begin with")
	}
	if err := c.SetPosition(p.Officers[0], "Soldier"); err != nil {
		t.Fatal(err)
	}
	if code := c.get(key, "/faction/attacks", nil); code != 7 || access() {
		t.Errorf("after the demotion attacks give %d and access is %v", code, access())
	}
	if err := c.SetAbilities(p.OurFaction, "Soldier", AbilityFactionAPI); err != nil {
		t.Fatal(err)
	}
	if code := c.get(key, "/faction/attacks", nil); code != -1 {
		t.Errorf("after Soldiers got the ability attacks give %d", code)
	}
	if err := c.Leave(p.Officers[0]); err != nil {
		t.Fatal(err)
	}
	if code := c.get(key, "/faction/attacks", nil); code != 7 {
		t.Errorf("after leaving attacks give %d, want 7", code)
	}
	var mine struct {
		Faction *struct{ ID int64 }
	}
	c.must(key, "/user/faction", &mine)
	if mine.Faction != nil {
		t.Errorf("after leaving user/faction still says %d", mine.Faction.ID)
	}
}

func TestAPlayerIsFoundByDiscordAccount(t *testing.T) {
	c := start(t, Config{Seed: 2})
	leader, _ := c.Player(c.Plan().Leader)
	var d struct {
		Discord struct {
			DiscordID string `json:"discord_id"`
			UserID    int64  `json:"user_id"`
		}
		Profile struct{ ID int64 }
		Faction struct{ Position string }
	}
	c.must(c.PublicKey(), "/user?selections=discord,faction,profile&id="+leader.Discord, &d)
	if d.Discord.UserID != leader.ID || d.Discord.DiscordID != leader.Discord || d.Profile.ID != leader.ID || d.Faction.Position != "Leader" {
		t.Errorf("looked up %s, got %+v", leader.Discord, d)
	}
	if err := c.LinkDiscord(leader.ID, ""); err != nil {
		t.Fatal(err)
	}
	if code := c.get(c.PublicKey(), "/user/"+leader.Discord+"/discord", nil); code != 6 {
		t.Errorf("an unlinked account gives %d, want 6", code)
	}
	c.must(c.PublicKey(), "/user/"+formatInt(leader.ID)+"/discord", &d)
	if d.Discord.DiscordID != "" {
		t.Errorf("a player without an account shows %q", d.Discord.DiscordID)
	}
}

func TestAHundredRequestsAMinuteBelongToThePlayerNotTheKey(t *testing.T) {
	c := start(t, Config{Seed: 2})
	p := c.Plan()
	second, err := c.AddKey(Key{Player: p.Leader, Level: Public})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 100 {
		key := c.LeaderKey()
		if i%2 == 1 {
			key = second
		}
		if code := c.get(key, "/user/timestamp", nil); code != -1 {
			t.Fatalf("request %d gives %d", i+1, code)
		}
		c.clock.add(100 * time.Millisecond)
	}
	if code := c.get(second, "/user/timestamp", nil); code != 5 {
		t.Errorf("request 101 gives %d, want 5", code)
	}
	if code := c.get(c.OfficerKey(), "/user/timestamp", nil); code != -1 {
		t.Errorf("another player's request gives %d", code)
	}
	c.clock.add(51 * time.Second)
	if code := c.get(second, "/user/timestamp", nil); code != -1 {
		t.Errorf("when the first requests are a minute old, the next gives %d", code)
	}
}

func TestTooManyRequestsFromOneAddressGive429(t *testing.T) {
	c := start(t, Config{Seed: 2, HostPerMinute: 20})
	for range 20 {
		c.must(c.LeaderKey(), "/user/timestamp", nil)
	}
	if status, _, _ := c.raw(c.LeaderKey(), "/user/timestamp"); status != http.StatusTooManyRequests {
		t.Errorf("status %d, want 429", status)
	}
	c.clock.add(61 * time.Second)
	c.must(c.LeaderKey(), "/user/timestamp", nil)
}

func TestAnAnswerIsServedAgainForHalfAMinute(t *testing.T) {
	c := start(t, Config{Seed: 2})
	stamp := func(path string) int64 {
		var b struct{ Timestamp int64 }
		c.must(c.LeaderKey(), path, &b)
		return b.Timestamp
	}
	first := stamp("/user/timestamp?comment=a")
	c.clock.add(29 * time.Second)
	if again := stamp("/user/timestamp?comment=b"); again != first {
		t.Error("29 s later the answer is fresh")
	}
	fresh := stamp("/user/timestamp?timestamp=1")
	if fresh != first+29 {
		t.Error("a new timestamp does not pass the cache by")
	}
	c.clock.add(time.Second)
	if stamp("/user/timestamp?timestamp=1") != fresh {
		t.Error("the same timestamp twice passes the cache by twice")
	}
	if stamp("/user/timestamp") != fresh {
		t.Error("what passed the cache by did not refresh it")
	}
	c.clock.add(30 * time.Second)
	if stamp("/user/timestamp") == fresh {
		t.Error("after 30 s the old answer is still served")
	}
}
