package demo

import (
	"context"
	"fmt"
	"strings"
	"time"

	simdiscord "consigliere/internal/sim/discord"
	simtorn "consigliere/internal/sim/torn"
)

// chaining is a chain in peace: a bonus hit that one takes while the others hold, a
// danger that one hit ends in the last moment, and one that nobody ends.
func (t *tour) chaining(ctx context.Context) error {
	t.heading("A chain begins")
	// The first warning is to fall into the watch.
	if err := t.until(ctx, t.watchFrom.Add(-6*time.Minute)); err != nil {
		return err
	}
	c := &chainStory{tour: t, chain: t.torn.NewChain(t.torn.OurFactionID()), began: t.clock.Now()}
	for _, act := range []func(context.Context) error{c.bonus, c.saved, c.broken, c.reported, c.remembered} {
		if err := act(ctx); err != nil {
			return err
		}
	}
	return nil
}

// chainStory is the chain of the evening, which people play hit by hit.
type chainStory struct {
	*tour
	chain *simtorn.HandChain
	began time.Time
}

// hits lands some more, so far apart, the first one that long after the later of now and
// the last one.
func (c *chainStory) hits(n int, apart time.Duration) error {
	at := c.clock.Now()
	if last := c.chain.Figures().Last; last.After(at) {
		at = last
	}
	for range n {
		at = at.Add(apart)
		if err := c.chain.Hit(0, at); err != nil {
			return err
		}
	}
	return nil
}

// bonus is the 25th hit: announced, taken by one, held for by the others, and told once.
func (c *chainStory) bonus(ctx context.Context) error {
	if err := c.hits(22, 6*time.Second); err != nil {
		return err
	}
	return c.carefully(ctx, func(ctx context.Context) error {
		m, err := c.alert(ctx, "Bonus in")
		if err != nil {
			return err
		}
		c.says("the bonus", messageText(m), "hit 25", "+20 respect", "Nobody has taken it yet")
		taker, holder := c.nameOf(c.playerOf(c.people.member)), c.nameOf(c.playerOf(c.people.officer))
		member, officer := c.person(c.people.member, "Member"), c.person(c.people.officer, "Officer")
		r, err := member.press(ctx, m, "I take it")
		if err != nil {
			return err
		}
		c.says("“I take it”", answerText(r), "**Yours**: hit 25")
		if m, err = c.edited(ctx, m, taker+" takes it"); err != nil {
			return err
		}
		if r, err = officer.press(ctx, m, "HOLD"); err != nil {
			return err
		}
		c.says("HOLD", answerText(r), "told to hold until hit 25")
		if m, err = c.edited(ctx, m, "HOLD · "); err != nil {
			return err
		}
		c.says("the bonus", unescaped(messageText(m)), "Said by "+holder)
		if r, err = officer.slash(ctx, "war-room", "chain status", nil); err != nil {
			return err
		}
		f := c.chain.Figures()
		c.says("/chain status", unescaped(answerText(r)), fmt.Sprintf("Chain: %d hits", f.Hits), stamp(f.Last.Add(5*time.Minute)), "Next bonus: hit **25**, +20 respect, 3 to go",
			"**"+taker+"** takes the bonus", "**HOLD**, says "+holder)
		return c.landed(ctx, m, taker)
	})
}

// landed is the bonus hit itself, by whoever took it.
func (c *chainStory) landed(ctx context.Context, m simdiscord.Message, taker string) error {
	if err := c.hits(2, 2*time.Second); err != nil {
		return err
	}
	if err := c.chain.Hit(c.playerOf(c.people.member), c.chain.Figures().Last.Add(3*time.Second)); err != nil {
		return err
	}
	if _, err := c.alert(ctx, "Chain at 25 hits"); err != nil {
		return err
	}
	m, err := c.edited(ctx, m, "Bonus hit 25 done")
	if err != nil {
		return err
	}
	c.says("the bonus that was made", unescaped(messageText(m)), "By **"+taker+"**")
	c.check(!hasButton(&simdiscord.Response{Message: &m}, "HOLD"), "a bonus that was made can be held for")
	if err := c.hits(6, 5*time.Second); err != nil {
		return err
	}
	for what, words := range map[string]string{"the bonus": "Bonus in", "the milestone": "Chain at 25 hits"} {
		n := len(c.alerts(c.began, words))
		c.check(n == 1, "%s was told %d times, want once", what, n)
	}
	return nil
}

// endures waits until a danger is nearly over, slowly so that its warnings come apart.
// What comes of it is for then, before the story goes on at its own speed.
func (c *chainStory) endures(ctx context.Context, deadline time.Time, then func(context.Context) error) error {
	if err := c.until(ctx, deadline.Add(-125*time.Second)); err != nil {
		return err
	}
	return c.carefully(ctx, func(ctx context.Context) error {
		if err := c.until(ctx, deadline.Add(-10*time.Second)); err != nil {
			return err
		}
		return then(ctx)
	})
}

// warnings are those of a deadline, compared with its timer: each stage once, those on
// watch called first and alone, the squad in the end.
func (c *chainStory) warnings(deadline time.Time) (list []simdiscord.Message) {
	told := map[int]int{}
	for _, m := range c.alerts(c.began, "Hit now", "UNCONFIRMED") {
		first := c.discord.History(m.ID)[0]
		if !strings.Contains(first.Content, stamp(deadline)) {
			continue
		}
		list = append(list, first)
		left := int(deadline.Sub(m.Timestamp) / time.Second)
		for _, stage := range []int{30, 60, 90, 120} {
			if left <= stage {
				told[stage]++
				break
			}
		}
	}
	for _, stage := range []int{120, 90, 60, 30} {
		c.check(told[stage] == 1, "with %d seconds left there were %d warnings, want one", stage, told[stage])
	}
	if len(list) != 4 {
		return list
	}
	squad := []string{c.people.leader, c.people.officer, c.people.member}
	c.check(calls(list[0], c.people.member) && !calls(list[0], c.people.leader) && !calls(list[0], c.people.officer), "the first warning does not call the watcher alone: %s", list[0].Content)
	c.says("the first warning", unescaped(messageText(list[0])), "On watch: "+c.nameOf(c.playerOf(c.people.member)))
	c.says("the second warning", messageText(list[1]), "Online and fit <t:")
	for _, m := range list[2:] {
		for _, user := range squad {
			c.check(calls(m, user), "a late warning does not call the whole squad: %s", m.Content)
		}
	}
	return list
}

func calls(m simdiscord.Message, user string) bool {
	for _, u := range m.Mentions {
		if u.ID == user {
			return true
		}
	}
	return false
}

// saved is the danger that a hit ends with ten seconds left.
func (c *chainStory) saved(ctx context.Context) error {
	c.heading("The timer runs low, and one hit saves the chain")
	last := c.chain.Figures().Last
	if err := c.chain.Hit(c.playerOf(c.people.officer), last.Add(290*time.Second)); err != nil {
		return err
	}
	return c.endures(ctx, last.Add(300*time.Second), func(ctx context.Context) error {
		saver := c.nameOf(c.playerOf(c.people.officer))
		m, err := c.inRoom(ctx, "the chain saved by "+saver, func(m simdiscord.Message) bool {
			return !m.Timestamp.Before(c.began) && strings.Contains(bare(m.Content), "Chain saved by "+saver)
		})
		if err != nil {
			return err
		}
		for _, m := range append(c.warnings(last.Add(300*time.Second)), m) {
			if m, err = c.edited(ctx, m, "Chain saved by "+saver); err != nil {
				return err
			}
			c.says("the chain that was saved", messageText(m), "with 0:10 left", "32 hits")
		}
		return nil
	})
}

// broken is the danger that nobody ends.
func (c *chainStory) broken(ctx context.Context) error {
	c.heading("Nobody hits, and the chain breaks")
	if err := c.hits(8, 10*time.Second); err != nil {
		return err
	}
	f := c.chain.Figures()
	deadline, broke := f.Last.Add(300*time.Second), fmt.Sprintf("Chain broke at %d", f.Hits)
	return c.endures(ctx, deadline, func(ctx context.Context) error {
		_, err := c.inRoom(ctx, "the end of the chain", func(m simdiscord.Message) bool { // and not a warning that says so now
			return !m.Timestamp.Before(c.began) && isAlert(m) && begins(m.Content, []string{broke}) && !strings.Contains(messageText(m), "Nobody hit in time")
		})
		if err != nil {
			return err
		}
		for _, m := range c.warnings(deadline) {
			if _, err := c.edited(ctx, m, broke); err != nil {
				return err
			}
		}
		return nil
	})
}

// reported is what the chain came to, in the message that said it broke.
func (c *chainStory) reported(ctx context.Context) error {
	f := c.chain.Figures()
	list := c.alerts(c.began, fmt.Sprintf("Chain broke at %d", f.Hits))
	c.check(len(list) == 1, "the end was told %d times, want once", len(list))
	if len(list) == 0 {
		return nil
	}
	m, err := c.edited(ctx, list[0], fmt.Sprintf("%s respect by %d members", number((f.Total.Respect+50)/100), len(f.Members)))
	if err != nil {
		return err
	}
	text := unescaped(messageText(m))
	c.says("the end report", text, number((f.Total.Respect-f.Total.Bonus+50)/100)+" without bonuses, "+number(f.Total.Bonus/100)+" of bonuses",
		fmt.Sprintf("On watch: %s %d min", c.nameOf(c.playerOf(c.people.member)), int(f.Last.Add(300*time.Second).Sub(c.watchFrom).Round(time.Minute)/time.Minute)))
	for i, row := range c.chainRanking(f)[:5] {
		c.says("the end report", text, fmt.Sprintf("%d. %s: **%s hit", i+1, row.name, row.hits))
	}
	c.check(len(c.alerts(c.began, "Chain over")) == 0, "the end report was told in a message of its own as well")
	return nil
}

// remembered compares what can be asked about the chain afterwards.
func (c *chainStory) remembered(ctx context.Context) error {
	c.heading("What the chain came to")
	f := c.chain.Figures()
	officer := c.person(c.people.officer, "Officer")
	r, err := officer.slash(ctx, "war-room", "chain report", nil)
	if err != nil {
		return err
	}
	text := answerText(r)
	c.says("/chain report", text, fmt.Sprintf("Chain of %d hits", f.Hits), "**"+decimals(f.Total.Respect)+"** respect, **"+decimals(f.Total.Respect-f.Total.Bonus)+"** without bonuses")
	c.says("/chain report", unescaped(text), "25 "+c.nameOf(f.Bonuses[25])+" (+20)")
	c.compareTable("the chain", c.chainRanking(f), readTable(text))
	if r, err = officer.slash(ctx, "war-room", "chain history", nil); err != nil {
		return err
	}
	c.says("/chain history", answerText(r), fmt.Sprintf("**%d hits** · %s · %s respect", f.Hits, f.Begin.Format("2 Jan 2006 15:04"), number((f.Total.Respect+50)/100)))
	if r, err = officer.slash(ctx, "war-room", "chain status", nil); err != nil {
		return err
	}
	c.says("/chain status after the end", answerText(r), "No chain", fmt.Sprintf("ended at %d hits", f.Hits))
	return c.lookAtChainPage(ctx, c.chain)
}
