package demo

import (
	"bufio"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strconv"
	"strings"
	"time"

	simtorn "consigliere/internal/sim/torn"
)

// visitor is a browser without JavaScript, and the link that the bot gives an officer.
func (t *tour) visitor(ctx context.Context) (*browser, string, error) {
	link, err := t.as(t.people.officer).webLink(ctx)
	if err != nil {
		return nil, "", err
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, "", err
	}
	return &browser{client: &http.Client{Jar: jar, Timeout: 20 * time.Second}}, link, nil
}

// lookAtPage opens the scoreboard as a browser without JavaScript would, presses its
// button, and compares every figure of every player.
func (t *tour) lookAtPage(ctx context.Context, f simtorn.Figures) error {
	b, link, err := t.visitor(ctx)
	if err != nil {
		return err
	}
	if page, err := b.get(ctx, link); err != nil || !strings.Contains(page, "<form") {
		return fmt.Errorf("the link leads to no button: %w\n%.300s", err, page)
	}
	page, err := b.open(ctx, link)
	if err != nil {
		return err
	}
	t.says("the scoreboard's page", page, f.Us.Name, f.Them.Name, number(f.Us.Score), number(f.Them.Score), "<table")
	war := strings.TrimSuffix(b.at, "/")
	if err := t.compareJSON(ctx, b, war+".json", f); err != nil {
		return err
	}
	text, err := b.get(ctx, war+".csv")
	if err != nil {
		return err
	}
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	t.check(err == nil && len(rows) > len(f.Us.Members), "the CSV has %d rows (%v)", len(rows), err)
	return t.listen(ctx, b, war+"/events")
}

// pageSide is one side in the page's JSON.
type pageSide struct {
	Score   int64            `json:"score"`
	Chain   int              `json:"chain"`
	Members []map[string]any `json:"members"`
}

func (t *tour) compareJSON(ctx context.Context, b *browser, address string, f simtorn.Figures) error {
	text, err := b.get(ctx, address)
	if err != nil {
		return err
	}
	var page struct {
		Phase string   `json:"phase"`
		Lead  int64    `json:"lead"`
		Us    pageSide `json:"us"`
		Them  pageSide `json:"them"`
	}
	if err := json.Unmarshal([]byte(text), &page); err != nil {
		return fmt.Errorf("read %s: %w", address, err)
	}
	t.check(page.Phase == f.Phase && page.Lead == f.Lead, "the page says %s with a lead of %d, want %s with %d", page.Phase, page.Lead, f.Phase, f.Lead)
	t.comparePageSide("us", f.Us, page.Us)
	t.comparePageSide("them", f.Them, page.Them)
	return nil
}

func (t *tour) comparePageSide(name string, want simtorn.SideFigures, got pageSide) {
	t.check(want.Score == got.Score, "the page gives %s %d points, want %d", name, got.Score, want.Score)
	seen := 0
	for _, m := range got.Members {
		id := int64(asNumber(m["player_id"]))
		w, ok := want.Members[id]
		if ok && w != (simtorn.Tally{}) {
			seen++
		}
		for field, n := range pageFields(w) {
			if got := int64(math.Round(asNumber(m[field]) * n.scale)); got != n.want {
				t.check(false, "the page's %s of player %d (%s) is %d, want %d", field, id, name, got, n.want)
			} else {
				t.checks++
			}
		}
	}
	players := 0
	for _, m := range want.Members {
		if m != (simtorn.Tally{}) {
			players++
		}
	}
	t.check(seen == players, "the page lists %d players of %s who did something, want %d", seen, name, players)
}

type pageField struct {
	want  int64
	scale float64
}

// pageFields are all figures of a player by their names in the JSON; respect stands
// there in points.
func pageFields(m simtorn.Tally) map[string]pageField {
	out := map[string]pageField{
		"war_respect": {m.WarRespect, 100}, "outside_respect": {m.OutsideRespect, 100},
		"bonus_respect": {m.BonusRespect, 100}, "respect_lost": {m.RespectLost, 100},
	}
	for name, n := range map[string]int64{
		"attacks": m.Attacks, "war_hits": m.WarHits, "outside_hits": m.OutsideHits, "no_score": m.NoScore, "assists": m.Assists,
		"losses": m.Losses, "stalemates": m.Stalemates, "escapes": m.Escapes, "timeouts": m.Timeouts, "interrupted": m.Interrupted,
		"other": m.Other, "retaliations": m.Retaliations, "overseas": m.Overseas, "group": m.Group, "chain_bonuses": m.ChainBonuses,
		"wasted_bonuses": m.WastedBonuses, "warlord": m.Warlord, "low_fair_fight": m.LowFairFight, "friendly": m.Friendly,
		"first_of_chain": m.FirstOfChain, "flag_differs": m.FlagDiffers, "hits_taken": m.HitsTaken, "defended": m.Defended,
		"energy_estimate": m.Energy,
	} {
		out[name] = pageField{n, 1}
	}
	return out
}

func asNumber(v any) float64 {
	n, _ := v.(float64)
	return n
}

// listen reads the first live event, as an open page does.
func (t *tour) listen(ctx context.Context, b *browser, address string) error {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	res, err := b.do(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	t.check(res.StatusCode == http.StatusOK && strings.HasPrefix(res.Header.Get("Content-Type"), "text/event-stream"),
		"live updates answer %s, %s", res.Status, res.Header.Get("Content-Type"))
	line, err := bufio.NewReader(res.Body).ReadString('\n')
	t.check(err == nil && line != "", "live updates say nothing: %v", err)
	return nil
}

// browser is a client that keeps cookies and knows where it is.
type browser struct {
	client *http.Client
	at     string
}

func (b *browser) do(ctx context.Context, method, address string, body io.Reader) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, method, address, body)
	if err != nil {
		return nil, err
	}
	if method == http.MethodPost {
		u, err := url.Parse(address)
		if err != nil {
			return nil, err
		}
		req.Header.Set("Origin", u.Scheme+"://"+u.Host)
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	res, err := b.client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("open the page: %w", err)
	}
	b.at = res.Request.URL.String()
	return res, nil
}

func (b *browser) text(ctx context.Context, method, address string) (string, error) {
	res, err := b.do(ctx, method, address, nil)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("the page answers %s", strconv.Itoa(res.StatusCode))
	}
	return string(text), err
}

func (b *browser) get(ctx context.Context, address string) (string, error) {
	return b.text(ctx, http.MethodGet, address)
}

// open presses the one button of a link's page and follows to the war.
func (b *browser) open(ctx context.Context, link string) (string, error) {
	return b.text(ctx, http.MethodPost, link)
}

// resolve is an address on the same server as another.
func resolve(base, path string) string {
	u, err := url.Parse(base)
	if err != nil {
		return path
	}
	return u.Scheme + "://" + u.Host + path
}
