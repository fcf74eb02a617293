package demo

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	simdiscord "consigliere/internal/sim/discord"
)

// shown is the button that puts a past war's report into the channel.
var shown = regexp.MustCompile(`^war:show:\d+:(\d+):`)

// lastWar compares what the set-up shows of the faction's latest war, fought before
// the bot came, with what happened in it.
func (t *tour) lastWar(ctx context.Context, leader *actor) error {
	t.heading("The last war, rebuilt")
	// It is read in the time that polls leave, and shown by itself where the channel was
	// chosen; whoever comes back later presses the button.
	reading, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	var r *simdiscord.Response
	for done := false; !done; {
		var err error
		if r, err = leader.slash(reading, "general", "setup", nil); err != nil {
			return err
		}
		if done = strings.Contains(answerText(r), "Your last war** is read"); !done {
			if err := t.clock.Sleep(reading, time.Minute); err != nil {
				return fmt.Errorf("the last war is not read: %w", err)
			}
		}
	}
	r, err := leader.click(ctx, r, "Your last war")
	if err != nil {
		return err
	}
	t.says("the set-up", answerText(r), "Your last war** is read", "Rewards:", "Log")
	id, err := componentID(r, "war:show:")
	if err != nil {
		return err
	}
	of, err := strconv.ParseInt(shown.FindStringSubmatch(id)[1], 10, 64)
	if err != nil {
		return fmt.Errorf("the button %s names no war: %w", id, err)
	}
	if r, err = leader.click(ctx, r, "Show in channel"); err != nil {
		return err
	}
	t.check(!r.Ephemeral, "the report was not put into the channel")
	f := t.torn.FiguresOf(of, t.torn.OurFactionID(), t.clock.Now())
	t.says("the report of the last war", answerText(r), f.Them.Name, number(f.Us.Total.WarHits), " : "+number(f.Them.Score), "Gold II")
	if r, err = leader.slash(ctx, "general", "war reconcile", map[string]any{"war": strconv.FormatInt(of, 10)}); err != nil {
		return err
	}
	t.says("/war reconcile", answerText(r), "mercenary 1", "war flag 1", "edge 1", "hits of mercenaries are not in our log")
	return nil
}
