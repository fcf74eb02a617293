package commands_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"consigliere/internal/chat"
	"consigliere/internal/commands"
	"consigliere/internal/faction"
)

// work is what the bot does by itself.
type work struct {
	jobs []faction.JobState
	err  error
}

func (w work) Jobs(context.Context, time.Time) ([]faction.JobState, error) { return w.jobs, w.err }

// background is the field of /status, and its colour.
func background(t *testing.T, jobs work) (text string, embed chat.Embed) {
	t.Helper()
	w := newWorld(t)
	r := w.registry(func(d *commands.Deps) { d.Work = jobs })
	reply := r.Handle(t.Context(), slash(leader, wolvesGuild, "status"))
	if len(reply.Message.Embeds) != 1 {
		t.Fatalf("the answer is %+v", reply)
	}
	for _, f := range reply.Message.Embeds[0].Fields {
		if f.Name == "Background work" {
			return f.Value, reply.Message.Embeds[0]
		}
	}
	t.Fatal("/status says nothing of background work")
	return "", chat.Embed{}
}

func TestStatusTellsHowTheBotsOwnWorkStands(t *testing.T) {
	players := faction.JobState{Name: "players", NextDue: now.Add(48 * time.Minute), Started: now.Add(-12 * time.Minute), Finished: now.Add(-11 * time.Minute),
		Took: 3240 * time.Millisecond, Counts: map[string]int{"read": 98, "renamed": 1}}
	text, well := background(t, work{jobs: []faction.JobState{players}})
	if want := fmt.Sprintf("**players**: <t:%d:R>, 3.2 s, 98 read, 1 renamed", players.Finished.Unix()); text != want {
		t.Errorf("it says %q, want %q", text, want)
	}
	failed, late, running := players, players, players
	failed.LastError = "Torn is closed."
	late.NextDue = now.Add(-time.Hour)
	running.NextDue, running.Running, running.Skipped = now.Add(-time.Hour), true, 2
	for _, tc := range []struct {
		name  string
		job   faction.JobState
		words string
		amber bool
	}{
		{"failed", failed, "⚠ Torn is closed", true},
		{"nobody runs it", late, "nobody runs it", true},
		{"running", running, "running since <t:", false},
		{"skipped", running, "skipped 2 times", false},
		{"never", faction.JobState{Name: "new", NextDue: now}, "**new**: never ran", false},
	} {
		text, embed := background(t, work{jobs: []faction.JobState{tc.job}})
		if !strings.Contains(text, tc.words) || (embed.Color != well.Color) != tc.amber {
			t.Errorf("%s: it says %q in colour %x, want %q", tc.name, text, embed.Color, tc.words)
		}
	}
	if text, _ := background(t, work{err: errors.New("gone")}); !strings.Contains(text, "cannot be read") {
		t.Errorf("it says %q", text)
	}
}
