package scoreboard_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"consigliere/internal/faction"
	"consigliere/internal/feed"
	"consigliere/internal/roster"
	"consigliere/internal/scoreboard"
	"consigliere/internal/war"
)

const (
	ours   faction.ID = 101
	theirs faction.ID = 202
	warID  war.ID     = 4711
)

var (
	started = time.Date(2026, 3, 13, 12, 0, 0, 0, time.UTC)
	noon    = started.Add(26*time.Hour + 17*time.Minute)
)

// fake is a store held in memory. What it is asked for another faction than the one
// that owns it does not exist.
type fake struct {
	mu      sync.Mutex
	now     time.Time
	wars    map[faction.ID][]war.War
	rows    map[war.ID][]war.Row
	samples map[war.ID][]war.Sample
	attacks map[war.ID][]war.Logged
	feeds   []feed.State
	roster  faction.Roster
	foes    faction.Roster
	claims  []war.Claim
	squads  map[faction.ID][]roster.Squad
	links   map[string]faction.WebLink
	err     error // when set, every read fails with it
	reads   int   // of wars
	asked   int   // for links
}

func (f *fake) Now() time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.now
}

func (f *fake) change(do func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	do()
}

func (f *fake) War(_ context.Context, id faction.ID, w war.ID) (war.War, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.reads++
	if f.err != nil {
		return war.War{}, f.err
	}
	for _, have := range f.wars[id] {
		if have.ID == w {
			return have, nil
		}
	}
	return war.War{}, fmt.Errorf("read: %w", faction.Errorf(faction.NotFound, "Your faction has no war %d on record. Pick one.", w))
}

func (f *fake) Wars(_ context.Context, id faction.ID, limit int) ([]war.War, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.wars[id][:min(limit, len(f.wars[id]))], f.err
}

func (f *fake) Tallies(_ context.Context, _ faction.ID, w war.ID) ([]war.Row, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]war.Row(nil), f.rows[w]...), f.err
}

func (f *fake) Samples(_ context.Context, _ faction.ID, w war.ID) ([]war.Sample, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.samples[w], f.err
}

func (f *fake) ListAttacks(_ context.Context, _ faction.ID, filter war.AttackFilter) ([]war.Logged, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	all := f.attacks[filter.War]
	return append([]war.Logged(nil), all[:min(filter.Limit, len(all))]...), f.err
}

func (f *fake) Feeds(context.Context, faction.ID) ([]feed.State, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]feed.State(nil), f.feeds...), f.err
}

func (f *fake) Members(_ context.Context, id, of faction.ID) (faction.Roster, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if id == ours && of == theirs {
		return f.foes, f.err
	}
	return f.roster, f.err
}

func (f *fake) Squads(_ context.Context, id faction.ID) ([]roster.Squad, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]roster.Squad(nil), f.squads[id]...), f.err
}

func (f *fake) Terms(context.Context, faction.ID, war.ID) (war.Terms, bool, error) {
	return war.Terms{}, false, nil
}

func (f *fake) Claims(_ context.Context, id faction.ID, _ war.ID, now time.Time) ([]war.Claim, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if id != ours {
		return nil, f.err
	}
	return append([]war.Claim(nil), f.claims...), f.err
}

func (f *fake) ResolveWebLink(_ context.Context, hash []byte, now time.Time) (faction.WebLink, bool, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked++
	l, ok := f.links[string(hash)]
	if f.err != nil {
		return faction.WebLink{}, false, f.err
	}
	return l, ok && !l.Revoked && l.Expires.After(now), nil
}

// link makes a link and gives its token.
func (f *fake) link(l faction.WebLink) string {
	token, hash := scoreboard.NewToken()
	f.change(func() {
		if l.Expires.IsZero() {
			l.Expires = f.now.Add(24 * time.Hour)
		}
		l.ID = int64(len(f.links) + 1)
		f.links[string(hash)] = l
	})
	return token
}

func (f *fake) revoke(id int64) {
	f.change(func() {
		for hash, l := range f.links {
			if l.ID == id {
				l.Revoked = true
				f.links[hash] = l
			}
		}
	})
}

// aWar is a war of two factions in its 27th hour, with all that a page shows.
func aWar() *fake {
	f := &fake{
		now:     noon,
		wars:    map[faction.ID][]war.War{},
		rows:    map[war.ID][]war.Row{},
		samples: map[war.ID][]war.Sample{},
		attacks: map[war.ID][]war.Logged{},
		links:   map[string]faction.WebLink{},
		feeds: []feed.State{
			{Faction: ours, Feed: feed.Attacks, LastSuccess: noon.Add(-4 * time.Second)},
			{Faction: ours, Feed: feed.Front, LastSuccess: noon.Add(-12 * time.Second)},
		},
	}
	w := war.War{
		ID: warID, Start: started, Target: 8730, OriginalTarget: 9000, Tracked: true, SeenAt: noon.Add(-12 * time.Second),
		Us:   war.Side{Faction: ours, Name: "Night Watch", Score: 21408, Chain: 742},
		Them: war.Side{Faction: theirs, Name: "The Golden Horde", Score: 16233, Chain: 18},
	}
	f.wars[ours] = []war.War{w}
	f.wars[theirs] = []war.War{{ID: warID + 1, Start: started, Us: war.Side{Faction: theirs, Name: "The Golden Horde"}, Them: war.Side{Name: "Secret foe"}}}
	f.rows[warID] = rows(rand.New(rand.NewPCG(1, 2)))
	for m := range 26 * 60 {
		h := float64(m) / 60
		at := started.Add(time.Duration(m) * time.Minute)
		f.samples[warID] = append(f.samples[warID], war.Sample{At: at, Us: int64(810*h + 700*math.Sin(h/3)), Them: int64(624*h + 500*math.Sin(h/4+2) - 400), Target: war.DecayedTarget(9000, started, at)})
	}
	f.samples[warID] = append(f.samples[warID], war.Sample{At: w.SeenAt, Us: w.Us.Score, Them: w.Them.Score, Target: w.Target})
	f.attacks[warID] = attacks(rand.New(rand.NewPCG(3, 4)))
	for i := range 9 {
		f.roster.Members = append(f.roster.Members, faction.Member{ID: faction.PlayerID(900 + i), Name: fmt.Sprintf("Idler_%d", i)})
	}
	return f
}

var names = strings.Fields("Dante Vega Mirage Sable Kestrel Onyx Rook Harrow Juno Cipher Wraith Lark Ember Frost Quill Bishop Sterling Nova Grim Talon Raven Ash Echo Flint")

func rows(r *rand.Rand) []war.Row {
	var out []war.Row
	for _, team := range []war.Team{war.Ours, war.Enemy} {
		for i := range 44 {
			n := int64(r.IntN(120))
			row := war.Row{Player: faction.PlayerID(1000 + i), Team: team, Name: fmt.Sprintf("%s%d", names[r.IntN(len(names))], i), Level: 20 + r.IntN(80)}
			if team == war.Enemy {
				row.Player += 1000
			}
			row.Tally = war.Tally{
				WarHits: n, Attacks: n + 9, OutsideHits: n / 9, Assists: int64(r.IntN(9)), Losses: int64(r.IntN(6)), Retaliations: n / 12,
				HitsTaken: int64(r.IntN(80)), Defended: int64(r.IntN(9)), WarRespect: faction.Respect(n * int64(380+r.IntN(300))),
				RespectLost: faction.Respect(r.IntN(20000)), FairFightSum: (n + n/9) * int64(200+r.IntN(100)), Energy: 25 * (n + 9),
			}
			out = append(out, row)
		}
	}
	return append(out, war.Row{Team: war.Enemy, Name: war.Stealthed, Tally: war.Tally{Attacks: 12, WarHits: 12, WarRespect: 5123}})
}

func attacks(r *rand.Rand) []war.Logged {
	var out []war.Logged
	at := noon.Add(-6 * time.Second)
	w := war.War{ID: warID, Start: started, Us: war.Side{Faction: ours}, Them: war.Side{Faction: theirs}}
	for i := range 60 {
		a := war.Attack{
			ID: war.AttackID(90000 - i), Code: fmt.Sprintf("code%d", i), Started: at.Add(-30 * time.Second), Ended: at, RankedWar: true,
			Attacker:    war.Fighter{ID: faction.PlayerID(1000 + r.IntN(40)), Name: names[r.IntN(len(names))], Faction: ours},
			Defender:    war.Fighter{ID: faction.PlayerID(2000 + r.IntN(40)), Name: names[r.IntN(len(names))], Faction: theirs},
			Result:      []war.Result{war.Hospitalized, war.Hospitalized, war.Attacked, war.Mugged, war.Lost, war.Assist}[r.IntN(6)],
			RespectGain: faction.Respect(200 + r.IntN(900)), Chain: 742 - i, Modifiers: war.Modifiers{FairFight: 1 + 2*r.Float64(), Retaliation: 1, Overseas: 1, Group: 1, War: 2},
		}
		a.RespectLoss = a.RespectGain * 3 / 4
		if !a.Result.Hit() {
			a.RespectGain, a.RespectLoss, a.Chain = 0, 0, 0
		}
		if i%5 == 2 {
			a.Modifiers.Retaliation = 1.5
		}
		if i%3 == 1 {
			a.Attacker, a.Defender, a.Chain = a.Defender, a.Attacker, 0
		}
		if i == 4 {
			a.Attacker = war.Fighter{}
		}
		out = append(out, war.Log(a, ours, []war.War{w}, war.DefaultRules()))
		at = at.Add(-time.Duration(3+r.IntN(70)) * time.Second)
	}
	return out
}

func intervals() feed.Intervals {
	return feed.Intervals{AttacksWar: 10 * time.Second, AttacksIdle: 30 * time.Second, Front: 15 * time.Second, Wars: time.Minute, Members: 5 * time.Minute}
}

// board makes a server over a fake store.
func board(t testing.TB, f *fake, change ...func(*scoreboard.Config)) *scoreboard.Server {
	t.Helper()
	cfg := scoreboard.Config{Wars: f, Sources: f, Links: f, Now: f.Now, Intervals: intervals()}
	for _, do := range change {
		do(&cfg)
	}
	s, err := scoreboard.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// get asks for a page with the cookie of a token, or without one.
func get(s *scoreboard.Server, token, path string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, path, nil)
	if token != "" {
		r.AddCookie(&http.Cookie{Name: "consigliere", Value: token})
	}
	w := httptest.NewRecorder()
	s.Handler().ServeHTTP(w, r)
	return w
}
