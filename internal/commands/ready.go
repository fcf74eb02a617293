package commands

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"consigliere/internal/chat"
	"consigliere/internal/faction"
	"consigliere/internal/say"
	"consigliere/internal/torn"
	"consigliere/internal/war"
)

// Linked tells who of a faction has a Discord account here.
type Linked interface {
	LinkedPlayers(ctx context.Context, id faction.ID) (map[faction.PlayerID]string, error)
}

// Vitals asks Torn how fit the owner of a key is to fight.
type Vitals interface {
	Readiness(ctx context.Context, key torn.Key, o torn.Options, crime bool) (torn.Readiness, error)
}

// ready shows what keeps members from fighting: /war ready. Of whom a key was given
// for their own data, Torn is asked with that key, and with no other. What it tells is
// kept for a few minutes and stored nowhere.
type ready struct {
	deps *Deps

	mu   sync.Mutex
	kept map[faction.ID]map[faction.PlayerID]vitalsRead
}

// vitalsRead is what Torn said of one member, or why it did not.
type vitalsRead struct {
	vitals  *war.Vitals
	trouble string
	at      time.Time
}

const (
	// vitalsKept is for how long what was read is shown again.
	vitalsKept = 3 * time.Minute
	// vitalsAtOnce is how many members are asked about at a time; vitalsWithin how long
	// all of them may take, of the wall's time.
	vitalsAtOnce = 4
	vitalsWithin = 4 * time.Minute
	// vitalsShown is after how many of them the progress is shown anew.
	vitalsShown = 8
)

func (h *ready) table() noun {
	return noun{commands: []command{{
		// It shows what members let their own faction see, so that no share opens it.
		route:       route{name: "war ready", guard: viewWar(), alone: true, plan: chat.Plan{Slow: true, Long: true}, handle: h.show},
		description: "Who is fit for the war: energy and drug cooldown from lent keys, revives, away, crimes, not linked",
		options:     []chat.Option{teamOption()},
		complete:    map[string]completer{optionSquad: suggestTeams(h.deps)},
	}}}
}

func (h *ready) show(ctx context.Context, c *Call) (chat.Reply, error) {
	q, err := askedTeam(ctx, h.deps, c)
	if err != nil {
		return chat.Reply{}, err
	}
	list, err := h.deps.Wars.Wars(ctx, c.Faction, knownWars)
	if err != nil {
		return chat.Reply{}, err
	}
	v := say.ReadyView{Now: c.Now, Squad: q.Name}
	if w, err := present(list, c.Now, true); err == nil && w.End.IsZero() {
		v.War = w
	}
	roster, err := c.roster(ctx)
	if err != nil {
		return chat.Reply{}, err
	}
	linked, err := h.deps.Linked.LinkedPlayers(ctx, c.Faction)
	if err != nil {
		return chat.Reply{}, err
	}
	owners, err := h.owners(ctx, c.Faction)
	if err != nil {
		return chat.Reply{}, err
	}
	if v.Feeds, err = h.deps.Feeds.Feeds(ctx, c.Faction); err != nil {
		return chat.Reply{}, err
	}
	v.AsOf, v.Of = roster.AsOf, len(roster.Members)
	team := q.Players()
	for _, m := range roster.Members {
		if q.ID != 0 && !team[m.ID] {
			continue // nor is their key asked
		}
		_, known := linked[m.ID]
		v.Members = append(v.Members, war.Fit{Member: m, Place: war.PlaceOf(m.Status, c.Now), Linked: known})
	}
	h.fill(ctx, c, &v, owners)
	return chat.Reply{Message: say.RenderReady(v)}, nil
}

// owners are the players who gave a key for their own data, or lent one: that is what
// the value tells. Of the former only sums are shown.
func (h *ready) owners(ctx context.Context, id faction.ID) (lent map[faction.PlayerID]bool, err error) {
	keys, err := h.deps.Links.Keys(ctx, id, 0)
	if err != nil {
		return nil, err
	}
	out := map[faction.PlayerID]bool{}
	for _, k := range keys {
		if k.State == faction.KeyActive && (k.Consent == string(torn.ConsentOwn) || k.Consent == string(torn.ConsentLend)) {
			out[k.Player] = out[k.Player] || k.Consent == string(torn.ConsentLend)
		}
	}
	return out, nil
}

// fill adds what Torn tells of those whose keys may be asked, a few at a time, and
// shows how it comes along. What cannot be read is said with the member.
func (h *ready) fill(ctx context.Context, c *Call, v *say.ReadyView, owners map[faction.PlayerID]bool) {
	ctx, cancel := context.WithTimeout(ctx, vitalsWithin)
	defer cancel()
	var ask []*war.Fit
	for i := range v.Members {
		f := &v.Members[i]
		lent, gave := owners[f.ID]
		if !gave {
			continue
		}
		f.Private = !lent
		if r, ok := h.recall(c.Faction, f.ID, c.Now); ok {
			f.Vitals, f.Trouble = r.vitals, r.trouble
			continue
		}
		ask = append(ask, f)
	}
	answers := make(chan struct{}, len(ask)) // so that nobody waits for whoever counts
	var asking sync.WaitGroup
	slots := make(chan struct{}, vitalsAtOnce)
	for _, f := range ask {
		asking.Add(1)
		go func() {
			defer asking.Done()
			slots <- struct{}{}
			defer func() { <-slots }()
			r := h.read(ctx, c.Faction, f.ID)
			f.Vitals, f.Trouble = r.vitals, r.trouble
			h.keep(c.Faction, f.ID, r)
			answers <- struct{}{}
		}()
	}
	for done := range ask {
		<-answers
		if c.Request.Progress != nil && (done+1)%vitalsShown == 0 && done+1 < len(ask) {
			c.Request.Progress(chat.Message{Content: fmt.Sprintf("Asking Torn about energy and cooldowns: **%d** of %d members who gave a key…", done+1, len(ask))})
		}
	}
	asking.Wait()
	for i := range v.Members {
		if f := &v.Members[i]; f.Vitals != nil {
			f.CrimeInWar = f.Vitals.DuringWar(v.War, c.Now)
		}
	}
}

// read asks with the member's own key, in the time that polling leaves.
func (h *ready) read(ctx context.Context, id faction.ID, p faction.PlayerID) vitalsRead {
	var got torn.Readiness
	ask := func(need torn.Need, crime bool) error {
		return h.deps.Pool.Do(ctx, id, need.For(p), func(ctx context.Context, key torn.Key) (err error) {
			got, err = h.deps.Vitals.Readiness(ctx, key, torn.Options{Priority: torn.Background}, crime)
			return err
		})
	}
	err := ask(torn.NeedOwnCrime, true)
	if errors.Is(err, torn.ErrNoKey) { // a key made by hand may read less
		err = ask(torn.NeedOwnBars, false)
	}
	now := h.deps.Clock.Now()
	switch {
	case errors.Is(err, torn.ErrNoKey):
		return vitalsRead{trouble: "their key may not read it", at: now}
	case err != nil:
		return vitalsRead{trouble: "Torn did not answer", at: now}
	}
	v := &war.Vitals{
		Energy: got.Bars.Energy.Current, MaxEnergy: got.Bars.Energy.Maximum,
		Drug: now.Add(time.Duration(got.Cooldowns.Drug) * time.Second), At: now,
	}
	if got.Crime.Ready != nil {
		v.Crime = torn.At(*got.Crime.Ready)
	}
	if got.Travel.TimeLeft > 0 {
		v.Lands = now.Add(time.Duration(got.Travel.TimeLeft) * time.Second)
		if got.Travel.Arrival != nil { // which no cache makes older
			v.Lands = torn.AtPtr(got.Travel.Arrival)
		}
	}
	return vitalsRead{vitals: v, at: now}
}

func (h *ready) recall(id faction.ID, p faction.PlayerID, now time.Time) (vitalsRead, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	r, ok := h.kept[id][p]
	return r, ok && r.vitals != nil && now.Sub(r.at) < vitalsKept
}

// keep remembers what was read, and forgets what is too old to be shown.
func (h *ready) keep(id faction.ID, p faction.PlayerID, r vitalsRead) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.kept == nil {
		h.kept = map[faction.ID]map[faction.PlayerID]vitalsRead{}
	}
	for of, members := range h.kept {
		for who, old := range members {
			if r.at.Sub(old.at) >= vitalsKept {
				delete(members, who)
			}
		}
		if len(members) == 0 {
			delete(h.kept, of)
		}
	}
	if h.kept[id] == nil {
		h.kept[id] = map[faction.PlayerID]vitalsRead{}
	}
	h.kept[id][p] = r
}
