package say_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"consigliere/internal/discord"
	"consigliere/internal/faction"
	"consigliere/internal/feed"
	"consigliere/internal/say"
	"consigliere/internal/war"
)

// aRetal is one that opened 40 seconds ago, changed as wanted.
func aRetal(change func(*war.Retal)) war.Retal {
	r := war.Retal{
		Attack: 7001, Code: "cafe42", At: now.Add(-40 * time.Second), State: war.RetalOpen, Result: war.Mugged,
		Target: war.Fighter{ID: 501, Name: "Black_Jack", Level: 71, Faction: 555, FactionName: "The *Bandits*"},
		Victim: war.Fighter{ID: 3, Name: "Mick", Level: 50, Faction: 777},
	}
	if change != nil {
		change(&r)
	}
	return r
}

func settled(state war.RetalState, answer war.Result) func(*war.Retal) {
	return func(r *war.Retal) {
		r.State, r.SettledAt = state, r.At.Add(48*time.Second)
		if state == war.RetalTaken {
			r.Answer = war.RetalAnswer{Attack: 8001, Code: "beef43", By: war.Fighter{ID: 2, Name: "Vera"}, Result: answer}
		}
	}
}

func TestTheMessageOfARetaliationReadsWellHoweverItStands(t *testing.T) {
	seen := func(state, text string, until time.Time) func(*war.Retal) {
		return func(r *war.Retal) {
			r.Seen = war.RetalSeen{Status: faction.Status{State: state, Description: text, Until: until}, StatusAt: now.Add(-9 * time.Second), FairFight: 2.41, Hits: 3}
		}
	}
	var b strings.Builder
	for _, c := range []struct {
		name   string
		change func(*war.Retal)
	}{
		{"of somebody nobody knows", nil},
		{"okay", seen("Okay", "Okay", time.Time{})},
		{"in hospital", seen("Hospital", "In hospital for 2 mins", now.Add(2*time.Minute))},
		{"abroad", seen("Abroad", "In Mexico", time.Time{})},
		{"claimed", func(r *war.Retal) {
			r.Claim = war.RetalClaim{By: 1, Name: "Duke", At: now.Add(-10 * time.Second)}
			r.Seen.FairFight, r.Seen.Hits = 3, 1
		}},
		{"taken", settled(war.RetalTaken, war.Hospitalized)},
		{"taken by a mug", settled(war.RetalTaken, war.Mugged)},
		{"expired", settled(war.RetalExpired, "")},
		{"gone", settled(war.RetalGone, "")},
		{"taken back by Torn", settled(war.RetalVoid, "")},
	} {
		a := feed.RetalAlert(aRetal(c.change))
		a.Faction = 777
		m := say.RenderAlert(a, now)
		if err := discord.Validate(m); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		fmt.Fprintf(&b, "=== %s\n%s", c.name, text(m))
		for _, row := range m.Rows {
			for _, button := range row.Buttons {
				fmt.Fprintf(&b, "[%s %s%s]", button.Label, button.ID, button.URL)
			}
			b.WriteString("\n")
		}
		b.WriteString("\n")
	}
	golden(t, "retals", b.String())
}

func TestARetaliationOfHostileNamesIsHarmless(t *testing.T) {
	evil := strings.Repeat("[x](http://evil.example) @everyone `", 3)
	r := aRetal(func(r *war.Retal) {
		r.Target.Name, r.Target.FactionName, r.Victim.Name, r.Code, r.Result = evil, evil, evil, "x)[y", war.Result(evil)
		r.Seen.Status.State, r.Seen.Status.Description, r.Seen.StatusAt = "Evil", evil, now
		r.Claim = war.RetalClaim{By: 1, Name: evil, At: now}
	})
	for _, m := range []fmt.Stringer{
		message(text(say.RenderAlert(feed.RetalAlert(r), now))),
		message(text(say.RenderRetals(say.RetalsView{List: []war.Retal{r}, Since: now, Now: now}))),
	} {
		if s := m.String(); strings.Contains(s, "@everyone") || strings.Contains(s, "](http://evil") || strings.Contains(s, "attackLog&ID=x") {
			t.Errorf("a name does something:\n%s", s)
		}
	}
}

type message string

func (m message) String() string { return string(m) }

func TestAHundredOpenRetaliationsFitOneMessage(t *testing.T) {
	var list []war.Retal
	for i := range 100 {
		list = append(list, aRetal(func(r *war.Retal) {
			r.Attack, r.Target.Name = war.AttackID(i), strings.Repeat("_", 60)
			if i > 60 {
				settled(war.RetalTaken, war.Result(strings.Repeat("*", 99)))(r)
				r.Answer.By = war.Fighter{ID: faction.PlayerID(i), Name: strings.Repeat("_", 60)}
			}
		}))
	}
	m := say.RenderRetals(say.RetalsView{List: list, Since: now, Now: now})
	if err := discord.Validate(m); err != nil {
		t.Error(err)
	}
	if s := text(m); !strings.Contains(s, "61 open") || !strings.Contains(s, "and 51 more") {
		t.Errorf("it does not say how many there are:\n%s", s)
	}
}

func TestNothingToRetaliateIsSaidInWords(t *testing.T) {
	m := say.RenderRetals(say.RetalsView{Since: now, Now: now})
	if s := text(m); !strings.Contains(s, "No hit on us that may be answered is on record.") {
		t.Error(s)
	}
	if l := say.LiveRetals(say.RetalsView{Since: now, Now: now, AsOf: now, List: []war.Retal{aRetal(nil)}}); !l.Hot || text(l.Same) == text(l.Message) {
		t.Errorf("a list with one that is open is %+v", l)
	}
}

func TestTheBoardSaysHowOldATargetsStatusIs(t *testing.T) {
	seen := now.Add(-40 * time.Second)
	for state, want := range map[string]string{
		faction.StateOkay:     "Okay, seen " + say.Ago(seen),
		faction.StateHospital: "hospital, out " + say.Ago(now.Add(time.Hour)) + ", seen " + say.Ago(seen),
	} {
		r := aRetal(func(r *war.Retal) {
			r.Seen.Status, r.Seen.StatusAt = faction.Status{State: state, Until: now.Add(time.Hour)}, seen
		})
		if s := text(say.RenderRetals(say.RetalsView{List: []war.Retal{r}, Since: now, Now: now})); !strings.Contains(s, want) {
			t.Errorf("of %s the board says\n%s\nwant %q", state, s, want)
		}
	}
}
