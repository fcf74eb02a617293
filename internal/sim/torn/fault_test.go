package torn

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m, goleak.IgnoreCurrent()) }

func TestEachFaultLooksLikeItself(t *testing.T) {
	c := start(t, Config{Seed: 1, UserPerMinute: -1, CacheFor: -1})
	c.clock.set(c.Plan().Start.Add(time.Hour))
	key := c.OfficerKey()
	for _, x := range []struct {
		name string
		kind FaultKind
		ok   func(status int, body string, err error) bool
	}{
		{"error code", ErrorCode(17), func(s int, b string, _ error) bool { return s == 200 && strings.Contains(b, `"code":17`) }},
		{"status", HTTPStatus(503), func(s int, b string, _ error) bool { return s == 503 && b == "" }},
		{"page", HTML(), func(s int, b string, _ error) bool { return s == 200 && strings.HasPrefix(b, "<html>") }},
		{"challenge", CloudflareChallenge(), func(s int, b string, _ error) bool { return s == 403 }},
		{"nothing", EmptyBody(), func(s int, b string, err error) bool { return s == 200 && b == "" && err == nil }},
		{"huge", Huge(0), func(s int, b string, _ error) bool { return len(b) >= 10<<20 && json.Valid([]byte(b)) }},
		{"wrong shape", WrongShape(), func(s int, b string, _ error) bool { return strings.Contains(b, `"attacks":{"0":`) }},
		{"cut", CutMidBody(), func(s int, b string, err error) bool { return s == 200 && err != nil && len(b) > 0 }},
		{"stall", Hang(time.Minute), func(s int, _ string, err error) bool { return s == 0 && err != nil }},
		{"no connection", Disconnect(), func(s int, _ string, err error) bool { return s == 0 && err != nil }},
		{"unknown fields", UnknownFields(), func(s int, b string, _ error) bool {
			return strings.Contains(b, "brand_new_field") && strings.Contains(b, "frostbite")
		}},
	} {
		lift := c.Fault(Fault{Path: "/faction/attacks", Kind: x.kind})
		status, body, err := c.raw(key, "/faction/attacks")
		if !x.ok(status, string(body), err) {
			t.Errorf("%s: status %d, error %v, body %.120s", x.name, status, err, body)
		}
		lift()
		c.must(key, "/faction/attacks", nil)
	}
}

func TestAStalledPageLeadsToItself(t *testing.T) {
	c := start(t, Config{Seed: 1, UserPerMinute: -1})
	c.clock.set(c.Plan().Start.Add(time.Hour))
	c.Fault(Fault{Kind: StalledPages()})
	var a, b attackPage
	c.must(c.OfficerKey(), "/faction/attacks?limit=5", &a)
	c.must(c.OfficerKey(), *a.Meta.Links.Prev, &b)
	if a.Attacks[0].ID != b.Attacks[0].ID {
		t.Error("the stalled page moves on")
	}
}

func TestFaultsMatchByPathKeyPlayerNumberAndTime(t *testing.T) {
	c := start(t, Config{Seed: 1, UserPerMinute: -1, CacheFor: -1})
	p := c.Plan()
	leader, officer := c.LeaderKey(), c.OfficerKey()
	broken := func(key, path string) bool { return c.get(key, path, nil) == 17 }
	enemy := formatInt(p.EnemyFaction)

	lift := c.Fault(Fault{Path: "/faction/wars", Kind: ErrorCode(17)})
	if !broken(leader, "/faction/wars") || !broken(leader, "/faction/"+enemy+"/wars") || !broken(leader, "/faction?selections=members,wars") {
		t.Error("a path does not match in all its spellings")
	}
	if broken(leader, "/faction/chain") {
		t.Error("another path is broken")
	}
	lift()

	lift = c.Fault(Fault{Key: leader, Kind: ErrorCode(17)})
	if !broken(leader, "/faction/wars") || broken(officer, "/faction/wars") {
		t.Error("a key does not match")
	}
	lift()

	lift = c.Fault(Fault{Player: p.Officers[0], Kind: ErrorCode(17)})
	if broken(leader, "/faction/wars") || !broken(officer, "/faction/wars") {
		t.Error("a player does not match")
	}
	lift()

	c.Fault(Fault{Times: 2, Kind: ErrorCode(17)})
	for n, want := range []bool{true, true, false} {
		if broken(leader, "/faction/wars") != want {
			t.Errorf("of two times, time %d breaks: %v", n+1, !want)
		}
	}

	c.Fault(Fault{Until: c.clock.Now().Add(time.Minute), Kind: ErrorCode(17)})
	if !broken(leader, "/faction/wars") {
		t.Error("the fault is not in force")
	}
	c.clock.add(time.Minute)
	if broken(leader, "/faction/wars") {
		t.Error("the fault outlives its end")
	}

	c.Down(true)
	if _, _, err := c.raw(leader, "/faction/wars"); err == nil {
		t.Error("the service answers while down")
	}
	c.Down(false)
	c.must(leader, "/faction/wars", nil)
}

func TestAHangWithoutEndLastsUntilTheClientLeaves(t *testing.T) {
	c := start(t, Config{Seed: 1})
	c.Fault(Fault{Kind: Hang(0)})
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.url+"/faction/wars", nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := http.DefaultClient.Do(req); err == nil {
		t.Error("it answers")
	}
}

func TestTheJournalKeepsRequestsButNoKeys(t *testing.T) {
	c := start(t, Config{Seed: 1})
	var mu sync.Mutex
	told := 0
	c.Observe(func(Request) { mu.Lock(); told++; mu.Unlock() })
	c.must("", "/user/basic?comment=x&key="+c.LeaderKey(), nil)
	c.get("nosuchkey0000000", "/faction/attacks", nil)
	log := c.RequestLog()
	if len(log) != 2 || told != 2 {
		t.Fatalf("%d requests, told of %d", len(log), told)
	}
	if r := log[0]; r.Path != "/user/basic" || r.Query.Get("comment") != "x" || r.Query.Has("key") || r.Player != c.Plan().Leader || r.Code != -1 {
		t.Errorf("first request %+v", r)
	}
	if r := log[1]; r.Code != 2 || r.Player != 0 {
		t.Errorf("second request %+v", r)
	}
}

func TestManyClientsAtOnceDoNotDisturbEachOther(t *testing.T) {
	c := start(t, Config{Seed: 1, HostPerMinute: -1})
	c.clock.set(c.Plan().Start.Add(time.Hour))
	keys := append(c.MemberKeys()[:6], c.LeaderKey(), c.OfficerKey())
	var wg sync.WaitGroup
	for i, key := range keys {
		wg.Go(func() {
			for n := range 10 {
				c.get(key, leaderPaths(c)[(i+n)%20], nil)
				c.clock.add(time.Second)
				switch n % 5 {
				case 0:
					c.Hold()
				case 1:
					c.Figures(c.clock.Now())
				case 2:
					c.Release()
				case 3:
					c.Fault(Fault{Path: "/faction/chains", Times: 1, Kind: ErrorCode(17)})
				}
			}
		})
	}
	wg.Wait()
}
