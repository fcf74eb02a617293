package discord

import (
	"errors"
	"testing"

	"consigliere/internal/chat"
)

// What stands before the API answers with pages of its own: a channel that they speak
// of is not gone.
func TestAProxysPageTellsNothingOfTheChannel(t *testing.T) {
	for _, status := range []int{403, 404} {
		s, _ := restSession(t, says(status, "<html>blocked</html>"))
		if _, err := s.Send(t.Context(), "1", chat.Message{Content: "x"}, "n"); !errors.Is(err, ErrTransient) {
			t.Errorf("a page with status %d gives %v, want to be tried again", status, err)
		}
	}
	s, _ := restSession(t, says(403, `{"code":40333,"message":"internal network error"}`))
	if _, err := s.Send(t.Context(), "1", chat.Message{Content: "x"}, "n"); !errors.Is(err, ErrTransient) {
		t.Errorf("Cloudflare's refusal gives %v, want to be tried again", err)
	}
}
