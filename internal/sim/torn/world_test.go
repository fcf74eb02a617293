package torn

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// manual is a clock that tests move.
type manual struct {
	mu sync.Mutex
	t  time.Time
}

func newManual() *manual { return &manual{t: time.Date(2026, 3, 3, 18, 0, 0, 0, time.UTC)} }

func (m *manual) Now() time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.t
}

func (m *manual) set(t time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.t = t
}

func (m *manual) add(d time.Duration) { m.set(m.Now().Add(d)) }

func (m *manual) Sleep(ctx context.Context, d time.Duration) error {
	m.add(d)
	return ctx.Err()
}

func (m *manual) Real(d time.Duration) time.Duration { return d }

// city is a world with a client.
type city struct {
	*World
	t     *testing.T
	clock *manual
	url   string
}

func start(t *testing.T, cfg Config) *city {
	t.Helper()
	c := newManual()
	cfg.Clock = c
	return serve(t, New(cfg), c)
}

func serve(t *testing.T, w *World, c *manual) *city {
	t.Helper()
	srv := httptest.NewServer(w.Handler())
	t.Cleanup(srv.Close)
	return &city{w, t, c, srv.URL + "/v2"}
}

// raw asks for an address with a key and returns status, body and transport error.
func (c *city) raw(key, address string) (int, []byte, error) {
	c.t.Helper()
	if strings.HasPrefix(address, "/") {
		address = c.url + address
	}
	req, err := http.NewRequest(http.MethodGet, address, nil)
	if err != nil {
		c.t.Fatal(err)
	}
	if key != "" {
		req.Header.Set("Authorization", "ApiKey "+key)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	return res.StatusCode, body, err
}

// get decodes an answer into out and returns the error code, -1 for none.
func (c *city) get(key, address string, out any) int {
	c.t.Helper()
	_, body, err := c.raw(key, address)
	if err != nil {
		c.t.Fatalf("GET %s: %v", address, err)
	}
	var e struct{ Error *apiError }
	if err := json.Unmarshal(body, &e); err != nil {
		c.t.Fatalf("GET %s: %v in %.200s", address, err, body)
	}
	if e.Error != nil {
		return e.Error.Code
	}
	if out != nil {
		if err := json.Unmarshal(body, out); err != nil {
			c.t.Fatalf("GET %s: %v in %.200s", address, err, body)
		}
	}
	return -1
}

// must is get without an error.
func (c *city) must(key, address string, out any) {
	c.t.Helper()
	if code := c.get(key, address, out); code >= 0 {
		c.t.Fatalf("GET %s: error %d", address, code)
	}
}

func TestTheSameSeedMakesTheSameWorld(t *testing.T) {
	a, b, other := start(t, Config{Seed: 7}), start(t, Config{Seed: 7}), start(t, Config{Seed: 8})
	at := a.Plan().Start.Add(time.Hour)
	for _, c := range []*city{a, b, other} {
		c.clock.set(at)
	}
	if a.LeaderKey() != b.LeaderKey() || a.LeaderKey() == other.LeaderKey() {
		t.Fatal("keys do not follow from the seed")
	}
	for _, path := range []string{"/faction/attacks", "/faction/members", "/faction/wars", "/faction/chain", "/key/info"} {
		_, x, _ := a.raw(a.LeaderKey(), path)
		_, y, _ := b.raw(b.LeaderKey(), path)
		_, z, _ := other.raw(other.LeaderKey(), path)
		x = []byte(strings.ReplaceAll(string(x), a.url, ""))
		y = []byte(strings.ReplaceAll(string(y), b.url, ""))
		if string(x) != string(y) {
			t.Errorf("%s differs between two worlds of one seed", path)
		}
		if string(x) == string(z) && path != "/faction/chain" {
			t.Errorf("%s does not depend on the seed", path)
		}
	}
}

func TestEverySelectionAnswersTheLeader(t *testing.T) {
	c := start(t, Config{Seed: 1})
	c.clock.set(c.Plan().Start.Add(time.Hour))
	for _, path := range leaderPaths(c) {
		if code := c.get(c.LeaderKey(), path, nil); code >= 0 {
			t.Errorf("GET %s: error %d", path, code)
		}
	}
}

// leaderPaths is one request for each selection, that the leader may make at any time.
func leaderPaths(c *city) []string {
	p := c.Plan()
	member := formatInt(p.Members[0])
	enemy := formatInt(p.EnemyFaction)
	return []string{
		"/key/info", "/user/basic", "/user/" + member + "/basic", "/user/faction", "/user/" + member + "/faction",
		"/user/discord", "/user/" + member + "/discord", "/user/profile", "/user/" + member + "/profile",
		"/faction/basic", "/faction/" + enemy + "/basic", "/faction/members", "/faction/" + enemy + "/members",
		"/faction/positions", "/faction/attacks", "/faction/attacksfull", "/faction/wars", "/faction/" + enemy + "/wars",
		"/faction/rankedwars", "/faction/" + enemy + "/rankedwars", "/faction/warfareranked", "/faction/chain",
		"/faction/" + enemy + "/chain", "/faction/chains", "/faction/" + enemy + "/chains", "/faction/news?cat=rankedWar",
		"/faction/balance", "/faction/crimes", "/torn/items", "/torn/1118,206/items", "/user/timestamp", "/faction/timestamp", "/torn/timestamp",
		"/faction?selections=wars,chain,members", "/faction?selections=wars,chain,members&id=" + enemy,
		"/user?selections=discord,faction,profile&id=" + member,
		"/user/bars", "/user/cooldowns", "/user/travel", "/user?selections=bars,cooldowns,travel",
	}
}
