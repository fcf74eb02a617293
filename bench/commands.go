package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"

	"consigliere/internal/clock"
	"consigliere/internal/demo"
	simdiscord "consigliere/internal/sim/discord"
	simtorn "consigliere/internal/sim/torn"
)

const (
	talkSpeed  = 10                    // a poll of the log every second, a change of the live message every few
	rounds     = 40                    // of every question
	thinking   = 50 * time.Millisecond // at most, between two questions
	answerTime = 150 * time.Millisecond
)

// measureCommands asks the whole bot, through Discord's gateway and REST interface as
// the stand-in speaks them, about a war of 100 000 attacks while it is being fought.
func measureCommands(ctx context.Context) ([]figure, error) {
	log := slog.New(slog.DiscardHandler)
	clk := clock.NewScaled(time.Now().Truncate(time.Second), talkSpeed)
	stage, err := demo.NewStage(ctx, clk, talkSpeed, simtorn.Config{
		Seed: 1, MembersPerSide: members, Intensity: 0.05, MatchedAfter: -72 * time.Hour, StartsAfter: -48 * time.Hour, WarLength: 72 * time.Hour,
	})
	if err != nil {
		return nil, err
	}
	defer stage.Close()
	db, err := newDatabase(ctx, stage.Config, log)
	if err != nil {
		return nil, err
	}
	defer db.close()
	if err := loadWar(ctx, db.store, stage.Torn, stage.Guild.ID, large, clk.Now()); err != nil {
		return nil, err
	}
	// Somebody fights all the while: an attack a second of the story.
	now := clk.Now()
	if err := stage.Torn.FillWar(stage.Torn.WarID(), 1800, now, now.Add(30*time.Minute)); err != nil {
		return nil, err
	}
	asked := talk{stage: stage, rng: rand.New(rand.NewPCG(5, 6)), took: map[string][]time.Duration{}}
	if err := stage.Run(ctx, log, asked.run); err != nil {
		return nil, err
	}
	return asked.figures(), nil
}

// talk is an officer who asks the bot one thing after the other.
type talk struct {
	stage *demo.Stage
	rng   *rand.Rand
	took  map[string][]time.Duration // by what was asked
}

func (t *talk) run(ctx context.Context) error {
	if err := t.admitted(ctx, t.questions()); err != nil {
		return err
	}
	for range rounds {
		for _, q := range t.questions() {
			took, err := q.ask(ctx)
			if err != nil {
				return err
			}
			t.took[q.name] = append(t.took[q.name], took)
			if err := (clock.Wall{}).Sleep(ctx, time.Duration(t.rng.Int64N(int64(thinking)))); err != nil {
				return err
			}
		}
	}
	return nil
}

// admitted waits until the roster has been read, which says that an officer may ask,
// and asks everything once.
func (t *talk) admitted(ctx context.Context, questions []question) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	for _, q := range questions {
		for {
			_, err := q.ask(ctx)
			if err == nil {
				break
			}
			if ended := (clock.Wall{}).Sleep(ctx, 2*thinking); ended != nil {
				return errors.Join(err, ended)
			}
		}
	}
	return nil
}

// question is one thing to ask, and how long the answer took.
type question struct {
	name string
	ask  func(context.Context) (time.Duration, error)
}

// bare is the question whose answer needs neither the war nor a picture: what a call
// costs at the least.
const bare = "/help"

func (t *talk) questions() []question {
	ours := t.stage.Torn.Roster(t.stage.Torn.OurFactionID())
	theirs := t.stage.Torn.Roster(t.stage.Torn.EnemyFactionID())
	theirs = theirs[:len(theirs)-idle] // of an enemy who did nothing the bot knows nothing
	anybody := func(of []simtorn.Player) string { return strconv.FormatInt(of[t.rng.IntN(len(of))].ID, 10) }
	return []question{
		t.slash(bare, "help", nil),
		t.slash("/war status", "war status", nil),
		t.slash("/war scoreboard", "war scoreboard", nil),
		t.slash("/war scoreboard, theirs", "war scoreboard", map[string]any{"side": "them", "sort": "average"}),
		t.slash("/war member", "war member", map[string]any{"member": anybody(ours)}),
		t.slash("/war attacks", "war attacks", nil),
		t.slash("/war attacks of one", "war attacks", map[string]any{"member": anybody(append(ours, theirs...))}),
		t.slash("/war attacks of a kind", "war attacks", map[string]any{"class": []string{"assist", "lost"}[t.rng.IntN(2)]}),
		t.slash("/war attacks, none found", "war attacks", map[string]any{"class": "interrupted"}),
		t.slash("/status", "status", nil),
		t.complete("suggest a member", "war member", "member", ours[t.rng.IntN(len(ours))].Name[:2]),
		t.complete("suggest a war", "war scoreboard", "war", ""),
	}
}

func (t *talk) slash(name, path string, options map[string]any) question {
	return question{name, func(ctx context.Context) (time.Duration, error) {
		r, err := t.stage.Officer.Slash(ctx, t.stage.Guild.ID, t.stage.Guild.Channel("war-room").ID, path, options)
		if err != nil {
			return 0, err
		}
		return r.Final, refused(name, r)
	}}
}

// refused is an error when an answer is one of those that say no.
func refused(name string, r *simdiscord.Response) error {
	if r.Message == nil || len(r.Message.Embeds) == 0 || name == "/war status" && len(r.Message.Attachments) == 0 {
		return fmt.Errorf("%s was answered: %s", name, strings.TrimSpace(r.Text()))
	}
	return nil
}

func (t *talk) complete(name, path, option, typed string) question {
	return question{name, func(ctx context.Context) (time.Duration, error) {
		began := time.Now()
		choices, err := t.stage.Officer.Autocomplete(ctx, t.stage.Guild.ID, t.stage.Guild.Channel("war-room").ID, path, nil, option, typed)
		if err == nil && len(choices) == 0 {
			err = fmt.Errorf("%s: nothing was suggested for %q", name, typed)
		}
		return time.Since(began), err
	}}
}

func (t *talk) figures() []figure {
	var all []time.Duration
	var each []string
	for name, took := range t.took {
		each = append(each, fmt.Sprintf("%s %s", name, ms(percentile(took, 50))))
		if name != bare {
			all = append(all, took...)
		}
	}
	slices.Sort(each)
	p99 := percentile(all, 99)
	return []figure{
		{"p99 of slash commands about a war of 100 000 attacks", ms(p99), ms(answerTime),
			fmt.Sprintf("p50 %s, p95 %s, max %s of %d calls while the war goes on, from the interaction to the whole answer; %.1f times the median %s", ms(percentile(all, 50)),
				ms(percentile(all, 95)), ms(percentile(all, 100)), len(all), float64(p99)/float64(percentile(t.took[bare], 50)), bare),
			len(all) >= 300 && p99 <= answerTime},
		{"medians by command", strings.Join(each, "<br>"), "", "", true},
	}
}
