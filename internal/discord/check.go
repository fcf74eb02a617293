package discord

import (
	"context"
	"fmt"
	"net/http"
)

// Check asks Discord who the bot is, which proves the token. It needs no gateway.
func (s *Session) Check(ctx context.Context) error {
	_, err := s.self(ctx)
	return err
}

// Typing shows that the bot is writing in a channel. It takes the same right as a
// message, so that it proves the right without leaving one: ErrForbidden, ErrGone.
func (s *Session) Typing(ctx context.Context, channelID string) error {
	if err := checkIDs(channelID); err != nil {
		return err
	}
	if err := s.send(ctx, newCall(http.MethodPost, "/channels/{channel}/typing", channelID), nil, nil); err != nil {
		return fmt.Errorf("write in channel %s: %w", channelID, err)
	}
	return nil
}
