package demo

import (
	"context"
	"fmt"
	"strings"
	"time"

	simdiscord "consigliere/internal/sim/discord"
)

// posted waits for a message in a channel that passes a test, and shows it.
func (t *tour) posted(ctx context.Context, where, channelID, what string, test func(simdiscord.Message) bool) (simdiscord.Message, error) {
	waiting, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	m, err := t.discord.WaitFor(waiting, channelID, test)
	if err != nil {
		last := "nothing"
		if all := t.discord.Messages(channelID); len(all) > 0 {
			last = messageText(all[len(all)-1])
		}
		return m, fmt.Errorf("%w: %s in %s, where the last one says %q: %w", errNoMessage, what, where, last, err)
	}
	fmt.Fprintln(t.out, indent(where+"\n"+t.discord.RenderText(m)))
	return m, nil
}

// inRoom waits for a message in the war room that passes a test.
func (t *tour) inRoom(ctx context.Context, what string, test func(simdiscord.Message) bool) (simdiscord.Message, error) {
	return t.posted(ctx, "#war-room", t.guild.Channel("war-room").ID, what, test)
}

// direct waits for a direct message of the bot that says something.
func (t *tour) direct(ctx context.Context, who *actor, words string) (simdiscord.Message, error) {
	return t.posted(ctx, "Direct message to "+who.name, who.person.DM().ID, "a direct message that says "+words, func(m simdiscord.Message) bool {
		return strings.Contains(bare(messageText(m)), words)
	})
}

// edited waits until a message says something.
func (t *tour) edited(ctx context.Context, m simdiscord.Message, words string) (simdiscord.Message, error) {
	return t.posted(ctx, "The same message", m.ChannelID, "an edit that says "+words, func(now simdiscord.Message) bool {
		return now.ID == m.ID && strings.Contains(bare(messageText(now)), words)
	})
}

// alerts lists the war room's alerts since a moment whose first wording began with some
// words, oldest first, as they read now.
func (t *tour) alerts(since time.Time, words ...string) (list []simdiscord.Message) {
	for _, m := range t.discord.Messages(t.guild.Channel("war-room").ID) {
		if first := t.discord.History(m.ID); isAlert(m) && !m.Timestamp.Before(since) && len(first) > 0 && begins(first[0].Content, words) {
			list = append(list, m)
		}
	}
	return list
}

// unescaped is a text without the marks that keep names from being markdown.
func unescaped(text string) string { return strings.ReplaceAll(text, `\`, "") }

// bare is a text without what makes it bold, either.
func bare(text string) string { return strings.ReplaceAll(unescaped(text), "**", "") }

// nameOf is what a player is called.
func (w *world) nameOf(id int64) string {
	p, _ := w.torn.Player(id)
	return p.Name
}

// playerOf is who a Discord account belongs to.
func (w *world) playerOf(userID string) int64 {
	for _, p := range w.torn.Roster(w.torn.OurFactionID()) {
		if p.Discord == userID {
			return p.ID
		}
	}
	return 0
}

// stamp is how Discord's times hold a moment.
func stamp(at time.Time) string { return fmt.Sprintf("<t:%d:", at.Unix()) }
