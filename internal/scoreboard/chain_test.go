package scoreboard_test

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"consigliere/internal/chain"
	"consigliere/internal/faction"
	"consigliere/internal/scoreboard"
)

// links is a chain of 30 hits of ours, by three members, one of whom has a hostile name.
type links struct {
	f     *fake
	ended bool
	err   error
}

const chainID chain.ID = 555

func (l links) summary() chain.Summary {
	now := l.f.Now()
	s := chain.Summary{State: chain.State{ID: chainID, Current: 30, Start: now.Add(-10 * time.Minute), End: now.Add(200 * time.Second)}, SeenAt: now.Add(-3 * time.Second)}
	if l.ended {
		s.End = now.Add(-time.Hour)
		s.Start = s.End.Add(-20 * time.Minute)
	}
	return s
}

func (l links) Chains(_ context.Context, id faction.ID, _, _ int) ([]chain.Summary, error) {
	if id != ours {
		return nil, l.err
	}
	return []chain.Summary{l.summary()}, l.err
}

func (l links) ChainByID(_ context.Context, id faction.ID, c chain.ID) (chain.Summary, error) {
	if l.err != nil {
		return chain.Summary{}, l.err
	}
	if id != ours || c != chainID {
		return chain.Summary{}, faction.Errorf(faction.NotFound, "Your faction has no chain %d.", c)
	}
	return l.summary(), nil
}

func (l links) ChainMembers(context.Context, faction.ID, chain.ID) ([]chain.MemberReport, error) {
	return nil, l.err
}

func (l links) ChainHits(context.Context, faction.ID, time.Time, time.Time) ([]chain.Hit, error) {
	var out []chain.Hit
	last := l.summary().LastHit()
	for i := range 30 {
		h := chain.Hit{
			ID: int64(i + 1), Player: faction.PlayerID(1 + i%3), Name: [3]string{"Ann", "<script>alert(1)</script>", "Bob"}[i%3],
			At: last.Add(-time.Duration(29-i) * 15 * time.Second), Counter: i + 1, Respect: 500, War: i%2 == 0,
		}
		if bonus := map[int]faction.Respect{10: 1000, 25: 2000}[i+1]; bonus != 0 {
			h.Respect += bonus
			h.Outside = i+1 == 25
			h.War = !h.Outside
		}
		out = append(out, h)
	}
	return out, l.err
}

func chainBoard(t testing.TB, l *links) *scoreboard.Server {
	return board(t, l.f, func(c *scoreboard.Config) { c.Chains = l })
}

func TestThePageOfAChainSaysHowItStands(t *testing.T) {
	f := aWar()
	s := chainBoard(t, &links{f: f})
	page := read(t, s, f, "/chain/555")
	contains(t, page, "Chain 555", "Running", ">30<", "breaks", "Next bonus", "50", "20 to go", "Ann", "wasted outside the war", "150.00", `data-events="/chain/555/events"`)
	if strings.Contains(page, "<script>alert") {
		t.Error("a name runs as a script")
	}
	if w := get(s, f.link(faction.WebLink{Faction: ours}), "/chain"); w.Code != http.StatusFound || w.Header().Get("Location") != "/chain/555" {
		t.Errorf("/chain leads to %d %q", w.Code, w.Header().Get("Location"))
	}
}

func TestTheJSONOfAChainAddsUp(t *testing.T) {
	f := aWar()
	s := chainBoard(t, &links{f: f, ended: true})
	w := get(s, f.link(faction.WebLink{Faction: ours}), "/chain/555.json")
	var got struct {
		Phase   string
		Hits    int
		Respect json.Number
		Bonus   json.Number `json:"bonus_respect"`
		Members []struct{ Hits int }
		Bonuses []struct{ Hit int }
	}
	dec := json.NewDecoder(bytes.NewReader(w.Body.Bytes()))
	dec.UseNumber()
	if err := dec.Decode(&got); err != nil {
		t.Fatal(err)
	}
	hits := 0
	for _, m := range got.Members {
		hits += m.Hits
	}
	if got.Phase != "broken" || hits != 30 || got.Hits != 30 || got.Respect != "180.00" || got.Bonus != "30.00" || len(got.Bonuses) != 2 || len(got.Members) != 3 {
		t.Errorf("got %+v", got)
	}
}

func TestAnotherFactionsChainIsAsIfItDidNotExist(t *testing.T) {
	f := aWar()
	s := chainBoard(t, &links{f: f})
	for _, path := range []string{"/chain/556", "/chain/556.json", "/chain/0", "/chain/-1", "/chain/0555", "/chain/555.csv", "/chain/556/events", "/chain/x/events"} {
		if w := get(s, f.link(faction.WebLink{Faction: ours}), path); w.Code != http.StatusNotFound {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
	if w := get(s, f.link(faction.WebLink{Faction: theirs}), "/chain/555"); w.Code != http.StatusNotFound {
		t.Errorf("with another faction's link: %d", w.Code)
	}
	for _, path := range []string{"/chain", "/chain/555", "/chain/555.json", "/chain/555/events"} {
		if w := get(s, "", path); w.Code != http.StatusUnauthorized {
			t.Errorf("%s without a link: %d", path, w.Code)
		}
	}
}

func TestAnOldTimerIsSaidToBeOld(t *testing.T) {
	f := aWar()
	l := &links{f: f}
	s := chainBoard(t, l)
	if page := read(t, s, f, "/chain/555"); strings.Contains(page, "may be out of date") {
		t.Error("a timer that was just read is said to be old")
	}
	old := &oldTimer{links: *l}
	page := read(t, board(t, f, func(c *scoreboard.Config) { c.Chains = old }), f, "/chain/555")
	contains(t, page, "The timer may be out of date: a hit may have landed since.")
}

type oldTimer struct{ links }

func (o *oldTimer) ChainByID(ctx context.Context, id faction.ID, c chain.ID) (chain.Summary, error) {
	s, err := o.links.ChainByID(ctx, id, c)
	s.SeenAt = s.SeenAt.Add(-time.Minute)
	return s, err
}
