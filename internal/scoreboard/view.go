package scoreboard

import (
	"fmt"
	"math"
	"time"

	"consigliere/internal/faction"
	"consigliere/internal/feed"
	"consigliere/internal/say"
	"consigliere/internal/war"
)

// warView is a war's page in words. Templates only place them.
type warView struct {
	ID                     int64
	Digest                 string
	Path, Here, Events     string // the war's address, this very page's, and where changes are told
	Now                    int64  // the bot's clock, and how fast it runs
	Speed                  float64
	Phase                  war.Phase
	PhaseName              string
	Us, Them               sideView
	Lead, LeadName, Ahead  string // Ahead: "us", "them" or empty
	Spoken                 string // the score in a sentence
	Tug                    *tugView
	Tiles                  []tile
	Fresh                  freshView
	Charts                 []chartView
	Board                  boardView
	Squads                 *squadForm // nil: there are none
	RoomThem, RoomUs       *roomView  // nil: the war is over
	Attacks                []attackView
	Expires                moment
	HeadTitle, OutcomeName string
	Report                 string // where the official report is; empty: it is not in
}

func (v warView) title() string { return v.HeadTitle }

type sideView struct {
	Team       war.Team
	Name, URL  string
	Score      string
	Hits, Resp string
	Chain      string // empty: none
}

// tugView is the lead between both targets, as a bar from the middle.
type tugView struct {
	X, Width int // in thousandths of the bar
	Text     string
}

type tile struct {
	Name, Value, Note string
	Time              *moment
}

// freshView says how old the figures are.
type freshView struct {
	Final          bool
	Score, Attacks *moment // nil: never read
	Warnings       []string
}

func (s *Server) warView(b *board, table war.Board, l look, v visitor) warView {
	now, w := s.cfg.Now(), b.war
	view := warView{
		ID: int64(w.ID), Digest: b.digest, Path: warPath(w.ID), Events: warPath(w.ID) + "/events",
		Here: l.address(w.ID, ""),
		Now:  now.UnixMilli(), Speed: s.cfg.Speed,
		Phase: w.Phase(now), PhaseName: map[war.Phase]string{war.Scheduled: "Scheduled", war.Active: "Active", war.Ended: "Ended"}[w.Phase(now)],
		Us: sideOf(w.Us, war.Ours, table), Them: sideOf(w.Them, war.Enemy, table),
		Fresh:   s.freshness(b, now),
		Charts:  chartsOf(b),
		Board:   boardOf(b, table, l, now),
		Squads:  squadsOf(b, l),
		Attacks: attacksOf(b, now),
		Expires: momentOf(v.link.Expires, now),
	}
	if w.Phase(now) == war.Ended {
		view.Us.Chain, view.Them.Chain = "", ""
	}
	view.RoomThem, view.RoomUs = s.roomsOf(b, table, l, now)
	view.OutcomeName = outcome(w)
	if s.cfg.Records != nil && !w.End.IsZero() && !w.ReportAt.IsZero() {
		view.Report = reportPath(w.ID)
	}
	lead := w.Lead()
	view.Lead = signed(lead)
	switch {
	case lead > 0:
		view.Ahead, view.LeadName = "us", "ahead"
	case lead < 0:
		view.Ahead, view.LeadName = "them", "behind"
	default:
		view.LeadName = "level"
	}
	target := targetNow(w, now)
	view.Tug = tugOf(lead, target)
	view.Tiles = tilesOf(b, table, target, now)
	view.Spoken = fmt.Sprintf("%s %s, %s %s. Lead %s of %s needed.", view.Us.Name, view.Us.Score, view.Them.Name, view.Them.Score, view.Lead, faction.Count(target))
	view.HeadTitle = fmt.Sprintf("%s – %s · %s vs %s", view.Us.Score, view.Them.Score, view.Us.Name, view.Them.Name)
	return view
}

func sideOf(side war.Side, team war.Team, table war.Board) sideView {
	total := table.Total(team)
	v := sideView{Team: team, Name: say.Plain(side.Name), URL: say.FactionURL(side.Faction), Score: faction.Count(side.Score),
		Hits: faction.Count(total.WarHits), Resp: total.WarRespect.String()}
	if side.Chain > 0 {
		v.Chain = faction.Count(int64(side.Chain))
	}
	return v
}

// targetNow is the lead that wins: what Torn said last, or what the rule says when
// it said nothing.
func targetNow(w war.War, now time.Time) int64 {
	if w.Target > 0 || !w.End.IsZero() {
		return w.Target
	}
	return war.DecayedTarget(w.OriginalTarget, w.Start, now)
}

func tugOf(lead, target int64) *tugView {
	if target <= 0 {
		return nil
	}
	part := float64(lead) / float64(target)
	width := int(math.Round(min(math.Abs(part), 1) * 500))
	t := &tugView{X: 500, Width: width}
	if lead > 0 {
		t.X -= width // we stand at the left
	}
	switch percent := int(math.Abs(part) * 100); {
	case percent >= 100 && lead > 0:
		t.Text = "Our lead has met the target"
	case percent >= 100:
		t.Text = "Their lead has met the target"
	case lead > 0:
		t.Text = fmt.Sprintf("We are %d %% of the way", percent)
	case lead < 0:
		t.Text = fmt.Sprintf("They are %d %% of the way", percent)
	default:
		t.Text = "Level"
	}
	return t
}

func outcome(w war.War) string {
	name := map[war.Outcome]string{war.OutcomeWon: "Won", war.OutcomeLost: "Lost", war.OutcomeDraw: "Draw"}[w.Outcome()]
	if name != "" && w.Forfeit {
		name += " by forfeit"
	}
	return name
}

// tilesOf are the figures below the score.
func tilesOf(b *board, table war.Board, target int64, now time.Time) []tile {
	w := b.war
	tiles := []tile{targetTile(w, target)}
	clock := func(name string, at time.Time) tile {
		m := momentOf(at, now)
		return tile{Name: name, Time: &m, Note: m.Exact}
	}
	switch w.Phase(now) {
	case war.Scheduled:
		return append(tiles, clock("Starts", w.Start))
	case war.Ended:
		return append(tiles, clock("Ended", w.End), tile{Name: "Lasted", Value: say.Span(w.End.Sub(w.Start))})
	}
	tiles = append(tiles, clock("Started", w.Start))
	f := war.PredictUnder(w, b.terms, b.samples, table.Total(war.Ours).PerHit(), now)
	tiles = append(tiles, forecastTile(f, now))
	needed := tile{Name: "Still needed", Value: faction.Count(f.Needed) + " points"}
	if f.Hits > 0 {
		needed.Note = fmt.Sprintf("about %s hits of %s each", faction.Count(f.Hits), f.PerHit)
	}
	if f.Needed > 0 {
		tiles = append(tiles, needed)
	}
	return tiles
}

func targetTile(w war.War, target int64) tile {
	t := tile{Name: "Target", Value: faction.Count(target)}
	switch {
	case w.OriginalTarget > target:
		t.Note = faction.Count(w.OriginalTarget) + " at the start"
	case target <= 0:
		t.Value, t.Note = "–", "Torn has not told it yet"
	case w.End.IsZero():
		t.Note = "falls 1 % an hour after 24 h"
	}
	return t
}

func forecastTile(f war.Forecast, now time.Time) tile {
	t := tile{Name: "Forecast", Value: "Too early to tell"}
	if f.ETA.IsZero() || f.Over == 0 {
		return t
	}
	who := map[war.Team]string{war.Ours: "We win", war.Enemy: "They win"}[f.Winner]
	if who == "" {
		who = "It ends"
	}
	in := func(at time.Time) string { return say.Span(max(at.Sub(now), 0).Round(5 * time.Minute)) }
	t.Value = who + " in " + in(f.ETA)
	how := map[war.Outlook]string{war.OutlookDecided: "decided", war.OutlookHopeless: "hopeless"}[f.Outlook]
	if how == "" {
		how = "open"
	}
	t.Note = how + "; 8 in 10 end in " + in(f.Earliest) + " to " + in(f.Latest)
	return t
}

// stale is how many polls may be missed before the page warns.
const stale = 3

func (s *Server) freshness(b *board, now time.Time) freshView {
	w, log, front := b.war, b.feeds[feed.Attacks], b.feeds[feed.Front]
	v := freshView{Final: !w.FinalAt.IsZero(), Score: seen(w.SeenAt, now), Attacks: seen(log.LastSuccess, now)}
	if w.Phase(now) == war.Ended && w.WholeAt.IsZero() && !w.FinalAt.IsZero() {
		warning := unread(w)
		if w.CutAt.IsZero() {
			warning += " /war backfill reads them."
		}
		v.Final, v.Warnings = false, append(v.Warnings, warning)
		return v
	}
	if v.Final {
		return v
	}
	if b.incomplete {
		v.Warnings = append(v.Warnings, say.BeingReadBack)
	}
	if !w.Tracked {
		v.Warnings = append(v.Warnings, "This war is not tracked: its attacks are stored, but nothing is announced and its score is read seldom.")
		return v
	}
	scoreEvery, attacksEvery := s.cfg.Intervals.Wars, s.cfg.Intervals.AttacksIdle
	if w.Phase(now) != war.Scheduled {
		scoreEvery, attacksEvery = s.cfg.Intervals.Front, s.cfg.Intervals.AttacksWar
	}
	late := func(at time.Time, every time.Duration) bool { return every > 0 && now.Sub(at) > stale*every }
	score, attacks := late(w.SeenAt, scoreEvery), late(log.LastSuccess, attacksEvery)
	switch {
	case score && attacks:
		v.Warnings = append(v.Warnings, "Score and attacks may be out of date."+reason(front)+reason(log))
	case score:
		v.Warnings = append(v.Warnings, "The score may be out of date."+reason(front))
	case attacks:
		v.Warnings = append(v.Warnings, "The attacks may be out of date."+reason(log))
	}
	return v
}

// reason says why a feed is late, when its last look failed.
func reason(f feed.State) string {
	if f.Failures == 0 || f.LastError == "" {
		return ""
	}
	return " " + say.FeedName(f.Feed) + ": " + clip(say.Plain(f.LastError), 160)
}

func seen(at, now time.Time) *moment {
	if at.IsZero() {
		return nil
	}
	m := momentOf(at, now)
	return &m
}

func signed(n int64) string {
	if n > 0 {
		return "+" + faction.Count(n)
	}
	return faction.Count(n)
}

func clip(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return s
}
