package demo

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"image/png"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	simdiscord "consigliere/internal/sim/discord"
	simtorn "consigliere/internal/sim/torn"
)

// look asks for everything that is shown of the war and compares it with what the
// scenario meant. Nothing new becomes visible meanwhile.
func (t *tour) look(ctx context.Context) error {
	f := t.torn.Figures(t.clock.Now())
	officer := t.person(t.people.officer, "Officer")
	if err := t.lookAtStatus(ctx, officer, f); err != nil {
		return err
	}
	if err := t.lookAtScoreboard(ctx, officer, f); err != nil {
		return err
	}
	if err := t.lookAtMembers(ctx, officer, f); err != nil {
		return err
	}
	if err := t.lookAtAttacks(ctx, officer); err != nil {
		return err
	}
	if err := t.lookAtRetals(ctx, officer, f); err != nil {
		return err
	}
	if err := t.lookAhead(ctx, officer, f); err != nil {
		return err
	}
	if f.Phase == "active" {
		if err := t.lookAtTargets(ctx, f); err != nil {
			return err
		}
	}
	if err := t.lookAtBoard(ctx, f); err != nil {
		return err
	}
	return t.lookAtPage(ctx, f)
}

func (t *tour) lookAtStatus(ctx context.Context, who *actor, f simtorn.Figures) error {
	r, err := who.slash(ctx, "war-room", "war status", nil)
	if err != nil {
		return err
	}
	text := answerText(r)
	t.says("/war status", text, number(f.Us.Score)+" : "+number(f.Them.Score), f.Us.Name, f.Them.Name)
	if f.Phase == "active" {
		t.says("/war status", text, number(abs(f.Lead)), number(f.Target), "theirs **"+number(int64(f.Them.Chain))+"**", "ours **"+number(int64(f.Us.Chain))+"**")
	}
	t.says("/war status", text, "<t:")
	picture, ok := r.Message.Attachment("score.png")
	t.check(ok, "/war status has no chart")
	if ok {
		img, err := png.Decode(bytes.NewReader(picture.Data))
		t.check(err == nil && img.Bounds().Dx() > 300, "the chart is no picture: %v", err)
	}
	return nil
}

// line is a player's row of the scoreboard.
type line struct{ name, hits, score string }

var tableLine = regexp.MustCompile(`^\s*(\d+)\s+(\S.*?)\s+([\d,.]+k?)\s+([\d,.]+)$`)

// lookAtScoreboard turns every page of both sides' tables.
func (t *tour) lookAtScoreboard(ctx context.Context, who *actor, f simtorn.Figures) error {
	for side, figures := range map[string]simtorn.SideFigures{"us": f.Us, "them": f.Them} {
		r, err := who.slash(ctx, "war-room", "war scoreboard", map[string]any{"side": side})
		if err != nil {
			return err
		}
		quiet := *who
		quiet.note = func(string) {} // one page of each in the transcript is enough
		var got []line
		for range 50 {
			got = append(got, readTable(answerText(r))...)
			if !hasButton(r, "Next") {
				break
			}
			if r, err = quiet.click(ctx, r, "Next"); err != nil {
				return err
			}
		}
		t.compareTable(side, t.ranking(figures), got)
	}
	return nil
}

func readTable(text string) []line {
	var out []line
	for row := range strings.Lines(text) {
		if m := tableLine.FindStringSubmatch(strings.TrimRight(row, "\n")); m != nil {
			out = append(out, line{m[2], m[3], m[4]})
		}
	}
	return out
}

// ranking is the table as it should be: by score, then by id.
func (t *tour) ranking(side simtorn.SideFigures) []line {
	ids := slices.SortedFunc(maps.Keys(side.Members), func(a, b int64) int {
		return cmp.Or(cmp.Compare(side.Members[b].WarRespect, side.Members[a].WarRespect), cmp.Compare(a, b))
	})
	var out []line
	for _, id := range ids {
		m := side.Members[id]
		if m == (simtorn.Tally{}) {
			continue
		}
		name := "(stealthed)"
		if p, ok := t.torn.Player(id); ok {
			name = p.Name
		}
		out = append(out, line{name, number(m.WarHits), decimals(m.WarRespect)})
	}
	return out
}

func (t *tour) compareTable(side string, want, got []line) {
	t.check(len(want) == len(got), "the scoreboard of %s has %d players, want %d", side, len(got), len(want))
	for i := range min(len(want), len(got)) {
		w, g := want[i], got[i]
		cut := strings.TrimSuffix(g.name, "…")
		t.check(strings.HasPrefix(w.name, cut) && w.hits == g.hits && w.score == g.score,
			"place %d of %s is %v, want %v", i+1, side, g, w)
	}
}

// lookAtMembers asks for the best, the worst and somebody in between.
func (t *tour) lookAtMembers(ctx context.Context, who *actor, f simtorn.Figures) error {
	ids := slices.Sorted(maps.Keys(f.Us.Members))
	for _, id := range []int64{ids[0], ids[len(ids)/2], ids[len(ids)-1]} {
		p, _ := t.torn.Player(id)
		m := f.Us.Members[id]
		r, err := who.slash(ctx, "war-room", "war member", map[string]any{"member": strconv.FormatInt(id, 10)})
		if err != nil {
			return err
		}
		if m.Energy > 0 {
			t.says("/war member "+p.Name, answerText(r), "energy about "+number(m.Energy))
		}
		t.says("/war member "+p.Name, answerText(r),
			"**"+decimals(m.WarRespect)+"** score in **"+number(m.WarHits)+"** war hits",
			number(m.Attacks)+" in all", "outside hits "+number(m.OutsideHits), "without score "+number(m.NoScore), "assists "+number(m.Assists),
			"hits taken "+number(m.HitsTaken), "defended "+number(m.Defended), "respect lost "+decimals(m.RespectLost))
	}
	return nil
}

func (t *tour) lookAtAttacks(ctx context.Context, who *actor) error {
	r, err := who.slash(ctx, "war-room", "war attacks", nil)
	if err != nil {
		return err
	}
	n := strings.Count(answerText(r), "sid=attackLog")
	t.check(n == 10, "/war attacks lists %d attacks, want a page of 10", n)
	_, err = who.slash(ctx, "war-room", "war attacks", map[string]any{"class": "assist"})
	return err
}

// lookAtBoard finds the live message, edited to the present score.
func (t *tour) lookAtBoard(ctx context.Context, f simtorn.Figures) error {
	want := number(f.Us.Score) + " : " + number(f.Them.Score)
	is := func(m simdiscord.Message) bool {
		return !isAlert(m) && m.Interaction == nil && strings.Contains(messageText(m), want)
	}
	m, err := t.discord.WaitFor(ctx, t.guild.Channel("war-room").ID, is)
	if err != nil {
		return fmt.Errorf("%w: a live board that says %s: %w", errNoMessage, want, err)
	}
	edits := len(t.discord.History(m.ID))
	t.check(edits > 1, "the live board was never edited")
	fmt.Fprintln(t.out, indent(fmt.Sprintf("#war-room, the live board, edited %d times\n%s", edits-1, t.discord.RenderText(m))))
	return nil
}

func (t *tour) history(ctx context.Context) error {
	r, err := t.person(t.people.officer, "Officer").slash(ctx, "war-room", "war history", nil)
	if err != nil {
		return err
	}
	f := t.torn.Figures(t.clock.Now())
	t.says("/war history", answerText(r), f.Them.Name)
	return nil
}

func hasButton(r *simdiscord.Response, label string) bool {
	if r.Message == nil {
		return false
	}
	for _, row := range r.Message.Components {
		for _, c := range row.Components {
			if c.Label == label && !c.Disabled {
				return true
			}
		}
	}
	return false
}

func abs(n int64) int64 { return max(n, -n) }

// number and decimals write figures as people read them, worked out here and not
// by the bot's own code.
func number(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

func decimals(hundredths int64) string {
	return fmt.Sprintf("%s.%02d", number(hundredths/100), hundredths%100)
}
