package say_test

import (
	"strings"
	"testing"
	"time"

	"consigliere/internal/alert"
	"consigliere/internal/chat"
	"consigliere/internal/faction"
	"consigliere/internal/say"
)

func keyAlert(k alert.KeyData) alert.Alert {
	at := time.Date(2026, 8, 21, 20, 0, 0, 0, time.UTC)
	return alert.Alert{Kind: alert.KeyUnhealthy, Subject: "key:1", Stage: k.State, At: at,
		Data: alert.Data{Player: &alert.PlayerData{ID: 7, Name: "*Duke*"}, Key: &k}}
}

func wording(m chat.Message) string { return m.Content + "\n" + m.Embeds[0].Description }

func TestAnOwnerHearsWhatHappenedWhatIsLostAndWhatToDo(t *testing.T) {
	for _, c := range []struct {
		name  string
		key   alert.KeyData
		parts []string
	}{
		{"in another faction", alert.KeyData{Moved: true}, []string{"only verify", "stay stored", "lend a key to your new faction"}},
		{"in no faction", alert.KeyData{Moved: true, Left: true}, []string{"only verify", "stay stored", "Once you are in a faction again"}},
		{"paused", alert.KeyData{State: faction.KeyPaused}, []string{"is paused", "Nothing was lost", "Resume it in Torn"}},
		{"away", alert.KeyData{State: faction.KeyInactive}, []string{"seven days", "Nothing was lost", "Log in to Torn"}},
		{"in jail", alert.KeyData{State: faction.KeyJailed}, []string{"federal jail", "Nothing was lost", "nothing to do"}},
		{"without faction access", alert.KeyData{State: faction.KeyNoAccess, LostFactionAccess: true}, []string{"faction data", "Nothing was lost", "ask a leader"}},
		{"with less access", alert.KeyData{State: faction.KeyNoAccess}, []string{"less than it did", "Nothing was lost", "/link"}},
		{"deleted", alert.KeyData{State: faction.KeyInvalid}, []string{"does not know your API key", "wiped", "/link"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.key.Yours = true
			text := wording(say.RenderAlert(keyAlert(c.key), time.Date(2026, 8, 21, 20, 0, 1, 0, time.UTC)))
			for _, part := range c.parts {
				if !strings.Contains(text, part) {
					t.Errorf("%q is not in:\n%s", part, text)
				}
			}
			if strings.Contains(text, "Duke") || strings.Contains(text, "attack log") {
				t.Errorf("the owner is told the faction's affairs:\n%s", text)
			}
		})
	}
}

func TestAFactionHearsWhoseKeyAndWhatIsLeft(t *testing.T) {
	for readers, part := range map[int]string{0: "**No** key can read the attack log", 1: "One point of failure", 3: "**3** players' keys"} {
		text := wording(say.RenderAlert(keyAlert(alert.KeyData{State: faction.KeyPaused, AttackReaders: readers}), time.Now()))
		if !strings.Contains(text, part) || !strings.Contains(text, `\*Duke\* [7]`) || !strings.Contains(text, "paused") {
			t.Errorf("with %d readers left:\n%s", readers, text)
		}
	}
}

func TestAnAlertWithoutWordsOfItsOwnHasAHeadingForPhones(t *testing.T) {
	m := say.RenderAlert(alert.Alert{Kind: alert.MemberPosition, Data: alert.Data{Note: "You are Officer now."}}, time.Now())
	if !strings.Contains(m.Content, "position") || !strings.Contains(wording(m), "You are Officer now.") {
		t.Errorf("got %+v", m)
	}
}
