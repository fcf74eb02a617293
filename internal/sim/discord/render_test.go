package discord

import (
	"testing"
	"time"
)

func TestAMessageIsRenderedAsPlainText(t *testing.T) {
	now := time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)
	s := New(Config{Now: func() time.Time { return now }, AppID: "1"})
	defer s.Close()
	s.AddGuild(GuildSpec{ID: guildID, Name: "G", Channels: []ChannelSpec{{ID: warID, Name: "war"}}, Members: []MemberSpec{{ID: leaderID, Name: "Vito"}}})
	got := s.RenderText(Message{
		GuildID: guildID, Author: User{Username: "Consigliere"}, Flags: flagEphemeral, Content: "Hit <t:1782907500:R> by <@" + leaderID + "> in <#" + warID + ">",
		Embeds: []Embed{{Title: "War", Description: "one\ntwo", Fields: []EmbedField{{Name: "Lead", Value: "12"}, {Name: "List", Value: "a\nb"}},
			Image: &EmbedMedia{URL: "attachment://s.png"}, Footer: &EmbedFooter{Text: "Torn"}}},
		Components: []Component{{Type: compRow, Components: []Component{{Type: compButton, Label: "Go"}, {Type: compButton, Label: "Off", Disabled: true},
			{Type: compButton, Style: styleLink, Label: "Site", URL: "https://x.y"}}}},
		Attachments: []Attachment{{Filename: "s.png", ContentType: "image/png", Size: 9}},
	})
	want := `Consigliere (only you can see this):
  Hit in 5 minutes by @Vito in #war
  | # War
  | one
  | two
  | Lead: 12
  | List:
  |   a
  |   b
  | [picture s.png]
  | -- Torn
  [ Go ]
  [ Off (disabled) ]
  [ Site -> https://x.y ]
  [file s.png, image/png, 9 bytes]`
	if got != want {
		t.Errorf("rendered\n%s\nwant\n%s", got, want)
	}
}

func TestDistancesInTimeAreWordedAsAClientDoes(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "in 0 seconds", time.Second: "in 1 second", -59 * time.Second: "59 seconds ago", 60 * time.Second: "in 1 minute",
		5*time.Hour - time.Second: "in 5 hours", -26 * time.Hour: "1 day ago", 59*time.Minute + 40*time.Second: "in 1 hour", 400 * 24 * time.Hour: "in 1 year",
	} {
		if got := relative(d); got != want {
			t.Errorf("%v is worded %q, want %q", d, got, want)
		}
	}
}
