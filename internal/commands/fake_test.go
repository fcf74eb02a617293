package commands_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"time"

	"consigliere/internal/alert"
	"consigliere/internal/budget"
	"consigliere/internal/chain"
	"consigliere/internal/chat"
	"consigliere/internal/clock"
	"consigliere/internal/commands"
	"consigliere/internal/faction"
	"consigliere/internal/feed"
	"consigliere/internal/rbac"
	"consigliere/internal/torn"
	"consigliere/internal/war"
)

// The cast. Discord ids are the keys of world.links.
const (
	leader   = "1001"
	officer  = "1002"
	member   = "1003"
	recruit  = "1004"
	gone     = "1005" // linked, but no longer on the member list
	odd      = "1006" // a position that Torn does not list
	homeless = "1007" // linked while in no faction
	foreign  = "2001" // of the Bears, whose server is another
	founder  = "3001" // leads the Foxes, whom nobody registered
	stranger = "4001"
	operator = "9001"

	wolves faction.ID = 777
	bears  faction.ID = 888
	foxes  faction.ID = 999

	wolvesGuild = "51"
	bearsGuild  = "52"
	emptyGuild  = "53"
	warChannel  = "61"
	otherChan   = "62"
	direct      = ""

	warID war.ID = 44751
)

var now = time.Date(2026, 8, 21, 20, 0, 0, 0, time.UTC)

// world is everything that commands reach, in memory.
type world struct {
	t *testing.T

	now       time.Time
	links     map[string]faction.Link
	guilds    map[string][]faction.ID
	rosters   map[faction.ID]faction.Roster
	positions map[faction.ID][]faction.Position
	grants    map[faction.ID]map[string]rbac.Set
	infos     map[faction.ID]faction.Faction
	states    map[faction.ID]string // "active" where nothing is said
	shared    map[faction.ID]map[faction.ID]rbac.Set
	looks     int // how often Standing was asked
	roles     *discordRoles
	office    office
	keys      map[faction.ID][]faction.Key
	wars      map[faction.ID][]war.War
	rows      map[war.ID][]war.Row
	attacks   map[war.ID][]war.Logged
	samples   []war.Sample
	feeds     []feed.State
	rules     map[faction.ID][]alert.Rule
	retals    map[faction.ID][]war.Retal
	bonus     *chain.Claim // of the chain that runs
	chainsOff bool
	noChain   bool
	boards    map[faction.ID][]alert.LiveBoard
	webLinks  []faction.WebLink
	outbox    map[string]int
	audited   []faction.AuditEntry
	writes    []string // every change that was asked for
	deleted   []string // messages

	report     torn.KeyReport // what CheckKey answers
	basic      map[faction.ID]torn.FactionBasic
	checked    int
	checkErr   error
	poolErr    error
	sampleLost string // why a test alert does not arrive
	postErr    error
	failAll    error // every read and write fails so
	tampered   int64 // the entry of the log that somebody changed
	longLog    int   // how often an export repeats the log
	tokens     int
	log        bytes.Buffer
	tenancy    tenancy
	past       past
	terms      map[war.ID]war.Terms
	claims     map[faction.ID]map[faction.PlayerID]war.Claim // by target
	wishes     wishes
	duty       *duty
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{
		t: t, now: now,
		links: map[string]faction.Link{}, guilds: map[string][]faction.ID{wolvesGuild: {wolves}, bearsGuild: {bears}},
		infos: map[faction.ID]faction.Faction{
			wolves: {ID: wolves, Name: "Wolves", Tag: "WLV", LeaderID: 1}, bears: {ID: bears, Name: "Bears", LeaderID: 21},
		},
		positions: map[faction.ID][]faction.Position{
			wolves: {{Name: "Officer"}, {Name: "Member"}}, bears: {{Name: "Member"}},
		},
		grants: map[faction.ID]map[string]rbac.Set{wolves: {"Officer": rbac.SetOf(rbac.WarView, rbac.WarManage, rbac.DiscordManage)}},
		states: map[faction.ID]string{}, shared: map[faction.ID]map[faction.ID]rbac.Set{},
		keys: map[faction.ID][]faction.Key{}, rules: map[faction.ID][]alert.Rule{}, boards: map[faction.ID][]alert.LiveBoard{},
		wars: map[faction.ID][]war.War{}, rows: map[war.ID][]war.Row{}, attacks: map[war.ID][]war.Logged{},
		outbox: map[string]int{"sent": 12, "expired": 1},
		basic: map[faction.ID]torn.FactionBasic{
			wolves: {ID: int64(wolves), Name: "Wolves", LeaderID: 1}, foxes: {ID: int64(foxes), Name: "Foxes", Tag: "FOX", LeaderID: 31, CoLeaderID: 32},
		},
	}
	w.roles = newDiscordRoles(w)
	w.duty = newDuty(w)
	w.person(leader, 1, wolves, "Duke")
	w.person(officer, 2, wolves, "Vera")
	w.person(member, 3, wolves, "Mick")
	w.person(recruit, 4, wolves, "Newt")
	w.person(gone, 5, wolves, "Gone")
	w.person(odd, 6, wolves, "Odd")
	w.person(homeless, 7, 0, "Hobo")
	w.person(foreign, 23, bears, "Bruno")
	w.person(founder, 31, foxes, "Reynard")
	w.rosters = map[faction.ID]faction.Roster{
		wolves: {AsOf: now.Add(-3 * time.Minute), Members: []faction.Member{
			{ID: 1, Name: "Duke", Position: faction.PositionLeader, Level: 100}, {ID: 2, Name: "Vera", Position: "Officer", Level: 80},
			{ID: 3, Name: "Mick", Position: "Member", Level: 50}, {ID: 4, Name: "Newt", Position: faction.PositionRecruit, Level: 15},
			{ID: 6, Name: "Odd", Position: "Sergeant", Level: 33}, {ID: 8, Name: "Mickey", Position: "Member", Level: 44},
		}},
		bears: {AsOf: now.Add(-3 * time.Minute), Members: []faction.Member{{ID: 23, Name: "Bruno", Position: "Member"}}},
	}
	w.keys[wolves] = []faction.Key{
		{ID: 1, Player: 1, Level: 3, Type: "Limited Access", FactionAccess: true, Consent: "lend", State: "active"},
		{ID: 2, Player: 3, Level: 1, Type: "Public Only", Consent: "own", State: "paused"},
	}
	w.peopleWar()
	w.retals = hitsOnUs()
	for _, n := range feed.All() {
		w.feeds = append(w.feeds, feed.State{Faction: wolves, Feed: n, LastSuccess: now.Add(-20 * time.Second)})
	}
	return w
}

func (w *world) person(discord string, player faction.PlayerID, in faction.ID, name string) {
	w.links[discord] = faction.Link{Faction: in, DiscordID: discord, Player: player, Name: name}
}

// peopleWar is the war that is on, and one that was.
func (w *world) peopleWar() {
	on := war.War{
		ID: warID, Start: now.Add(-31 * time.Hour), Target: 2760, OriginalTarget: 3000, Tracked: true, SeenAt: now.Add(-9 * time.Second),
		Us: war.Side{Faction: wolves, Name: "Wolves", Score: 4210, Chain: 245}, Them: war.Side{Faction: 555, Name: "Bandits", Score: 3876, Chain: 31},
	}
	past := war.War{
		ID: 40001, Start: now.Add(-14 * 24 * time.Hour), End: now.Add(-12 * 24 * time.Hour), Target: 1900, OriginalTarget: 2500, Winner: wolves,
		Us: war.Side{Faction: wolves, Name: "Wolves", Score: 6100}, Them: war.Side{Faction: 556, Name: "Sea Dogs", Score: 4100},
		SeenAt: now.Add(-12 * 24 * time.Hour), ReportAt: now.Add(-12*24*time.Hour + 10*time.Minute), WholeAt: now.Add(-12*24*time.Hour + 6*time.Minute),
	}
	w.wars[wolves] = []war.War{on, past}
	row := func(team war.Team, id faction.PlayerID, name string, hits int64, score faction.Respect) war.Row {
		return war.Row{Team: team, Player: id, Name: name, Level: 50, Tally: war.Tally{
			Attacks: hits + 3, WarHits: hits, WarRespect: score, Assists: 2, Losses: 1, HitsTaken: hits / 3, Defended: 1,
			RespectLost: score / 5, Energy: (hits + 3) * 25, FairFightSum: hits * 280, Retaliations: 1,
		}}
	}
	w.rows[warID] = []war.Row{
		row(war.Ours, 1, "Duke", 120, 75_230), row(war.Ours, 2, "Vera", 200, 123_456), row(war.Ours, 3, "Mick", 15, 8_100),
		row(war.Enemy, 501, "Black Jack", 90, 55_500), row(war.Enemy, 0, war.Stealthed, 4, 2_000),
	}
	for i := range 25 {
		w.attacks[warID] = append(w.attacks[warID], war.Logged{War: warID, Attack: war.Attack{
			ID: war.AttackID(900 - i), Code: "abc123", Started: now.Add(-time.Duration(i) * time.Minute), Ended: now.Add(-time.Duration(i)*time.Minute + 9*time.Second),
			Attacker: war.Fighter{ID: 1, Name: "Duke", Faction: wolves}, Defender: war.Fighter{ID: 501, Name: "Black Jack", Faction: 555},
			Result: war.Hospitalized, RespectGain: 1234, Chain: 245 - i,
		}, Verdict: war.Verdict{Direction: war.Outgoing, Class: war.ClassWarHit, InWar: true}})
	}
	w.attacks[warID][1].Attack.Chain = 250
	w.attacks[warID][1].Verdict.Marks = war.MarkChainBonus | war.MarkRetaliation
	w.attacks[warID][2].Attack.Attacker = war.Fighter{}
	w.attacks[warID][2].Attack.RespectGain = 0
	w.attacks[warID][2].Attack.Result = war.Lost
	w.attacks[warID][2].Verdict = war.Verdict{Direction: war.Incoming, Class: war.ClassDefended, InWar: true}
	for h := range 32 {
		at := on.Start.Add(time.Duration(h) * time.Hour)
		w.samples = append(w.samples, war.Sample{At: at, Us: int64(h) * 135, Them: int64(h) * 125, Target: 3000})
	}
}

// registry is the real one over this world.
func (w *world) registry(change ...func(*commands.Deps)) *commands.Registry {
	w.t.Helper()
	d := commands.Deps{
		AlertRules: w, Webhooks: hookSealer{w}, Wishes: w,
		People: w, Audit: w, Factions: w, Links: w, Wars: w, Room: room{w}, Tracker: w, Records: records{w}, Backfills: w.reading(), Feeds: w, Alerts: w, Boards: w, WebLinks: w, AuditLog: w, Rights: w, Settings: &factionSettings{w: w, set: faction.Settings{LowFairFight: 150}}, Shares: w, Samples: w, Terms: newAgreed(w), Scouts: scouts{w}, HourCharts: charts{}, Linked: w, Vitals: &vitals{}, Retals: retals{w}, KeyUses: keyUses{w},
		Chains: chainsOf{w}, ChainDuty: chainsOf{w},
		RoleSetups: w.roles, RoleWork: w.roles,
		Watches: w.duty, Squads: w.duty,
		Tenants: w, Requests: w, Personal: w, Retentions: w, Engine: engine{}, Exports: w, Direct: w,
		LinkRequests: w, OwnKeys: w, Finder: w, Notices: w, Tries: budget.NewLocalTries(commands.TriesPerMinute, worldClock{w}), Hurries: budget.NewLocalTries(commands.HurriesPerMinute, worldClock{w}),
		Torn: w, Pool: w, Sealer: w, Channels: channels{w}, Charts: charts{}, Breaker: breaker{}, Budget: load{},
		Clock: worldClock{w}, Log: slog.New(slog.NewTextHandler(&w.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		NewToken:  func() (string, []byte) { w.tokens++; return fmt.Sprintf("token-%d", w.tokens), []byte{byte(w.tokens)} },
		PublicURL: "https://board.example", Operators: []string{operator}, LeadersRegister: true,
	}
	for _, c := range change {
		c(&d)
	}
	r, err := commands.New(d)
	if err != nil {
		w.t.Fatal(err)
	}
	return r
}

func (w *world) note(format string, args ...any) {
	w.writes = append(w.writes, fmt.Sprintf(format, args...))
}

type worldClock struct{ w *world }

func (c worldClock) Now() time.Time                                   { return c.w.now }
func (c worldClock) Sleep(ctx context.Context, _ time.Duration) error { return ctx.Err() }
func (c worldClock) Real(d time.Duration) time.Duration               { return d }

var _ clock.Clock = worldClock{}

// --- people and audit

func (w *world) Members(_ context.Context, id, of faction.ID) (faction.Roster, error) {
	if id != of {
		w.t.Errorf("faction %d reads the members of %d", id, of)
	}
	return w.rosters[of], w.failAll
}

func (w *world) Audit(_ context.Context, id faction.ID, e faction.AuditEntry) error {
	e.Body = mapsWith(e.Body, "faction", id)
	w.audited = append(w.audited, e)
	return w.failAll
}

func mapsWith(m map[string]any, k string, v any) map[string]any {
	out := map[string]any{k: v}
	for key, value := range m {
		out[key] = value
	}
	return out
}

// --- factions and links

func (w *world) FactionInfo(_ context.Context, id faction.ID) (faction.Faction, bool, error) {
	f, ok := w.infos[id]
	return f, ok, w.failAll
}

func (w *world) Register(_ context.Context, f faction.Faction, guild, _ string, _ time.Time) error {
	w.note("register %d in %s", f.ID, guild)
	w.infos[f.ID] = f
	w.guilds[guild] = append(w.guilds[guild], f.ID)
	return w.failAll
}

func (w *world) PlayerName(_ context.Context, l faction.Link) (string, error) {
	return w.links[l.DiscordID].Name, w.failAll
}

func (w *world) Unlink(_ context.Context, l faction.Link) (int64, error) {
	w.note("unlink %d", l.Player)
	delete(w.links, l.DiscordID)
	before := len(w.keys[l.Faction])
	w.keys[l.Faction] = slices.DeleteFunc(w.keys[l.Faction], func(k faction.Key) bool { return k.Player == l.Player })
	return int64(before - len(w.keys[l.Faction])), w.failAll
}

func (w *world) Keys(_ context.Context, id faction.ID, p faction.PlayerID) ([]faction.Key, error) {
	var out []faction.Key
	for _, k := range w.keys[id] {
		if p == 0 || k.Player == p {
			out = append(out, k)
		}
	}
	return out, w.failAll
}

// --- wars

func (w *world) Wars(_ context.Context, id faction.ID, limit int) ([]war.War, error) {
	list := w.wars[id]
	return list[:min(len(list), limit)], w.failAll
}

func (w *world) War(_ context.Context, id faction.ID, of war.ID) (war.War, error) {
	for _, one := range w.wars[id] {
		if one.ID == of {
			return one, w.failAll
		}
	}
	return war.War{}, faction.Errorf(faction.NotFound, "Your faction has no war %d on record. Pick one from the suggestions.", of)
}

func (w *world) Tallies(_ context.Context, _ faction.ID, of war.ID) ([]war.Row, error) {
	return slices.Clone(w.rows[of]), w.failAll
}

func (w *world) Samples(context.Context, faction.ID, war.ID) ([]war.Sample, error) {
	return w.samples, w.failAll
}

func (w *world) ListAttacks(_ context.Context, _ faction.ID, f war.AttackFilter) ([]war.Logged, error) {
	var out []war.Logged
	for _, l := range w.attacks[f.War] {
		a := l.Attack
		if (f.Player == 0 || a.Attacker.ID == f.Player || a.Defender.ID == f.Player) && (f.Class == "" || l.Verdict.Class == f.Class) &&
			(f.Some == nil || slices.Contains(f.Some, a.Attacker.ID) || slices.Contains(f.Some, a.Defender.ID)) && (f.Before == 0 || a.ID < f.Before) && len(out) < f.Limit {
			out = append(out, l)
		}
	}
	return out, w.failAll
}

func (w *world) Track(_ context.Context, id faction.ID, of war.ID, on bool) error {
	w.note("track %d of %d: %v", of, id, on)
	return w.failAll
}

// --- feeds, alerts, boards, links

func (w *world) Feeds(context.Context, faction.ID) ([]feed.State, error) { return w.feeds, w.failAll }

func (w *world) Hurry(_ context.Context, id faction.ID, _ time.Time, names ...feed.Name) error {
	w.note("hurry %d: %v", id, names)
	return w.failAll
}

func (w *world) Rules(_ context.Context, id faction.ID) ([]alert.Rule, error) {
	return slices.Clone(w.rules[id]), w.failAll
}

func (w *world) PutRules(_ context.Context, id faction.ID, rules []alert.Rule, _ time.Time) error {
	w.note("put %d rules of %d", len(rules), id)
	for _, r := range rules {
		w.rules[id] = slices.DeleteFunc(w.rules[id], func(old alert.Rule) bool { return old.Kind == r.Kind && old.ChannelID == r.ChannelID })
		w.rules[id] = append(w.rules[id], r)
	}
	return w.failAll
}

func (w *world) DropRules(_ context.Context, id faction.ID, kinds []alert.Kind) error {
	w.note("drop rules of %d", id)
	w.rules[id] = slices.DeleteFunc(w.rules[id], func(r alert.Rule) bool { return slices.Contains(kinds, r.Kind) })
	return w.failAll
}

func (w *world) Outbox(context.Context, faction.ID, time.Time) (map[string]int, error) {
	return w.outbox, w.failAll
}

func (w *world) Delays(context.Context, faction.ID, time.Time) ([]alert.Delay, error) {
	return []alert.Delay{{
		Kind: alert.RetalOpen, Alerts: 12,
		FromEvent:  alert.Spread{P50: 6400 * time.Millisecond, P95: 11200 * time.Millisecond, P99: 12 * time.Second},
		FromCommit: alert.Spread{P50: 150 * time.Millisecond, P95: 400 * time.Millisecond, P99: time.Second},
	}}, w.failAll
}

func (w *world) AddBoard(_ context.Context, id faction.ID, kind, channel string, _ time.Time) error {
	w.note("board %s of %d in %s", kind, id, channel)
	w.boards[id] = append(w.boards[id], alert.LiveBoard{Faction: id, Kind: kind, ChannelID: channel, MessageID: "m" + channel, PostedAt: w.now})
	return w.failAll
}

func (w *world) RemoveBoard(_ context.Context, id faction.ID, kind, channel string) ([]alert.LiveBoard, error) {
	w.note("no board %s of %d in %q", kind, id, channel)
	var removed []alert.LiveBoard
	w.boards[id] = slices.DeleteFunc(w.boards[id], func(b alert.LiveBoard) bool {
		hit := b.Kind == kind && (channel == "" || b.ChannelID == channel)
		if hit {
			removed = append(removed, b)
		}
		return hit
	})
	return removed, w.failAll
}

func (w *world) Boards(_ context.Context, id faction.ID) ([]alert.LiveBoard, error) {
	return slices.Clone(w.boards[id]), w.failAll
}

func (w *world) SaveWebLink(_ context.Context, l faction.WebLink, hash []byte) (int64, error) {
	w.note("web link of %d under %v", l.Faction, hash)
	l.ID = int64(len(w.webLinks) + 1)
	w.webLinks = append(w.webLinks, l)
	return l.ID, w.failAll
}

func (w *world) WebLinks(_ context.Context, id faction.ID, at time.Time) ([]faction.WebLink, error) {
	var out []faction.WebLink
	for _, l := range w.webLinks {
		if l.Faction == id && l.Expires.After(at) && !l.Revoked {
			out = append(out, l)
		}
	}
	return out, w.failAll
}

func (w *world) RevokeWebLink(_ context.Context, id faction.ID, link int64, _ time.Time) error {
	for i, l := range w.webLinks {
		if l.Faction == id && l.ID == link && !l.Revoked {
			w.note("revoke %d", link)
			w.webLinks[i].Revoked = true
			return w.failAll
		}
	}
	return faction.Errorf(faction.NotFound, "There is no working link with that number. /web links lists them.")
}

// --- Torn

func (w *world) CheckKey(context.Context, torn.Secret) (torn.KeyReport, error) {
	w.checked++
	return w.report, w.checkErr
}

func (w *world) FactionBasic(_ context.Context, _ torn.Key, _ torn.Options, id faction.ID) (torn.FactionBasic, error) {
	return w.basic[id], nil
}

func (w *world) Do(ctx context.Context, _ faction.ID, _ torn.Need, call func(context.Context, torn.Key) error) error {
	if w.poolErr != nil {
		return w.poolErr
	}
	return call(ctx, torn.Key{})
}

func (w *world) Invalidate(id faction.ID) { w.note("invalidate %d", id) }

func (w *world) Seal(s torn.Secret, p faction.PlayerID) ([]byte, []byte, error) {
	return fmt.Appendf(nil, "sealed %d", p), []byte{byte(len(s.Reveal()))}, nil
}

type channels struct{ w *world }

func (c channels) CanPost(_ context.Context, guild, channel string) error { return c.w.postErr }

func (c channels) Delete(_ context.Context, channel, message string) error {
	c.w.deleted = append(c.w.deleted, channel+"/"+message)
	return nil
}

type charts struct{}

func (charts) Score(war.War, []war.Sample) ([]byte, error) { return []byte("png of the score"), nil }
func (charts) Lead(war.War, []war.Sample) ([]byte, error)  { return []byte("png of the lead"), nil }
func (charts) Forecast(war.War, []war.Sample, war.Forecast) ([]byte, error) {
	return []byte("png of the forecast"), nil
}

type breaker struct{}

func (breaker) Stopped() (time.Time, string) { return time.Time{}, "" }

type load struct{}

func (load) Load(context.Context) (int, int, error) { return 41, 900, nil }

// --- asking

func slash(who, guild, path string, options ...string) chat.Request {
	req := chat.Request{Kind: chat.Slash, CorrelationID: "ref-1", GuildID: guild, ChannelID: warChannel, UserID: who, Path: path, Options: map[string]string{}}
	for i := 0; i+1 < len(options); i += 2 {
		req.Options[options[i]] = options[i+1]
	}
	return req
}

func click(who, guild, id string, values ...string) chat.Request {
	return chat.Request{Kind: chat.Component, CorrelationID: "ref-2", GuildID: guild, ChannelID: warChannel, MessageID: "71", UserID: who, ID: id, Values: values}
}

func submit(who, guild, id string, fields map[string]string) chat.Request {
	return chat.Request{Kind: chat.ModalSubmit, CorrelationID: "ref-3", GuildID: guild, MessageID: "71", UserID: who, ID: id, Fields: fields}
}
