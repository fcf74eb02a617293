package war

import (
	"cmp"
	"slices"
	"time"

	"consigliere/internal/faction"
)

// Books are what is known of an ended war: our log and Torn's official report.
type Books struct {
	War    War
	Report Report
	// Tallies are the stored sums. They count, even where the attacks behind them are
	// not kept any more.
	Tallies []Row
	// Rows are the stored attacks of the war, and those between the two sides that lie
	// just outside its window (EdgeSpan). Without them sums are compared all the same,
	// and fewer differences can be named.
	Rows []Logged
	// Members are those on our member list now, Former those who were on it.
	Members, Former map[faction.PlayerID]bool
}

// EdgeSpan is how far outside a war's window an attack may lie that the report
// counts: a fight lasts up to five minutes (game.md, Attacks).
const EdgeSpan = 5 * time.Minute

// Score is a number of war hits and the score that they made.
type Score struct {
	Hits   int64
	Points faction.Respect
}

func (s Score) plus(o Score) Score  { return Score{s.Hits + o.Hits, s.Points + o.Points} }
func (s Score) minus(o Score) Score { return Score{s.Hits - o.Hits, s.Points - o.Points} }

// IsZero tells that there is nothing.
func (s Score) IsZero() bool { return s == Score{} }

// DifferenceKind tells which book has what the other has not.
type DifferenceKind string

// The kinds (game.md, Ranked wars).
const (
	ReportOnly DifferenceKind = "report_only" // in the report, not in our log
	LogOnly    DifferenceKind = "log_only"    // in our log, not in the report
	Otherwise  DifferenceKind = "otherwise"   // the same hits, counted with another score
)

// DifferenceReason is why the books differ.
type DifferenceReason string

// The reasons.
const (
	// ReasonFlag: Torn's is_ranked_war and the factions disagree on the attack.
	ReasonFlag DifferenceReason = "flag"
	// ReasonEdge: the fight lay across the war's first or last second.
	ReasonEdge DifferenceReason = "edge"
	// ReasonInterrupted: Torn marks the attack as interrupted.
	ReasonInterrupted DifferenceReason = "interrupted"
	// ReasonNoScore: a hit on the enemy that earned nothing.
	ReasonNoScore DifferenceReason = "no_score"
	// ReasonRounding: no more than rounded hundredths.
	ReasonRounding DifferenceReason = "rounding"
	// ReasonStealth: our log does not name attackers who hid; the report does.
	ReasonStealth DifferenceReason = "stealth"
	// ReasonLeft: the player is no longer a member, and the report does not name them.
	ReasonLeft DifferenceReason = "left"
	// ReasonMercenary: the report names a player who never was on our member list:
	// the hits of mercenaries are not in our log.
	ReasonMercenary DifferenceReason = "mercenary"
	// ReasonTotal: the report's own total is not the sum of its members.
	ReasonTotal DifferenceReason = "total"
	// ReasonUnknown: nothing that is stored explains it.
	ReasonUnknown DifferenceReason = "unknown"
)

// Difference is one thing that the books count differently. Less is what our log has
// more: the report's figure is our log's plus all differences, exactly.
type Difference struct {
	Kind   DifferenceKind
	Reason DifferenceReason
	Player faction.PlayerID
	// Attack is the row that it is about; zero when no single row is.
	Attack AttackID
	Code   string // of the attack's log
	At     time.Time
	Score  // what the report has more than our log; negative: less
}

// Reconciled is what both books say of a war.
type Reconciled struct {
	War   War
	Sides []ReconciledSide // ours first
	// Detailed is false when attacks of the war are not kept any more, so that
	// differences cannot be traced to single rows.
	Detailed bool
}

// ReconciledSide is one side, the players with the highest official score first.
type ReconciledSide struct {
	Team    Team
	Faction faction.ID
	Name    string
	// Report is the report's own total: its points are whole. Log is our log's.
	Report, Log Score
	Players     []ReconciledPlayer
	// Rest is what the report's total has more than its members.
	Rest []Difference
}

// ReconciledPlayer is one player in both books.
type ReconciledPlayer struct {
	Player      faction.PlayerID // 0: attackers whom nobody saw
	Name        string
	Level       int
	InReport    bool
	Report, Log Score
	Differences []Difference
}

// Differences lists all that the books of a side count differently.
func (s ReconciledSide) Differences() []Difference {
	var all []Difference
	for _, p := range s.Players {
		all = append(all, p.Differences...)
	}
	return append(all, s.Rest...)
}

// Agreed counts the players on whom both books agree.
func (s ReconciledSide) Agreed() int {
	n := 0
	for _, p := range s.Players {
		if len(p.Differences) == 0 {
			n++
		}
	}
	return n
}

// Side gives one team's part.
func (r Reconciled) Side(t Team) ReconciledSide {
	for _, s := range r.Sides {
		if s.Team == t {
			return s
		}
	}
	return ReconciledSide{Team: t}
}

// Reconcile compares our log with the official report, per player and in sum. Every
// gap is split into differences that make it up exactly; each is traced to an attack
// where one explains it.
func Reconcile(b Books) Reconciled {
	out := Reconciled{War: b.War, Detailed: b.detailed()}
	for _, team := range []Team{Ours, Enemy} {
		out.Sides = append(out.Sides, b.side(team))
	}
	return out
}

// detailed tells whether the rows come to what the tallies say.
func (b Books) detailed() bool {
	logged := map[whose]Score{}
	for _, l := range b.Rows {
		if who, counts := b.hitter(l); counts {
			logged[who] = logged[who].plus(Score{1, l.Attack.RespectGain})
		}
	}
	for _, r := range b.Tallies {
		if logged[whose{r.Team, r.Player}] != scoreOf(r.Tally) {
			return false
		}
	}
	return true
}

func scoreOf(t Tally) Score { return Score{t.WarHits, t.WarRespect} }

func (b Books) side(team Team) ReconciledSide {
	us := b.War.Us
	if team == Enemy {
		us = b.War.Them
	}
	official, _ := b.Report.Side(us.Faction)
	s := ReconciledSide{Team: team, Faction: us.Faction, Name: us.Name, Report: Score{official.Attacks, faction.Respect(official.Score) * 100}}
	players := map[faction.PlayerID]*ReconciledPlayer{}
	at := func(id faction.PlayerID, name string, level int) *ReconciledPlayer {
		p := players[id]
		if p == nil {
			p = &ReconciledPlayer{Player: id, Name: name, Level: level}
			players[id] = p
		}
		return p
	}
	members := Score{}
	for _, m := range official.Members {
		p := at(m.Player, m.Name, m.Level)
		p.InReport, p.Report = true, Score{m.Attacks, m.Score}
		members = members.plus(p.Report)
	}
	for _, r := range b.Tallies {
		if score := scoreOf(r.Tally); r.Team == team && !score.IsZero() {
			at(r.Player, r.Name, r.Level).Log = score
			s.Log = s.Log.plus(score)
		}
	}
	for _, p := range players {
		s.Players = append(s.Players, *p)
	}
	slices.SortFunc(s.Players, func(x, y ReconciledPlayer) int {
		return cmp.Or(cmp.Compare(y.Report.Points, x.Report.Points), cmp.Compare(y.Log.Points, x.Log.Points), cmp.Compare(x.Player, y.Player))
	})
	unseen := Score{} // hits of attackers who hid, still to be laid to somebody
	if p := players[0]; p != nil {
		unseen = p.Log
	}
	rows := b.rowsOf(team)
	for i := range s.Players {
		p := &s.Players[i]
		p.Differences = b.explain(team, *p, rows[p.Player], &unseen)
	}
	if rest := s.Report.minus(members); !rest.IsZero() {
		s.Rest = []Difference{total(rest)}
	}
	return s
}

// total words what a report's total has more than its members: the points of a side
// are whole ones.
func total(rest Score) Difference {
	d := unnamed(0, rest)
	d.Reason = ReasonTotal
	if rest.Hits == 0 && abs(rest.Points) < 100 {
		d.Reason = ReasonRounding
	}
	return d
}

func abs(r faction.Respect) faction.Respect { return max(r, -r) }

// unnamed is a difference that no row is known for.
func unnamed(p faction.PlayerID, gap Score) Difference {
	d := Difference{Player: p, Score: gap, Kind: Otherwise, Reason: ReasonUnknown}
	switch {
	case gap.Hits > 0:
		d.Kind = ReportOnly
	case gap.Hits < 0:
		d.Kind = LogOnly
	}
	return d
}
