package discord_test

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"consigliere/internal/chat"
	"consigliere/internal/discord"
	sim "consigliere/internal/sim/discord"
)

func TestAQuickHandlerAnswersDirectly(t *testing.T) {
	t.Parallel()
	var got chat.Request
	b := newBot(t, setup{router: router{handle: func(_ context.Context, q chat.Request) chat.Reply {
		got = q
		return privately("pong")
	}}})
	r, err := b.person.Slash(soon(t), guildID, channelID, "war track start", map[string]any{"channel": "#war"})
	if err != nil {
		t.Fatal(err)
	}
	if r.Message.Content != "pong" || !r.Ephemeral || r.Deferred {
		t.Errorf("answer %+v", r)
	}
	if got.Path != "war track start" || got.Options["channel"] != channelID || got.GuildID != guildID ||
		got.ChannelID != channelID || got.UserID != ownerID || got.UserName != "Boss" || got.CorrelationID == "" {
		t.Errorf("request %+v", got)
	}
}

func TestASlowPlanIsDeferredAtOnce(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	b := newBot(t, setup{router: router{
		plan: func(chat.Request) chat.Plan { return chat.Plan{Slow: true, Ephemeral: true} },
		handle: func(ctx context.Context, _ chat.Request) chat.Reply {
			<-release
			return says("done")
		},
	}})
	time.AfterFunc(300*time.Millisecond, func() { close(release) })
	r := b.slash(t, "ping")
	if !r.Deferred || !r.Ephemeral || r.Message.Content != "done" {
		t.Errorf("answer %+v", r)
	}
	if r.First > 250*time.Millisecond {
		t.Errorf("deferred after %v", r.First)
	}
}

func TestAHandlerThatTakesItsTimeIsDeferredInTime(t *testing.T) {
	t.Parallel()
	b := newBot(t, setup{router: router{
		plan: func(chat.Request) chat.Plan { return chat.Plan{Ephemeral: true} },
		handle: func(ctx context.Context, _ chat.Request) chat.Reply {
			time.Sleep(2200 * time.Millisecond)
			return privately("done")
		},
	}})
	r := b.slash(t, "ping")
	if !r.Deferred || !r.Ephemeral || r.Message.Content != "done" {
		t.Errorf("answer %+v", r)
	}
	if r.First < 1300*time.Millisecond || r.First > 2800*time.Millisecond {
		t.Errorf("deferred after %v, want about 1.5 s", r.First)
	}
}

func TestAPrivateAnswerToAPublicDeferralStaysPrivate(t *testing.T) {
	t.Parallel()
	b := newBot(t, setup{router: router{
		plan:   func(chat.Request) chat.Plan { return chat.Plan{Slow: true} },
		handle: func(context.Context, chat.Request) chat.Reply { return privately("secret figures") },
	}})
	b.slash(t, "ping")
	m := b.await(t, "secret figures")
	if !m.Ephemeral() {
		t.Error("the private answer is public")
	}
	for _, m := range b.sim.Messages(channelID) {
		t.Errorf("public message left: %+v", m)
	}
}

func TestAFormIsShownSubmittedAndAnswered(t *testing.T) {
	t.Parallel()
	b := newBot(t, setup{router: router{
		plan: func(q chat.Request) chat.Plan { return chat.Plan{Modal: q.Kind == chat.Slash, Ephemeral: true} },
		handle: func(_ context.Context, q chat.Request) chat.Reply {
			if q.Kind == chat.ModalSubmit {
				return privately(q.ID + " " + q.Fields["api_key"])
			}
			time.Sleep(1800 * time.Millisecond) // beyond the automatic deferral, which must not come
			return chat.Reply{Modal: &chat.Modal{ID: "link", Title: "Link", Inputs: []chat.Input{{ID: "api_key", Label: "Key", Required: true}}}}
		},
	}})
	r := b.slash(t, "ping")
	if r.Modal == nil || r.Modal.Title != "Link" || r.Deferred {
		t.Fatalf("answer %+v", r)
	}
	r, err := b.person.SubmitModal(soon(t), r.Modal, map[string]string{"api_key": "abc"})
	if err != nil || r.Message.Content != "link abc" || !r.Ephemeral {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestAFormThatComesTooLateBecomesAnExplanation(t *testing.T) {
	t.Parallel()
	b := newBot(t, setup{router: router{
		plan: func(chat.Request) chat.Plan { return chat.Plan{Modal: true} },
		handle: func(ctx context.Context, _ chat.Request) chat.Reply {
			<-ctx.Done()
			return chat.Reply{}
		},
	}})
	r := b.slash(t, "ping")
	if r.Message == nil || !strings.Contains(r.Message.Content, "took too long") || !r.Ephemeral {
		t.Errorf("answer %+v", r)
	}
}

// board answers /ping with a message that has a button and a select.
func board(ephemeral bool) chat.Reply {
	return chat.Reply{Ephemeral: ephemeral, Message: chat.Message{Content: "board", Rows: []chat.Row{
		{Buttons: []chat.Button{{ID: "refresh", Label: "Refresh"}}},
		{Select: &chat.Select{ID: "side", Options: []chat.SelectOption{{Label: "Us", Value: "us"}, {Label: "Them", Value: "them"}}}},
	}}}
}

func TestComponentsUpdateTheirMessageOrAddOne(t *testing.T) {
	t.Parallel()
	for _, slow := range []bool{false, true} {
		for _, ephemeral := range []bool{false, true} {
			t.Run(fmt.Sprintf("slow %v, ephemeral %v", slow, ephemeral), func(t *testing.T) {
				t.Parallel()
				var answer chat.Reply
				b := newBot(t, setup{router: router{
					plan: func(chat.Request) chat.Plan { return chat.Plan{Slow: slow, Ephemeral: ephemeral} },
					handle: func(_ context.Context, q chat.Request) chat.Reply {
						if q.Kind == chat.Slash {
							return board(ephemeral)
						}
						if len(q.Values) > 0 {
							answer.Content = q.ID + " " + q.Values[0]
						}
						return answer
					},
				}})
				msg := *b.slash(t, "ping").Message

				answer = chat.Reply{Update: true, Message: chat.Message{Content: "fresh", Rows: board(false).Rows}}
				r, err := b.person.Click(soon(t), msg, "Refresh")
				if err != nil || !r.Updated || r.Message.ID != msg.ID || r.Message.Content != "fresh" {
					t.Fatalf("update: %+v, %v", r, err)
				}
				if r.Deferred != slow {
					t.Errorf("deferred: %v", r.Deferred)
				}
				answer = chat.Reply{Update: true}
				if r, err = b.person.Select(soon(t), msg, "side", "Them"); err != nil || r.Message.ID != msg.ID || r.Message.Content != "side them" {
					t.Fatalf("select: %+v, %v", r, err)
				}
				if len(r.Message.Components) != 0 {
					t.Error("the update left the old rows")
				}
				// The board is gone from the message; a new one for the rest.
				msg = *b.slash(t, "ping").Message
				answer = privately("only you")
				if _, err = b.person.Click(soon(t), msg, "refresh"); err != nil {
					t.Fatal(err)
				}
				if m := b.await(t, "only you"); !m.Ephemeral() || m.ID == msg.ID {
					t.Errorf("new message %+v", m)
				}
			})
		}
	}
}

func TestAButtonMayBeAcknowledgedWithoutAWord(t *testing.T) {
	t.Parallel()
	b := newBot(t, setup{router: router{handle: func(_ context.Context, q chat.Request) chat.Reply {
		if q.Kind == chat.Slash {
			return board(false)
		}
		return chat.Reply{}
	}}})
	msg := *b.slash(t, "ping").Message
	before := b.sim.Count("POST", "interactions/*/*/callback")
	ctx := soon(t)
	go func() { _, _ = b.person.Click(ctx, msg, "refresh") }()
	until(t, func() bool { return b.sim.Count("POST", "interactions/*/*/callback") > before })
	if m, _ := b.sim.Message(msg.ID); m.Content != "board" {
		t.Errorf("the message became %+v", m)
	}
}

func TestSuggestionsForWhatIsHalfTyped(t *testing.T) {
	t.Parallel()
	b := newBot(t, setup{router: router{complete: func(_ context.Context, q chat.Request) []chat.Choice {
		if q.Kind != chat.Autocomplete || q.Path != "war member" {
			t.Errorf("request %+v", q)
		}
		if q.Options["member"] == "boom" {
			panic("no such member")
		}
		return []chat.Choice{{Name: q.Focused + "=" + q.Options[q.Focused], Value: "17"}, {Name: "not a number", Value: "x"}}
	}}})
	complete := func(option, partial string) []sim.Choice {
		t.Helper()
		list, err := b.person.Autocomplete(soon(t), guildID, channelID, "war member", nil, option, partial)
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	if list := complete("member", "bo"); len(list) != 2 || list[0].Name != "member=bo" || list[0].Value != "17" {
		t.Errorf("text: %+v", list)
	}
	if list := complete("war", "12ab"); len(list) != 1 || list[0].Name != "war=12ab" || list[0].Text() != "17" {
		t.Errorf("number: %+v", list)
	}
	if list := complete("war", ""); len(list) != 1 {
		t.Errorf("nothing typed: %+v", list)
	}
	if list := complete("member", "boom"); len(list) != 0 {
		t.Errorf("after a panic: %+v", list)
	}
}

var reference = regexp.MustCompile(`reference ([a-z0-9]{8})\)`)

func TestAPanicIsCaughtLoggedAndExplained(t *testing.T) {
	t.Parallel()
	for _, where := range []string{"plan", "handler", "deferred handler"} {
		t.Run(where, func(t *testing.T) {
			t.Parallel()
			b := newBot(t, setup{router: router{
				plan: func(chat.Request) chat.Plan {
					if where == "plan" {
						panic("boom " + token)
					}
					return chat.Plan{Slow: where == "deferred handler", Ephemeral: true}
				},
				handle: func(context.Context, chat.Request) chat.Reply { panic(errors.New("boom " + token)) },
			}})
			r := b.slash(t, "ping")
			found := reference.FindStringSubmatch(r.Message.Content)
			if found == nil || !r.Ephemeral || !strings.Contains(r.Message.Content, "broke on our side") {
				t.Fatalf("answer %q", r.Message.Content)
			}
			log := b.log.String()
			if !strings.Contains(log, "correlation_id="+found[1]) || !strings.Contains(log, "serve_test.go") || !strings.Contains(log, "boom [token]") {
				t.Errorf("log without reference, stack or cause:\n%s", log)
			}
			until(t, func() bool { return len(b.seen()) == 1 })
			if got := b.seen()[0]; got.Outcome != "panic" || got.Name != "ping" {
				t.Errorf("observed %+v", got)
			}
		})
	}
}

func TestAReplyBeyondALimitBecomesAnExplanation(t *testing.T) {
	t.Parallel()
	for _, slow := range []bool{false, true} {
		t.Run(fmt.Sprint("slow ", slow), func(t *testing.T) {
			t.Parallel()
			b := newBot(t, setup{router: router{
				plan:   func(chat.Request) chat.Plan { return chat.Plan{Slow: slow, Ephemeral: true} },
				handle: func(context.Context, chat.Request) chat.Reply { return says(strings.Repeat("x", 2001)) },
			}})
			r := b.slash(t, "ping")
			if !strings.Contains(r.Message.Content, "breaks one of Discord's limits") || !r.Ephemeral {
				t.Errorf("answer %+v", r.Message)
			}
			if !strings.Contains(b.log.String(), "content has 2001 characters") {
				t.Errorf("log: %s", b.log)
			}
		})
	}
}

func TestAFormAfterADeferralBecomesAnExplanation(t *testing.T) {
	t.Parallel()
	b := newBot(t, setup{router: router{
		plan: func(chat.Request) chat.Plan { return chat.Plan{Slow: true, Ephemeral: true} },
		handle: func(context.Context, chat.Request) chat.Reply {
			return chat.Reply{Modal: &chat.Modal{ID: "m", Title: "t", Inputs: []chat.Input{{ID: "i", Label: "l"}}}}
		},
	}})
	if r := b.slash(t, "ping"); !strings.Contains(r.Message.Content, "cannot be shown here") {
		t.Errorf("answer %+v", r.Message)
	}
}

func TestAHandlerThatNeverReturnsIsGivenUp(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	b := newBot(t, setup{
		config: func(c *discord.Config) { c.HandlerTimeout = 500 * time.Millisecond },
		router: router{
			plan:   func(chat.Request) chat.Plan { return chat.Plan{Ephemeral: true} },
			handle: func(context.Context, chat.Request) chat.Reply { <-release; return says("too late") },
		},
	})
	r := b.slash(t, "ping")
	close(release)
	if !strings.Contains(r.Message.Content, "took too long") {
		t.Errorf("answer %+v", r.Message)
	}
}

func TestALongAnswerShowsHowItComesAlongAndMayOutlastTheOthers(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	b := newBot(t, setup{
		config: func(c *discord.Config) { c.HandlerTimeout = 100 * time.Millisecond },
		router: router{
			plan: func(chat.Request) chat.Plan { return chat.Plan{Slow: true, Long: true} },
			handle: func(ctx context.Context, q chat.Request) chat.Reply {
				q.Progress(chat.Message{Content: strings.Repeat("x", 2001)}) // refused, and no harm done
				q.Progress(chat.Message{Content: "1 of 2"})
				select {
				case <-release:
					return says("done")
				case <-ctx.Done():
					return says("given up")
				}
			},
		},
	})
	b.sendOff(t, "ping")
	b.await(t, "1 of 2")
	time.AfterFunc(200*time.Millisecond, func() { close(release) }) // past the others' limit
	b.await(t, "done")
}

func TestFilesArriveWithDirectAndDeferredAnswers(t *testing.T) {
	t.Parallel()
	for _, slow := range []bool{false, true} {
		t.Run(fmt.Sprint("slow ", slow), func(t *testing.T) {
			t.Parallel()
			b := newBot(t, setup{router: router{
				plan: func(chat.Request) chat.Plan { return chat.Plan{Slow: slow} },
				handle: func(context.Context, chat.Request) chat.Reply {
					return chat.Reply{Message: chat.Message{
						Embeds: []chat.Embed{{Title: "Score", Image: "chart.png"}},
						Files:  []chat.File{{Name: "chart.png", ContentType: "image/png", Alt: "score over time", Data: []byte("\x89PNG\r\n\x1a\n")}},
					}}
				},
			}})
			r := b.slash(t, "ping")
			if len(r.Message.Attachments) != 1 || r.Message.Attachments[0].Description != "score over time" ||
				string(r.Message.Attachments[0].Data) != "\x89PNG\r\n\x1a\n" {
				t.Errorf("files %+v", r.Message.Attachments)
			}
		})
	}
}

func TestTenSlowEditsDoNotWaitForEachOther(t *testing.T) {
	t.Parallel()
	const each = 400 * time.Millisecond
	b := newBot(t, setup{router: router{
		plan:   func(chat.Request) chat.Plan { return chat.Plan{Slow: true} },
		handle: func(context.Context, chat.Request) chat.Reply { return says("done") },
	}})
	b.sim.Fault(sim.Fault{Kind: sim.Slow, Method: "PATCH", Path: "webhooks/*/*/messages/@original", After: each, Times: 10})
	start := time.Now()
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() { b.slash(t, "ping") })
	}
	wg.Wait()
	if took := time.Since(start); took > 5*each { // one after the other: ten
		t.Errorf("ten edits of %v took %v", each, took)
	}
}

func TestALostAnswerToACallbackIsAskedForAgain(t *testing.T) {
	t.Parallel()
	b := newBot(t, setup{})
	fault := b.sim.Fault(sim.Fault{Kind: sim.LoseAnswer, Method: "POST", Path: "interactions/*/*/callback"})
	if r := b.slash(t, "ping"); r.Message.Content != "ok" {
		t.Errorf("answer %+v", r.Message)
	}
	until(t, func() bool { return len(b.seen()) == 1 })
	if got := b.seen()[0]; got.Outcome != "ok" || fault.Hits() != 1 {
		t.Errorf("observed %+v", got)
	}
}

func TestAHandlerDoesNotRunWhenItsAnswerCannotArrive(t *testing.T) {
	t.Parallel()
	ran := make(chan struct{}, 1)
	b := newBot(t, setup{router: router{
		plan:   func(chat.Request) chat.Plan { return chat.Plan{Slow: true} },
		handle: func(context.Context, chat.Request) chat.Reply { ran <- struct{}{}; return says("ok") },
	}})
	b.sim.Fault(sim.Fault{Kind: sim.APIError, Method: "POST", Path: "interactions/*/*/callback", Status: 404, Code: 10062, Message: "Unknown interaction"})
	b.sendOff(t, "ping")
	until(t, func() bool { return len(b.seen()) == 1 })
	if got := b.seen()[0]; got.Outcome != "unsent" {
		t.Errorf("observed %+v", got)
	}
	select {
	case <-ran:
		t.Error("the handler ran")
	default:
	}
}

func TestStopWaitsForHandlersAndTellsThoseItInterrupts(t *testing.T) {
	t.Parallel()
	started := make(chan struct{}, 2)
	b := newBot(t, setup{router: router{
		plan: func(chat.Request) chat.Plan { return chat.Plan{Slow: true, Ephemeral: true} },
		handle: func(ctx context.Context, _ chat.Request) chat.Reply {
			started <- struct{}{}
			<-ctx.Done()
			return says("interrupted")
		},
	}})
	got := make(chan *sim.Response, 1)
	go func() {
		r, _ := b.person.Slash(soon(t), guildID, channelID, "ping", nil)
		got <- r
	}()
	<-started
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if err := b.Stop(ctx); err != nil {
		t.Errorf("stop: %v", err)
	}
	r := <-got
	if r == nil || r.Message.Content != "interrupted" && !strings.Contains(r.Message.Content, "being restarted") {
		t.Errorf("answer %+v", r)
	}
	if ok, _, reason := b.Healthy(); ok || reason != "stopped" {
		t.Errorf("healthy %v, %q", ok, reason)
	}
}

func TestStopNamesAHandlerThatDoesNotReturn(t *testing.T) {
	t.Parallel()
	release, started := make(chan struct{}), make(chan struct{})
	b := newBot(t, setup{router: router{handle: func(context.Context, chat.Request) chat.Reply {
		close(started)
		<-release
		return says("at last")
	}}})
	b.sendOff(t, "ping")
	<-started
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	err := b.Stop(ctx)
	close(release)
	if err == nil || !strings.Contains(err.Error(), "1 handlers do not return") {
		t.Errorf("stop: %v", err)
	}
}
