package scoreboard

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"consigliere/internal/chain"
	"consigliere/internal/faction"
	"consigliere/internal/feed"
	"consigliere/internal/say"
)

// Chains reads the chains of one faction. What does not exist, or is another faction's,
// is a faction.Error of kind NotFound.
type Chains interface {
	// Chains gives the newest first, those of at least some hits.
	Chains(ctx context.Context, id faction.ID, least, limit int) ([]chain.Summary, error)
	ChainByID(ctx context.Context, id faction.ID, c chain.ID) (chain.Summary, error)
	ChainMembers(ctx context.Context, id faction.ID, c chain.ID) ([]chain.MemberReport, error)
	ChainHits(ctx context.Context, id faction.ID, from, to time.Time) ([]chain.Hit, error)
}

// chainPage is everything a chain's page says, as read at one moment.
type chainPage struct {
	chain.Summary
	Report chain.Report
	Pace   float64
	Log    feed.State // of the attack log
	Timer  feed.State // of the chain's timer
	at     time.Time
}

func noSuchChain() error {
	return faction.Errorf(faction.NotFound, "Your faction has no such chain on record.")
}

// chainPages reads chains once for all who look at the same time.
type chainPages struct {
	cfg    Config
	boards *boards // knows when something has changed
	flight singleflight.Group

	mu   sync.Mutex
	kept map[whichChain]keptChain
}

type whichChain struct {
	faction faction.ID
	chain   chain.ID
}

type keptChain struct {
	page    *chainPage
	version uint64
}

// read gives a chain as it is now: never older than the faction's last change, nor than
// boardLasts of wall time.
func (c *chainPages) read(ctx context.Context, of faction.ID, id chain.ID) (*chainPage, error) {
	which, version, now := whichChain{of, id}, c.boards.version(of), c.cfg.Now()
	c.mu.Lock()
	kept, ok := c.kept[which]
	c.mu.Unlock()
	if ok && kept.version == version && now.Sub(kept.page.at) <= c.cfg.wall(boardLasts) {
		return kept.page, nil
	}
	result := c.flight.DoChan(fmt.Sprintf("%d/%d/%d", of, id, version), func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), readWithin)
		defer cancel()
		p, err := c.load(ctx, of, id)
		if err == nil {
			c.keep(which, keptChain{p, version})
		}
		return p, err
	})
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case r := <-result:
		if r.Err != nil {
			return nil, r.Err
		}
		return r.Val.(*chainPage), nil
	}
}

// keep stores a reading and forgets old ones.
func (c *chainPages) keep(which whichChain, young keptChain) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for other, old := range c.kept {
		if young.page.at.Sub(old.page.at) > c.cfg.wall(boardsKept) {
			delete(c.kept, other)
		}
	}
	c.kept[which] = young
}

func (c *chainPages) load(ctx context.Context, of faction.ID, id chain.ID) (p *chainPage, err error) {
	p = &chainPage{at: c.cfg.Now()}
	if p.Summary, err = c.cfg.Chains.ChainByID(ctx, of, id); err != nil {
		if faction.KindOf(err) == faction.NotFound {
			err = noSuchChain()
		}
		return nil, err
	}
	stored, err := c.cfg.Chains.ChainMembers(ctx, of, id)
	if err != nil {
		return nil, err
	}
	hits, err := c.cfg.Chains.ChainHits(ctx, of, p.Start.Add(-chain.Timeout), p.End.Add(2*time.Second))
	if err != nil {
		return nil, err
	}
	p.State = p.With(hits)
	p.Report, p.Pace = chain.ReportOf(p.Summary, hits, stored), chain.Pace(hits, p.State, p.at)
	states, err := c.cfg.Sources.Feeds(ctx, of)
	for _, st := range states {
		switch st.Feed {
		case feed.Attacks:
			p.Log = st
		case feed.Chain:
			p.Timer = st
		}
	}
	return p, err
}

// digest tells readings apart by what a page shows that does not count down by itself.
func (p *chainPage) digest() string {
	h := sha256.New()
	if err := json.NewEncoder(h).Encode([]any{p.State, p.Report, p.Counted, p.Phase(p.at), p.Timer.Failures > 0, p.Log.Failures > 0}); err != nil {
		return strconv.FormatInt(p.at.UnixNano(), 36)
	}
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil)[:12])
}

// chainNow leads to the running or latest chain.
func (s *Server) chainNow(w http.ResponseWriter, r *http.Request, v visitor) error {
	list, err := s.cfg.Chains.Chains(r.Context(), v.link.Faction, chain.MinHits, 1)
	if err != nil {
		return err
	}
	if len(list) == 0 {
		return faction.Errorf(faction.NotFound, "No chain of your faction is on record yet.")
	}
	http.Redirect(w, r, chainPath(list[0].ID), http.StatusFound)
	return nil
}

func chainPath(id chain.ID) string { return "/chain/" + strconv.FormatInt(int64(id), 10) }

func parseChain(text string) (chain.ID, bool) {
	n, err := strconv.ParseInt(text, 10, 64)
	return chain.ID(n), err == nil && n > 0 && strconv.FormatInt(n, 10) == text
}

// chain answers for one chain, as a page or as JSON.
func (s *Server) chain(w http.ResponseWriter, r *http.Request, v visitor) error {
	number, format, _ := strings.Cut(r.PathValue("id"), ".")
	id, ok := parseChain(number)
	if !ok || format != "" && format != "json" {
		return noSuchChain()
	}
	p, err := s.chains.read(r.Context(), v.link.Faction, id)
	if err != nil {
		return err
	}
	if format == "json" {
		return s.chainJSON(w, r, p)
	}
	view := s.chainView(p, v)
	if r.URL.Query().Has("fragment") {
		s.render(w, r, http.StatusOK, "chain", "parts", view)
	} else {
		s.show(w, r, http.StatusOK, "chain", view)
	}
	return nil
}

// chainEvents keeps a chain's page up to date.
func (s *Server) chainEvents(w http.ResponseWriter, r *http.Request, v visitor) error {
	id, ok := parseChain(r.PathValue("id"))
	if !ok {
		return noSuchChain()
	}
	return s.live(w, r, v, func(ctx context.Context) (string, error) {
		p, err := s.chains.read(ctx, v.link.Faction, id)
		if err != nil {
			return "", err
		}
		return p.digest(), nil
	})
}

// chainView is a chain's page in words.
type chainView struct {
	ID                 int64
	Digest             string
	Here, JSON, Events string
	Now                int64
	Speed              float64
	Phase, PhaseName   string
	Hits               string
	Ends               *moment
	Spoken, HeadTitle  string
	Warnings           []string
	Tiles              []tile
	Rows               []chainRow
	Total              chainRow
	Bonuses            []chainBonus
	AsOf, LogAsOf      *moment
	Expires            moment
}

func (v chainView) title() string { return v.HeadTitle }

type chainRow struct {
	ID, Name, URL                             string
	Rank                                      int
	Hits, WarHits, Normal, Bonus, Best, Watch string
}

type chainBonus struct {
	Hit, Name, URL, Respect string
	At                      moment
	Wasted                  bool
}

func (s *Server) chainView(p *chainPage, who visitor) chainView {
	now, r := p.at, p.Report
	phase := p.Phase(now)
	v := chainView{
		ID: int64(p.ID), Digest: p.digest(), Here: chainPath(p.ID), JSON: chainPath(p.ID) + ".json", Events: chainPath(p.ID) + "/events",
		Now: now.UnixMilli(), Speed: s.cfg.Speed, Hits: faction.Count(int64(p.Current)),
		AsOf: seen(p.SeenAt, now), LogAsOf: seen(p.Log.LastSuccess, now), Expires: momentOf(who.link.Expires, now),
		Phase: "ended", PhaseName: "Over",
	}
	v.HeadTitle = "Chain of " + v.Hits + " hits"
	v.Spoken = v.HeadTitle + ", over."
	if phase == chain.Running || phase == chain.Building {
		ends := momentOf(p.End, now)
		v.Ends, v.Phase, v.PhaseName = &ends, "active", "Running"
		v.Spoken = "The chain stands at " + v.Hits + " hits."
	}
	v.Warnings = s.chainWarnings(p, phase)
	v.Tiles = chainTiles(p, phase)
	for i, m := range r.Members {
		row := chainRowOf(m)
		row.Rank = i + 1
		v.Rows = append(v.Rows, row)
	}
	v.Total = chainRow{Hits: faction.Count(int64(r.Logged)), Normal: r.Normal().String(), Bonus: r.Bonus.String()}
	for _, h := range r.Bonuses {
		v.Bonuses = append(v.Bonuses, chainBonus{
			Hit: faction.Count(int64(h.Counter)), Name: say.Plain(h.Name), URL: say.PlayerURL(h.Player), Respect: h.Bonus().String(), At: momentOf(h.At, now), Wasted: h.Wasted(),
		})
	}
	return v
}

func chainRowOf(m chain.MemberReport) chainRow {
	name := say.Plain(m.Name)
	if m.Name == "" {
		name = strconv.FormatInt(int64(m.Player), 10)
	}
	row := chainRow{
		ID: "member-" + strconv.FormatInt(int64(m.Player), 10), Name: name, URL: say.PlayerURL(m.Player), Hits: faction.Count(int64(m.Hits)), WarHits: faction.Count(int64(m.WarHits)),
		Normal: m.Normal().String(), Bonus: m.Bonus.String(), Best: m.Best.String(),
	}
	if m.Watch > 0 {
		row.Watch = say.Span(m.Watch.Round(time.Minute))
	}
	return row
}

func (s *Server) chainWarnings(p *chainPage, phase chain.Phase) (out []string) {
	if n := p.Report.Missing(); n > 0 {
		out = append(out, faction.Count(int64(n))+" hits are not in our log; the figures lack them.")
	}
	every := s.cfg.Intervals.Front
	if (phase == chain.Running || phase == chain.Building) && every > 0 && p.at.Sub(p.SeenAt) > stale*every {
		out = append(out, "The timer may be out of date: a hit may have landed since."+reason(p.Timer))
	}
	if p.Log.Failures > 0 && p.at.Sub(p.Log.LastSuccess) > stale*s.cfg.Intervals.AttacksIdle {
		out = append(out, "The attacks may be out of date."+reason(p.Log))
	}
	return out
}

func chainTiles(p *chainPage, phase chain.Phase) []tile {
	r := p.Report
	tiles := []tile{{Name: "Respect", Value: r.Normal().String(), Note: r.Bonus.String() + " of bonuses besides"}}
	if phase != chain.Running && phase != chain.Building {
		at := momentOf(p.End, p.at)
		return append(tiles, tile{Name: "Broke", Time: &at, Note: at.Exact}, tile{Name: "Lasted", Value: say.Span(max(0, p.LastHit().Sub(p.Start)))})
	}
	if at, bonus, ok := p.Next(); ok {
		tiles = append(tiles, tile{Name: "Next bonus", Value: faction.Count(int64(at)), Note: fmt.Sprintf("%d to go, +%s respect", p.ToNext(), bonus)})
	}
	pace := tile{Name: "Pace", Value: fmt.Sprintf("%.1f a minute", p.Pace), Note: "over the last 5 minutes"}
	if at, ok := p.NextAt(p.Pace, p.at); ok {
		pace.Note = "next bonus in " + say.Span(at.Sub(p.at).Round(time.Minute))
	}
	last := momentOf(p.LastHit(), p.at)
	return append(tiles, pace, tile{Name: "Last hit", Time: &last, Note: last.Exact})
}

type jsonChain struct {
	ID       chain.ID    `json:"id"`
	Phase    chain.Phase `json:"phase"`
	Hits     int         `json:"hits"`
	Logged   int         `json:"logged_hits"`
	Start    time.Time   `json:"start"`
	Deadline *time.Time  `json:"deadline"`
	Next     int         `json:"next_bonus,omitempty"`
	Pace     float64     `json:"hits_per_minute"`
	Respect  points      `json:"respect"`
	Bonus    points      `json:"bonus_respect"`
	// Final: the log was read to its end, late rows included.
	Final   bool              `json:"final"`
	Members []jsonChainMember `json:"members"`
	Bonuses []jsonChainBonus  `json:"bonuses"`
	// AsOf is when Torn told the counter, AttacksAsOf when the attack log was read.
	AsOf        *time.Time `json:"as_of"`
	AttacksAsOf *time.Time `json:"attacks_as_of"`
}

type jsonChainMember struct {
	Player  faction.PlayerID `json:"player_id"`
	Name    string           `json:"name"`
	Hits    int              `json:"hits"`
	WarHits int              `json:"war_hits"`
	Respect points           `json:"respect"`
	Bonus   points           `json:"bonus_respect"`
	Best    points           `json:"best"`
	Bonuses int              `json:"bonuses"`
	Wasted  int              `json:"wasted_bonuses"`
	Watch   int64            `json:"watch_seconds"`
}

type jsonChainBonus struct {
	Hit    int              `json:"hit"`
	Player faction.PlayerID `json:"player_id"`
	Name   string           `json:"name"`
	Bonus  points           `json:"bonus_respect"`
	At     time.Time        `json:"at"`
	Wasted bool             `json:"wasted"`
}

func (s *Server) chainJSON(w http.ResponseWriter, r *http.Request, p *chainPage) error {
	out := jsonChain{
		ID: p.ID, Phase: p.Phase(p.at), Hits: p.Current, Logged: p.Report.Logged, Start: p.Start.UTC(), Deadline: known(p.End), Pace: p.Pace,
		Respect: points(p.Report.Respect), Bonus: points(p.Report.Bonus), Final: p.Counted, Members: []jsonChainMember{}, Bonuses: []jsonChainBonus{},
		AsOf: known(p.SeenAt), AttacksAsOf: known(p.Log.LastSuccess),
	}
	out.Next, _, _ = p.Next()
	for _, m := range p.Report.Members {
		out.Members = append(out.Members, jsonChainMember{
			m.Player, m.Name, m.Hits, m.WarHits, points(m.Respect), points(m.Bonus), points(m.Best), m.Bonuses, m.Wasted, int64(m.Watch / time.Second),
		})
	}
	for _, h := range p.Report.Bonuses {
		out.Bonuses = append(out.Bonuses, jsonChainBonus{h.Counter, h.Player, h.Name, points(h.Bonus()), h.At.UTC(), h.Wasted()})
	}
	body, err := json.MarshalIndent(out, "", "  ")
	if err != nil {
		return fmt.Errorf("write chain %d as JSON: %w", p.ID, err)
	}
	s.send(w, r, http.StatusOK, typeJSON, append(body, '\n'))
	return nil
}
