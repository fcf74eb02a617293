package discord_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"consigliere/internal/chat"
	"consigliere/internal/discord"
	sim "consigliere/internal/sim/discord"
)

// recovers waits until the bot is connected again and answers.
func recovers(t *testing.T, b *bot, connects int) {
	t.Helper()
	until(t, func() bool { return b.sim.Gateway().Connects >= connects && b.sim.Gateway().Live == 1 })
	until(t, func() bool { ok, _, _ := b.Healthy(); return ok })
	if err := b.sim.WaitCommands(soon(t), guildID, "ping"); err != nil {
		t.Fatal(err)
	}
	if r := b.slash(t, "ping"); r.Message.Content != "ok" {
		t.Errorf("answer %+v", r.Message)
	}
}

func TestStartConnectsAndRegistersCommands(t *testing.T) {
	t.Parallel()
	b := newBot(t, setup{})
	if got := b.sim.Commands(guildID); len(got) != len(testCommands) {
		t.Errorf("commands %+v", got)
	}
	if ok, since, reason := b.Healthy(); !ok || reason != "" || time.Since(since) > time.Minute {
		t.Errorf("healthy %v since %v, %q", ok, since, reason)
	}
	if g := b.sim.Gateway(); g.Identifies != 1 || g.Connects != 1 {
		t.Errorf("gateway %+v", g)
	}
}

func TestWithoutGuildsCommandsAreGlobal(t *testing.T) {
	t.Parallel()
	b := newBot(t, setup{config: func(c *discord.Config) { c.Guilds = nil }})
	if len(b.sim.Commands("")) != len(testCommands) || len(b.sim.Commands(guildID)) != 0 {
		t.Errorf("global %+v", b.sim.Commands(""))
	}
}

func TestAServerWithoutTheBotDoesNotStopTheOthers(t *testing.T) {
	t.Parallel()
	b := newBot(t, setup{config: func(c *discord.Config) { c.Guilds = []string{"999", guildID} }})
	if len(b.sim.Commands(guildID)) != len(testCommands) {
		t.Error("the commands are not registered")
	}
}

func TestTheGatewayIsReachedThroughTLS(t *testing.T) {
	t.Parallel()
	b := newBot(t, setup{secure: true})
	if g := b.sim.Gateway(); g.Live != 1 {
		t.Errorf("gateway %+v", g)
	}
	b.sim.DropGateway()
	recovers(t, b, 2)
}

func TestADroppedConnectionIsResumed(t *testing.T) {
	t.Parallel()
	b := newBot(t, setup{})
	b.sim.DropGateway()
	recovers(t, b, 2)
	if g := b.sim.Gateway(); g.Resumes != 1 || g.Identifies != 1 {
		t.Errorf("gateway %+v", g)
	}
}

func TestACommandSentDuringAnOutageIsAnsweredAfterIt(t *testing.T) {
	t.Parallel()
	b := newBot(t, setup{})
	b.sim.DropGateway()
	if r := b.slash(t, "ping"); r.Message.Content != "ok" { // replayed by the resume
		t.Errorf("answer %+v", r.Message)
	}
}

func TestOp7IsResumed(t *testing.T) {
	t.Parallel()
	b := newBot(t, setup{})
	b.sim.ReconnectGateway()
	recovers(t, b, 2)
	if g := b.sim.Gateway(); g.Resumes != 1 || g.Identifies != 1 {
		t.Errorf("gateway %+v", g)
	}
}

func TestOp7InPlaceOfResumedDoesNotDeadlock(t *testing.T) {
	t.Parallel()
	b := newBot(t, setup{})
	b.sim.FaultGateway(sim.GatewayFault{ReconnectOnResume: 1})
	b.sim.DropGateway()
	recovers(t, b, 3)
	if g := b.sim.Gateway(); g.Identifies != 2 {
		t.Errorf("gateway %+v", g)
	}
}

func TestOp9InPlaceOfResumedLeadsToANewSession(t *testing.T) {
	t.Parallel()
	b := newBot(t, setup{})
	b.sim.FaultGateway(sim.GatewayFault{InvalidOnResume: 1})
	b.sim.DropGateway()
	recovers(t, b, 3)
	if g := b.sim.Gateway(); g.Identifies != 2 || g.Resumes != 0 {
		t.Errorf("gateway %+v", g)
	}
}

func TestOp9WhileConnectedLeadsToANewSession(t *testing.T) {
	t.Parallel()
	b := newBot(t, setup{})
	b.sim.InvalidateSessions()
	recovers(t, b, 2)
	if g := b.sim.Gateway(); g.Identifies != 2 {
		t.Errorf("gateway %+v", g)
	}
}

func TestASilentGatewayIsNoticed(t *testing.T) {
	t.Parallel()
	const heartbeat = 400 * time.Millisecond
	b := newBot(t, setup{sim: sim.Config{Heartbeat: heartbeat}})
	until(t, func() bool { return b.sim.Gateway().Heartbeats >= 2 })
	if g := b.sim.Gateway(); g.Connects != 1 {
		t.Fatalf("a living gateway was left: %+v", g)
	}
	b.sim.SilenceHeartbeats(true)
	silent := time.Now()
	until(t, func() bool { ok, _, _ := b.Healthy(); return !ok })
	if took := time.Since(silent); took > 5*heartbeat {
		t.Errorf("noticed after %v", took)
	}
	b.sim.SilenceHeartbeats(false)
	recovers(t, b, 2)
}

func TestAGatewayThatRefusesForAWhileIsTriedAgain(t *testing.T) {
	t.Parallel()
	b := newBot(t, setup{before: func(_ *discord.Session, s *sim.Server) {
		s.FaultGateway(sim.GatewayFault{Refuse: 2})
	}})
	recovers(t, b, 1)
}

func TestAGatewayThatNeverSaysReadyIsLeft(t *testing.T) {
	t.Parallel()
	b := newBot(t, setup{before: func(_ *discord.Session, s *sim.Server) {
		s.FaultGateway(sim.GatewayFault{ReadyDelay: time.Hour})
	}})
	recovers(t, b, 2)
}

func TestReadyMayComeLate(t *testing.T) {
	t.Parallel()
	b := newBot(t, setup{before: func(_ *discord.Session, s *sim.Server) {
		s.FaultGateway(sim.GatewayFault{ReadyDelay: 500 * time.Millisecond})
	}})
	recovers(t, b, 1)
}

func TestManyOutagesInARowAreSurvived(t *testing.T) {
	t.Parallel()
	b := newBot(t, setup{})
	for i := range 4 {
		b.sim.DropGateway()
		recovers(t, b, i+2)
	}
}

func TestStopRightAfterStartStays(t *testing.T) {
	t.Parallel()
	b := newBot(t, setup{})
	if err := b.Stop(soon(t)); err != nil {
		t.Fatal(err)
	}
	until(t, func() bool { return b.sim.Gateway().Live == 0 })
	// discordgo's own reconnect would take up to a second.
	time.Sleep(1500 * time.Millisecond)
	if g := b.sim.Gateway(); g.Live != 0 || g.Connects != 1 {
		t.Errorf("the session came back: %+v", g)
	}
	if err := b.Start(soon(t)); err == nil {
		t.Error("a stopped session can be started")
	}
}

func TestStopDuringAnOutage(t *testing.T) {
	t.Parallel()
	b := newBot(t, setup{})
	b.sim.FaultGateway(sim.GatewayFault{Refuse: 1000})
	b.sim.DropGateway()
	until(t, func() bool { ok, _, _ := b.Healthy(); return !ok })
	start := time.Now()
	if err := b.Stop(soon(t)); err != nil || time.Since(start) > 5*time.Second {
		t.Errorf("stop took %v: %v", time.Since(start), err)
	}
}

func TestAWrongTokenStopsTheStart(t *testing.T) {
	t.Parallel()
	b := newBot(t, setup{unstarted: true, config: func(c *discord.Config) { c.Token = "another" }})
	err := b.Start(soon(t))
	if !errors.Is(err, discord.ErrUnauthorized) {
		t.Errorf("start: %v", err)
	}
	if ok, _, _ := b.Healthy(); ok {
		t.Error("healthy with a wrong token")
	}
}

func TestCommandsThatDiscordRefusesStopTheStart(t *testing.T) {
	t.Parallel()
	b := newBot(t, setup{unstarted: true, before: func(_ *discord.Session, s *sim.Server) {
		s.Fault(sim.Fault{Kind: sim.APIError, Method: "PUT", Path: "applications/*/guilds/*/commands", Status: 400, Code: 50035, Message: "Invalid Form Body"})
	}})
	if err := b.Start(soon(t)); !errors.Is(err, discord.ErrInvalid) {
		t.Errorf("start: %v", err)
	}
}

func TestADiscordThatCannotBeReachedDoesNotStopTheStart(t *testing.T) {
	t.Parallel()
	b := newBot(t, setup{before: func(session *discord.Session, s *sim.Server) {
		session.StartWithin(300 * time.Millisecond)
		s.FaultGateway(sim.GatewayFault{Refuse: 8})
	}})
	if ok, _, reason := b.Healthy(); ok || reason == "" {
		t.Errorf("healthy %v, %q", ok, reason)
	}
	recovers(t, b, 1)
}

func TestStartEndsWithItsContext(t *testing.T) {
	t.Parallel()
	b := newBot(t, setup{unstarted: true, before: func(_ *discord.Session, s *sim.Server) {
		s.FaultGateway(sim.GatewayFault{Refuse: 1000})
	}})
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if err := b.Start(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("start: %v", err)
	}
}

func TestASpentIdentifyBudgetIsRespected(t *testing.T) {
	t.Parallel()
	// One identify is allowed; after a lost session no other follows.
	b := newBot(t, setup{sim: sim.Config{Limits: sim.Limits{Identify: sim.Rate{N: 1, Per: time.Hour}}}})
	b.sim.InvalidateSessions()
	until(t, func() bool { return b.sim.Count("GET", "gateway/bot") >= 2 })
	time.Sleep(300 * time.Millisecond)
	if g := b.sim.Gateway(); g.Identifies != 1 || g.Connects != 1 {
		t.Errorf("gateway %+v", g)
	}
}

func TestServersAreAnnouncedInOrder(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var got []string
	b := newBot(t, setup{config: func(c *discord.Config) {
		c.OnGuild = func(_ context.Context, id, name string, joined bool) {
			mu.Lock()
			got = append(got, fmt.Sprint(id, name, joined))
			mu.Unlock()
			if id == "1002" {
				panic("in the callback")
			}
		}
	}})
	b.sim.AddGuild(sim.GuildSpec{ID: "1002", Name: "Second"})
	b.sim.AddGuild(sim.GuildSpec{ID: "1003", Name: "Third"})
	until(t, func() bool { mu.Lock(); defer mu.Unlock(); return len(got) == 3 })
	for i, want := range []string{guildID + "Faction" + "true", "1002Secondtrue", "1003Thirdtrue"} {
		if got[i] != want {
			t.Errorf("event %d is %s, want %s", i, got[i], want)
		}
	}
}

func TestOneMessagePerNonceAlsoWhenTheAnswerIsLost(t *testing.T) {
	t.Parallel()
	b := newBot(t, setup{unstarted: true})
	b.sim.Fault(sim.Fault{Kind: sim.LoseAnswer, Method: "POST", Path: "channels/*/messages", Times: 2})
	m := chat.Message{Content: "Retaliation open", Mention: chat.Mention{Users: []string{ownerID}}}
	id, err := b.Send(soon(t), channelID, m, "delivery-17")
	if err != nil {
		t.Fatal(err)
	}
	again, err := b.Send(soon(t), channelID, m, "delivery-17")
	if err != nil || again != id {
		t.Errorf("sent again: %q and %q, %v", id, again, err)
	}
	if n := len(b.sim.Messages(channelID)); n != 1 {
		t.Errorf("%d messages in the channel", n)
	}
}

func TestWithoutANonceALostAnswerIsToldAndTheMessageCanBeFound(t *testing.T) {
	t.Parallel()
	b := newBot(t, setup{unstarted: true})
	b.sim.Fault(sim.Fault{Kind: sim.LoseAnswer, Method: "POST", Path: "channels/*/messages"})
	start := time.Now().Add(-time.Second)
	m := chat.Message{Embeds: []chat.Embed{{Title: "War over", Footer: "delivery 17"}}}
	if _, err := b.Send(soon(t), channelID, m, ""); !errors.Is(err, discord.ErrUnknownOutcome) {
		t.Fatalf("send: %v", err)
	}
	id, found, err := b.FindOwn(soon(t), channelID, "delivery 17", start)
	if err != nil || !found || id != b.sim.Messages(channelID)[0].ID {
		t.Errorf("found %q %v %v", id, found, err)
	}
	if _, found, _ = b.FindOwn(soon(t), channelID, "delivery 18", start); found {
		t.Error("found what is not there")
	}
}

func TestMessagesAreEditedWithTheirPicturesAndDeleted(t *testing.T) {
	t.Parallel()
	b := newBot(t, setup{unstarted: true})
	picture := func(name string) chat.Message {
		return chat.Message{Embeds: []chat.Embed{{Title: "War", Image: name}}, Files: []chat.File{{Name: name, ContentType: "image/png", Data: []byte("\x89PNG\r\n\x1a\n")}}}
	}
	id, err := b.Send(soon(t), channelID, picture("one.png"), "n")
	if err != nil {
		t.Fatal(err)
	}
	files := func() (names []string) {
		m, _ := b.sim.Message(id)
		for _, a := range m.Attachments {
			names = append(names, a.Filename)
		}
		return names
	}
	for _, step := range []struct {
		m    chat.Message
		want string
	}{
		{picture("two.png"), "[two.png]"},
		{chat.Message{Embeds: []chat.Embed{{Title: "War, later", Image: "two.png"}}}, "[two.png]"},
		{chat.Message{Content: "over"}, "[]"},
	} {
		if err := b.Edit(soon(t), channelID, id, step.m); err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(files()); got != step.want {
			t.Errorf("files %s, want %s", got, step.want)
		}
	}
	if m, _ := b.sim.Message(id); len(m.Embeds) != 0 || m.Content != "over" {
		t.Errorf("message %+v", m)
	}
	if err := b.Delete(soon(t), channelID, id); err != nil {
		t.Fatal(err)
	}
	if err := b.Delete(soon(t), channelID, id); !errors.Is(err, discord.ErrGone) {
		t.Errorf("deleted twice: %v", err)
	}
	if err := b.Edit(soon(t), channelID, id, chat.Message{Content: "x"}); !errors.Is(err, discord.ErrGone) {
		t.Errorf("edited after: %v", err)
	}
}

func TestChannelsAndRolesAreRead(t *testing.T) {
	t.Parallel()
	b := newBot(t, setup{unstarted: true})
	ch, err := b.Channel(soon(t), channelID)
	if err != nil || ch != (discord.Channel{ID: channelID, GuildID: guildID, Name: "war"}) {
		t.Errorf("channel %+v, %v", ch, err)
	}
	list, err := b.GuildChannels(soon(t), guildID)
	if err != nil || len(list) != 1 || list[0] != ch {
		t.Errorf("channels %+v, %v", list, err)
	}
	roles, err := b.Roles(soon(t), guildID)
	if err != nil || len(roles) == 0 || roles[0].ID != guildID {
		t.Errorf("roles %+v, %v", roles, err)
	}
	b.sim.DeleteChannel(channelID)
	if _, err := b.Channel(soon(t), channelID); !errors.Is(err, discord.ErrGone) {
		t.Errorf("deleted channel: %v", err)
	}
}

func TestABurstOfMessagesKeepsToTheChannelsLimit(t *testing.T) {
	t.Parallel()
	b := newBot(t, setup{unstarted: true, sim: sim.Config{Limits: sim.Limits{ChannelMessages: sim.Rate{N: 5, Per: 500 * time.Millisecond}}}})
	var wg sync.WaitGroup
	for i := range 15 {
		wg.Go(func() {
			if _, err := b.Send(soon(t), channelID, chat.Message{Content: fmt.Sprint(i)}, fmt.Sprint("n", i)); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := len(b.sim.Messages(channelID)); n != 15 {
		t.Errorf("%d messages arrived", n)
	}
}
