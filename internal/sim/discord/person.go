package discord

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// What can go wrong when a person acts; all are wrapped with what was tried.
var (
	// ErrOffline: no bot is connected.
	ErrOffline = errors.New("the bot is offline")
	// ErrNoAnswer: the bot did not answer within three seconds, or never finished
	// what it deferred.
	ErrNoAnswer = errors.New("the application did not respond")
	// ErrUnknown: there is no such command, option, channel, message or component
	// that this person could see.
	ErrUnknown = errors.New("unknown")
	// ErrInput: a real client would not let this input be sent.
	ErrInput = errors.New("invalid input")
)

// Person acts as a user with a client of their own.
type Person struct {
	s  *Server
	id string
}

// User acts as the user of an id, who must be a member of some guild.
func (s *Server) User(id string) *Person { return &Person{s, id} }

// ID is the person's user id.
func (p *Person) ID() string { return p.id }

// Response is what a person sees of the bot's answer.
type Response struct {
	// Message is the final state of the answer: a new message, or the one that was
	// updated. It is nil for a modal and for an answer the bot took away.
	Message *Message
	// Modal is the form that was opened, if one was.
	Modal *Modal
	// Followups are further messages that had been sent when the answer was final.
	Followups []Message
	Ephemeral bool
	Deferred  bool // "thinking…" was shown first
	Updated   bool // the message that was clicked is the answer
	Deleted   bool // the bot took its answer away
	// First and Final are the wall-clock times until anything and until everything
	// was seen.
	First, Final time.Duration

	s *Server
}

// Text renders the whole answer for a transcript, as Server.RenderText does.
func (r *Response) Text() string {
	var parts []string
	if r.Modal != nil {
		parts = append(parts, renderModal(r.Modal))
	}
	if r.Message != nil {
		parts = append(parts, r.s.RenderText(*r.Message))
	}
	for _, m := range r.Followups {
		parts = append(parts, r.s.RenderText(m))
	}
	return strings.Join(parts, "\n")
}

// place checks that the person can be where they want to act, and gives the
// channel. The caller holds s.mu.
func (p *Person) place(guildID, channelID string) (*channel, error) {
	if p.s.users[p.id] == nil {
		return nil, fmt.Errorf("%w user %s", ErrUnknown, p.id)
	}
	c := p.s.channels[channelID]
	if c == nil || c.GuildID != guildID || !p.s.inChannel(p.id, c) {
		return nil, fmt.Errorf("%w channel %s", ErrUnknown, channelID)
	}
	return c, nil
}

// first waits for the bot's first answer.
func (p *Person) first(ctx context.Context, in *interaction) error {
	ctx, cancel := context.WithTimeout(ctx, p.s.cfg.Limits.AnswerWithin)
	defer cancel()
	err := p.s.await(ctx, func() bool { return in.answer != 0 })
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("%w within %v", ErrNoAnswer, p.s.cfg.Limits.AnswerWithin)
	}
	return err
}

// outcome waits for the whole answer.
func (p *Person) outcome(ctx context.Context, in *interaction) (*Response, error) {
	if err := p.first(ctx, in); err != nil {
		return nil, err
	}
	if err := p.s.await(ctx, func() bool { return !in.finished.IsZero() }); err != nil {
		return nil, fmt.Errorf("%w: the deferred answer did not follow: %w", ErrNoAnswer, err)
	}
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	r := &Response{
		s: p.s, Modal: in.modal, Ephemeral: in.ephemeral, Deleted: in.deleted,
		Deferred: in.answer == answerDeferMessage || in.answer == answerDeferUpdate,
		Updated:  in.answer == answerUpdate || in.answer == answerDeferUpdate,
		First:    in.answered.Sub(in.made), Final: in.finished.Sub(in.made),
	}
	if m, exists := p.s.messages[in.originalID]; exists {
		r.Message = &m
		r.Ephemeral = m.Ephemeral()
	}
	for _, id := range in.followups {
		if m, exists := p.s.messages[id]; exists && p.s.sees(p.id, m) {
			r.Followups = append(r.Followups, m)
		}
	}
	return r, nil
}

// run sends an interaction and waits for the whole answer.
func (p *Person) run(ctx context.Context, doing string, start func() (*interaction, error)) (*Response, error) {
	in, err := p.start(start)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", doing, err)
	}
	r, err := p.outcome(ctx, in)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", doing, err)
	}
	return r, nil
}

func (p *Person) start(build func() (*interaction, error)) (*interaction, error) {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	return build()
}

// Say posts a plain message. Bots without the message-content intent do not hear
// it.
func (p *Person) Say(channelID, text string) (Message, error) {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	c := p.s.channels[channelID]
	if c == nil || !p.s.inChannel(p.id, c) {
		return Message{}, fmt.Errorf("say something: %w channel %s", ErrUnknown, channelID)
	}
	text = trimmed(text)
	if text == "" || length(text) > maxContent {
		return Message{}, fmt.Errorf("say something: %w: a message has 1 to %d characters", ErrInput, maxContent)
	}
	m := Message{Author: *p.s.users[p.id], Content: text, AllowedMentions: &AllowedMentions{Parse: []string{"users", "roles"}}}
	p.s.mention(&m)
	return p.s.post(c, m), nil
}

// DM is the person's direct-message channel with the bot.
func (p *Person) DM() Channel {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	if p.s.users[p.id] == nil {
		return Channel{}
	}
	return p.s.dm(p.id).wire()
}

// Messages lists what the person sees in a channel, oldest first, with the
// ephemeral messages meant for them.
func (p *Person) Messages(channelID string) []Message {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	return p.s.visible(channelID, func(m Message) bool { return p.s.sees(p.id, m) })
}

// Dismiss hides an ephemeral message from its reader for ever.
func (p *Person) Dismiss(messageID string) error {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	m, exists := p.s.messages[messageID]
	if !exists || !m.Ephemeral() || m.VisibleTo != p.id {
		return fmt.Errorf("dismiss a message: %w message %s", ErrUnknown, messageID)
	}
	p.s.deleteMessage(messageID)
	return nil
}
