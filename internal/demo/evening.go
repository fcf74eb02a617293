package demo

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"time"

	simdiscord "consigliere/internal/sim/discord"
	simtorn "consigliere/internal/sim/torn"
)

// strangers try what they may not.
func (t *tour) strangers(ctx context.Context) error {
	t.heading("Before anything is set up")
	stranger := t.person(t.people.stranger, "PassingBy")
	r, err := stranger.slash(ctx, "general", "war status", nil)
	if err != nil {
		return err
	}
	t.check(r.Ephemeral, "a stranger's /war status was answered in public")
	t.says("a stranger's /war status", answerText(r), "/link")
	if r, err = stranger.enterKey(ctx, "AAAABBBBCCCCDDDD"); err != nil {
		return err
	}
	t.check(r.Ephemeral, "the answer to a key was public")
	t.says("the answer to a key that Torn does not know", answerText(r), "Nothing was stored")
	if r, err = stranger.enterKey(ctx, t.torn.LeaderKey()); err != nil {
		return err
	}
	t.says("the answer to somebody else's key", answerText(r), "Nothing was stored")
	t.check(!strings.Contains(answerText(r), t.torn.LeaderKey()), "an answer shows a key")
	return nil
}

// joining links the people and sets the faction up.
func (t *tour) joining(ctx context.Context) error {
	t.heading("The leader links a key and sets the faction up")
	leader := t.person(t.people.leader, "Leader")
	if err := leader.link(ctx, t.torn.LeaderKey()); err != nil {
		return err
	}
	if err := leader.setUp(ctx); err != nil {
		return err
	}
	t.heading("An officer and a recruit link theirs")
	if err := t.person(t.people.officer, "Officer").link(ctx, t.torn.OfficerKey()); err != nil {
		return err
	}
	recruit := t.person(t.people.recruit, "Recruit")
	if err := recruit.link(ctx, t.torn.KeyOf(t.torn.Plan().Recruits[0])); err != nil {
		return err
	}
	if _, err := leader.slash(ctx, "general", "help", nil); err != nil {
		return err
	}
	// The first roster is a second or two away; from then on it is known that this is
	// a recruit, who may see nothing yet.
	var r *simdiscord.Response
	var err error
	for range 40 {
		if r, err = recruit.slash(ctx, "general", "war status", nil); err != nil {
			return err
		}
		if !strings.Contains(answerText(r), "has not been read yet") {
			break
		}
		if err := t.clock.Sleep(ctx, 20*time.Second); err != nil {
			return err
		}
	}
	t.check(r.Ephemeral && strings.Contains(answerText(r), "may"), "a recruit's /war status was not refused: %s", answerText(r))
	if r, err = leader.slash(ctx, "general", "status", nil); err != nil {
		return err
	}
	t.says("/status", answerText(r), "<t:")
	return t.lastWar(ctx, leader)
}

// matched is told in the war room, with the opponent and the hour.
func (t *tour) matched(ctx context.Context) error {
	t.heading("A war is matched")
	m, err := t.alert(ctx, "War matched")
	if err != nil {
		return err
	}
	f := t.torn.Figures(t.clock.Now())
	t.says("the alert of the match", messageText(m), f.Us.Name, f.Them.Name, number(f.Target), fmt.Sprint(f.Start.Unix()))
	officer := t.person(t.people.officer, "Officer")
	r, err := officer.slash(ctx, "war-room", "war status", nil)
	if err != nil {
		return err
	}
	t.says("/war status before the start", answerText(r), f.Them.Name, number(f.Target), fmt.Sprint(f.Start.Unix()))
	return nil
}

func (t *tour) started(ctx context.Context) error {
	if err := t.until(ctx, t.torn.Plan().Start); err != nil {
		return err
	}
	t.heading("The war starts")
	m, err := t.alert(ctx, "War is on")
	if err != nil {
		return err
	}
	t.says("the alert of the start", messageText(m), t.torn.Figures(t.clock.Now()).Them.Name)
	return nil
}

// fought holds the world still twice and looks at everything.
func (t *tour) fought(ctx context.Context) error {
	plan := t.torn.Plan()
	length := plan.End.Sub(plan.Start)
	for i, share := range []time.Duration{3, 7} {
		if err := t.until(ctx, plan.Start.Add(length*share/10)); err != nil {
			return err
		}
		t.torn.Hold()
		if err := t.clock.Sleep(ctx, settling); err != nil {
			return err
		}
		t.heading("A look at the war, number %d", i+1)
		if err := t.look(ctx); err != nil {
			return err
		}
		t.torn.Release()
	}
	return nil
}

// ended waits for the end, the last read and the report.
func (t *tour) ended(ctx context.Context) error {
	plan := t.torn.Plan()
	for t.torn.Figures(t.clock.Now()).Phase != "ended" {
		if err := t.clock.Sleep(ctx, 10*time.Second); err != nil {
			return err
		}
	}
	t.heading("The war is over")
	m, err := t.alert(ctx, "Won", "Lost", "Draw")
	if err != nil {
		return err
	}
	f := t.torn.Figures(t.clock.Now())
	outcome := "Lost"
	if f.Winner == f.Us.Faction {
		outcome = "Won"
	}
	t.says("the alert of the end", messageText(m), outcome, number(f.Us.Score)+" : "+number(f.Them.Score), f.Them.Name)
	if _, err := t.alert(ctx, "Official report is in"); err != nil {
		return err
	}
	ended := f.End
	if err := t.until(ctx, ended.Add(8*time.Minute)); err != nil { // the last re-read comes six minutes after the end
		return err
	}
	t.heading("The final figures")
	if err := t.look(ctx); err != nil {
		return err
	}
	t.checkAlerts(plan)
	return t.history(ctx)
}

// leaving takes a key back.
func (t *tour) leaving(ctx context.Context) error {
	t.heading("The recruit leaves")
	recruit := t.person(t.people.recruit, "Recruit")
	r, err := recruit.slash(ctx, "general", "unlink", nil)
	if err != nil {
		return err
	}
	if r, err = recruit.click(ctx, r, "Remove"); err != nil {
		return err
	}
	t.says("the answer to /unlink", answerText(r), "Unlinked", "1 key")
	return nil
}

// alert waits for a message in the war room that begins with one of some words.
func (t *tour) alert(ctx context.Context, words ...string) (simdiscord.Message, error) {
	waiting, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	m, err := t.discord.WaitFor(waiting, t.guild.Channel("war-room").ID, func(m simdiscord.Message) bool {
		return isAlert(m) && begins(m.Content, words)
	})
	if err != nil {
		return m, fmt.Errorf("%w: an alert that says %q: %w", errNoMessage, words, err)
	}
	fmt.Fprintln(t.out, indent("#war-room\n"+t.discord.RenderText(m)))
	return m, nil
}

// mentions are whom a message calls, before what it says.
var mentions = regexp.MustCompile(`^(<@&?\d+>\s*)+`)

func begins(content string, words []string) bool {
	content = strings.TrimLeft(mentions.ReplaceAllString(content, ""), "*")
	for _, w := range words {
		if strings.HasPrefix(content, w) {
			return true
		}
	}
	return false
}

var marker = regexp.MustCompile(`ref [0-9a-f]{8}$`)

// isAlert tells alerts, which end in a reference, from boards and answers.
func isAlert(m simdiscord.Message) bool {
	return marker.MatchString(strings.TrimSpace(messageText(m)))
}

// checkAlerts wants each alert of the war once.
func (t *tour) checkAlerts(plan simtorn.Plan) {
	counts := map[string]int{}
	for _, m := range t.discord.Messages(t.guild.Channel("war-room").ID) {
		if isAlert(m) {
			for _, w := range []string{"War matched", "War is on", "Won", "Lost", "Official report is in"} {
				if begins(m.Content, []string{w}) {
					counts[w]++
				}
			}
		}
	}
	for _, w := range []string{"War matched", "War is on", "Official report is in"} {
		t.check(counts[w] == 1, "%q was told %d times, want once (war %d)", w, counts[w], plan.WarID)
	}
	t.check(counts["Won"]+counts["Lost"] == 1, "the end was told %d times, want once", counts["Won"]+counts["Lost"])
}
