package demo

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	simdiscord "consigliere/internal/sim/discord"
)

var (
	ruleCount  = regexp.MustCompile(`Alerts · (\d+) rule`)
	ruleNumber = regexp.MustCompile("`#(\\d+)`")
)

// alerting decides what the faction is told: rules are listed, added, changed, tested,
// silenced and taken away.
func (t *tour) alerting(ctx context.Context) error {
	t.heading("What the faction is told, and where")
	leader := t.person(t.people.leader, "Leader")
	before, _, err := t.rules(ctx, leader)
	if err != nil {
		return err
	}
	t.says("/alerts list", before, "war.started", "chain.timer", "from 100 hits on", "<#"+t.guild.Channel("war-room").ID+">")
	for kind, least := range map[string]int{"chain.bonus_soon": 10, "chain.milestone": 10} {
		id := ruleOf(before, kind)
		r, err := leader.slash(ctx, "officers", "alerts edit", map[string]any{"rule": id, "at_least": least})
		if err != nil {
			return err
		}
		t.says("/alerts edit", answerText(r), "Changed", kind, "from 10 hits on")
	}
	squad, err := t.addRule(ctx, leader, map[string]any{"kind": "chain.timer", "channel": t.guild.Channel("war-room").ID, "squad": chainers, "at_least": 10})
	if err != nil {
		return err
	}
	// It is worth sending for two minutes, which are less than a second of the evening.
	err = t.carefully(ctx, func(ctx context.Context) error { return t.sample(ctx, leader, squad) })
	if err != nil {
		return err
	}
	if err := t.silence(ctx, leader, squad); err != nil {
		return err
	}
	return t.toOneself(ctx, leader, before)
}

// rules reads every page of the list, and how many rules it says there are.
func (t *tour) rules(ctx context.Context, who *actor) (text string, n int, err error) {
	r, err := who.slash(ctx, "officers", "alerts list", nil)
	if err != nil {
		return "", 0, err
	}
	t.check(r.Ephemeral, "the alert rules were shown in public")
	quiet := *who
	quiet.note = func(string) {}
	for {
		text += answerText(r)
		if !hasButton(r, "Next") {
			break
		}
		if r, err = quiet.click(ctx, r, "Next"); err != nil {
			return "", 0, err
		}
	}
	if m := ruleCount.FindStringSubmatch(text); m != nil {
		n, _ = strconv.Atoi(m[1]) // digits
	}
	t.check(n == len(ruleNumber.FindAllString(text, -1)), "the list says %d rules and names %d", n, len(ruleNumber.FindAllString(text, -1)))
	return text, n, nil
}

// ruleOf finds the number of the first rule of a kind in a list.
func ruleOf(list, kind string) int {
	for line := range strings.Lines(list) {
		if m := ruleNumber.FindStringSubmatch(line); m != nil && strings.Contains(line, "**"+kind+"**") {
			n, _ := strconv.Atoi(m[1]) // digits
			return n
		}
	}
	return 0
}

// addRule adds a rule and gives its number.
func (t *tour) addRule(ctx context.Context, who *actor, options map[string]any) (int, error) {
	r, err := who.slash(ctx, "officers", "alerts add", options)
	if err != nil {
		return 0, err
	}
	kind := fmt.Sprint(options["kind"])
	t.says("/alerts add", answerText(r), "Added", kind)
	return ruleOf(answerText(r), kind), nil
}

// sample has a sample of the squad's rule sent, which calls nobody.
func (t *tour) sample(ctx context.Context, who *actor, rule int) error {
	r, err := who.slash(ctx, "officers", "alerts test", map[string]any{"rule": rule})
	if err != nil {
		return err
	}
	t.says("/alerts test", answerText(r), "chain.timer", "arrived in <#"+t.guild.Channel("war-room").ID+">")
	m, err := t.inRoom(ctx, "a sample of a chain's timer", func(m simdiscord.Message) bool {
		return isAlert(m) && begins(m.Content, []string{"Test, nothing happened"}) && strings.Contains(m.Content, "breaks")
	})
	if err != nil {
		return err
	}
	t.check(len(m.Mentions) == 0 && !strings.Contains(m.Content, "<@"), "a sample calls somebody: %s", m.Content)
	return nil
}

// silence mutes a rule and ends that again.
func (t *tour) silence(ctx context.Context, who *actor, rule int) error {
	r, err := who.slash(ctx, "officers", "alerts mute", map[string]any{"rule": rule, "minutes": 30})
	if err != nil {
		return err
	}
	t.says("/alerts mute", answerText(r), "1 rule is silent until")
	list, _, err := t.rules(ctx, who)
	if err != nil {
		return err
	}
	t.check(strings.Count(list, "silent until") == 1, "the list shows %d silent rules, want 1", strings.Count(list, "silent until"))
	if r, err = who.slash(ctx, "officers", "alerts mute", map[string]any{"rule": rule, "minutes": 0}); err != nil {
		return err
	}
	t.says("the end of /alerts mute", answerText(r), "1 rule is told again")
	return nil
}

// toOneself adds a rule that sends to a person, and removes it.
func (t *tour) toOneself(ctx context.Context, who *actor, before string) error {
	rule, err := t.addRule(ctx, who, map[string]any{"kind": "war.lead", "member": t.nameOf(t.playerOf(t.people.leader))})
	if err != nil {
		return err
	}
	r, err := who.slash(ctx, "officers", "alerts test", map[string]any{"rule": rule})
	if err != nil {
		return err
	}
	t.says("/alerts test", answerText(r), "arrived as a direct message")
	if _, err := t.direct(ctx, who, "Test, nothing happened"); err != nil {
		return err
	}
	if r, err = who.slash(ctx, "officers", "alerts remove", map[string]any{"rule": rule}); err != nil {
		return err
	}
	t.says("/alerts remove", answerText(r), "Removed", "war.lead")
	after, n, err := t.rules(ctx, who)
	if err != nil {
		return err
	}
	had := len(ruleNumber.FindAllString(before, -1))
	t.check(n == had+1 && ruleOf(after, "war.lead") == 0, "after all that there are %d rules, want %d, the one of the squad more", n, had+1)
	return nil
}
