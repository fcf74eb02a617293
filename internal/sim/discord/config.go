// Package discord is a stand-in for Discord: the REST API (v9 and v10), the
// gateway's websocket, and people who type commands. A discordgo session whose
// HTTP client sends https://discord.com elsewhere connects to it unmodified. It is
// as strict as the real service: what it accepts too easily is a bug, because the
// bot would fail in front of its users instead of in a test.
//
// Tests and the demo's tour act as a person through Server.User; the demo's
// browser page does the same over HTTP (Server.ChatHandler).
//
// Two times are in use. Config.Now, the demo's clock, dates messages and makes
// ids, so that they agree with the bot's own clock. Limits of the protocol (three
// seconds to answer, rate limits, heartbeats) run on the wall clock, as they bind
// the process and not the story it plays.
package discord

import (
	"log/slog"
	"time"
)

// Config is what a stand-in is made of. The zero value works.
type Config struct {
	// Token is the bot's token without "Bot "; default "sim-token".
	Token string
	// AppID is the application's and the bot user's id; made up when empty.
	AppID string
	// BotName is the bot's user name; default "Consigliere".
	BotName string
	// Now dates messages and makes ids; default time.Now.
	Now func() time.Time
	// Heartbeat is the interval that the gateway asks for; default 41.25 s.
	Heartbeat time.Duration
	// PublicURL is how the bot reaches this server ("http://host:port"), needed
	// only behind a proxy: by default it is the address a request arrived at.
	PublicURL string
	// Limits are Discord's by default.
	Limits Limits
	// Hints are shown beside the chat, each with a button that copies its text.
	Hints []Hint
	// Logger reports refused requests at debug level; default none.
	Logger *slog.Logger
}

// Hint is a text that somebody at the chat page will want to paste.
type Hint struct {
	Title string `json:"title"`
	Text  string `json:"text"`
}

// Rate is n requests in a window that starts with the first of them.
type Rate struct {
	N   int
	Per time.Duration
}

// Limits are the protocol's time and rate limits, all in wall-clock time. A zero
// field means Discord's own value (discord.md).
type Limits struct {
	// NoRates switches every rate limit off; the other limits stay.
	NoRates bool

	Global          Rate // whole bot: 50 per 1 s
	ChannelMessages Rate // create message, per channel: 5 per 5 s
	ChannelEdits    Rate // edit message, per channel: 5 per 5 s
	OldEdits        Rate // edit a message older than OldAfter, per channel: 3 per 6 s
	Webhook         Rate // execute webhook, per channel: 30 per 60 s
	Interaction     Rate // follow-ups and edits, per interaction: 5 per 2 s
	ChannelRename   Rate // per channel: 2 per 10 min
	MemberChanges   Rate // roles and nicknames, per server: 10 per 10 s
	Other           Rate // every other route: 50 per 1 s
	Invalid         Rate // answers 401, 403, 429 before the host is banned: 10 000 per 10 min
	Identify        Rate // 1000 per 24 h

	OldAfter     time.Duration // 1 h
	AnswerWithin time.Duration // 3 s
	TokenLife    time.Duration // 15 min
	NonceWindow  time.Duration // how long enforce_nonce remembers: 5 min
}

func (l Limits) withDefaults() Limits {
	rate := func(r *Rate, n int, per time.Duration) {
		if r.N == 0 {
			*r = Rate{n, per}
		}
	}
	span := func(d *time.Duration, def time.Duration) {
		if *d == 0 {
			*d = def
		}
	}
	rate(&l.Global, 50, time.Second)
	rate(&l.ChannelMessages, 5, 5*time.Second)
	rate(&l.ChannelEdits, 5, 5*time.Second)
	rate(&l.OldEdits, 3, 6*time.Second)
	rate(&l.Webhook, 30, time.Minute)
	rate(&l.Interaction, 5, 2*time.Second)
	rate(&l.ChannelRename, 2, 10*time.Minute)
	rate(&l.MemberChanges, 10, 10*time.Second)
	rate(&l.Other, 50, time.Second)
	rate(&l.Invalid, 10_000, 10*time.Minute)
	rate(&l.Identify, 1000, 24*time.Hour)
	span(&l.OldAfter, time.Hour)
	span(&l.AnswerWithin, 3*time.Second)
	span(&l.TokenLife, 15*time.Minute)
	span(&l.NonceWindow, 5*time.Minute)
	return l
}

func (c Config) withDefaults() Config {
	if c.Token == "" {
		c.Token = "sim-token"
	}
	if c.BotName == "" {
		c.BotName = "Consigliere"
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Heartbeat == 0 {
		c.Heartbeat = 41250 * time.Millisecond
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	c.Limits = c.Limits.withDefaults()
	return c
}
