package discord

import (
	"context"
	"fmt"
	"slices"
)

// visible lists the messages of a channel that pass a test, oldest first. The
// caller holds s.mu.
func (s *Server) visible(channelID string, test func(Message) bool) []Message {
	c := s.channels[channelID]
	if c == nil {
		return nil
	}
	var out []Message
	for _, id := range c.messages {
		if m := s.messages[id]; test(m) {
			out = append(out, m)
		}
	}
	return out
}

// Messages lists what everybody sees in a channel, oldest first.
func (s *Server) Messages(channelID string) []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.visible(channelID, func(m Message) bool { return !m.Ephemeral() })
}

// Message is the present state of a message, ephemeral or not.
func (s *Server) Message(id string) (Message, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m, exists := s.messages[id]
	return m, exists
}

// History lists the states a message has had (the newest 100), oldest first; they
// stay after it was deleted.
func (s *Server) History(messageID string) []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.history[messageID])
}

// WaitFor returns a public message of a channel that passes a test, the newest
// if there are several, waiting until there is one.
func (s *Server) WaitFor(ctx context.Context, channelID string, test func(Message) bool) (Message, error) {
	var found Message
	err := s.await(ctx, func() bool {
		list := s.visible(channelID, func(m Message) bool { return !m.Ephemeral() && test(m) })
		if len(list) == 0 {
			return false
		}
		found = list[len(list)-1]
		return true
	})
	if err != nil {
		return Message{}, fmt.Errorf("wait for a message in channel %s: %w", channelID, err)
	}
	return found, nil
}

// WaitCommands returns when the bot has registered a command of that name, for
// the guild or globally.
func (s *Server) WaitCommands(ctx context.Context, guildID, name string) error {
	err := s.await(ctx, func() bool {
		named := func(c Command) bool { return c.Name == name }
		return slices.ContainsFunc(s.commands[guildID], named) || slices.ContainsFunc(s.commands[""], named)
	})
	if err != nil {
		return fmt.Errorf("wait for the command %s: %w", name, err)
	}
	return nil
}
