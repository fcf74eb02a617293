package commands_test

import (
	"strings"
	"testing"
	"time"

	"consigliere/internal/discord"
	"consigliere/internal/war"
)

func TestARetaliationIsTakenAndGivenBackWithOneButton(t *testing.T) {
	w := newWorld(t)
	r := w.registry()
	press := func(who string) string {
		return show(r.Handle(t.Context(), click(who, wolvesGuild, "retal:mine:777:7001")))
	}
	if got := press(member); !strings.Contains(got, "Yours") || !strings.Contains(got, "Black Jack") || w.retals[wolves][0].Claim.By != 3 {
		t.Fatalf("taking it: %s%+v", got, w.retals[wolves][0].Claim)
	}
	if got := press(officer); !strings.Contains(got, "is on Black Jack. Nothing was changed; it is free again") || w.retals[wolves][0].Claim.By != 3 {
		t.Errorf("somebody else is not told who is on it: %s", got)
	}
	if got := press(member); !strings.Contains(got, "free again") || w.retals[wolves][0].Claim.By != 0 {
		t.Errorf("giving it back: %s", got)
	}
	var actions []string
	for _, e := range w.audited {
		if e.Outcome == "done" {
			actions = append(actions, e.Action)
		}
	}
	if got := strings.Join(actions, " "); got != "retal.claim retal.release" {
		t.Errorf("audited: %s", got)
	}
}

func TestOneOfManyIsTakenFromAListOnTheSameTerms(t *testing.T) {
	w := newWorld(t)
	r := w.registry()
	pick := func(who string, values ...string) string {
		reply := r.Handle(t.Context(), click(who, wolvesGuild, "retal:pick:777", values...))
		if !reply.Ephemeral {
			t.Errorf("%v by %s: everybody sees the answer", values, who)
		}
		return show(reply)
	}
	if got := pick(member, "7001"); !strings.Contains(got, "Yours") || !strings.Contains(got, "[Mine = retal:mine:777:7001]") || w.retals[wolves][0].Claim.By != 3 {
		t.Fatalf("taking it: %s%+v", got, w.retals[wolves][0].Claim)
	}
	if got := pick(officer, "7001"); !strings.Contains(got, "is on Black Jack. Nothing was changed") || w.retals[wolves][0].Claim.By != 3 {
		t.Errorf("somebody else: %s", got)
	}
	if got := pick(member, "7001"); !strings.Contains(got, "free again") || w.retals[wolves][0].Claim.By != 0 {
		t.Errorf("giving it back: %s", got)
	}
	writes := len(w.writes)
	for _, c := range []struct {
		who, want string
		values    []string
	}{
		{member, "older version", nil}, {member, "older version", []string{"7001", "7002"}}, {member, "older version", []string{"x"}}, {member, "older version", []string{"-1"}},
		{member, "older version", []string{"99999999999999999999"}}, {member, "not on record", []string{"0"}}, {member, "Too late", []string{"7003"}},
		{recruit, "permission", []string{"7001"}}, {gone, "", []string{"7001"}}, {stranger, "/link", []string{"7001"}},
	} {
		if got := pick(c.who, c.values...); !strings.Contains(got, c.want) || strings.Contains(got, "Yours") {
			t.Errorf("%v by %s: %s", c.values, c.who, got)
		}
	}
	if len(w.writes) != writes {
		t.Errorf("refused, and yet: %v", w.writes[writes:])
	}
}

func TestMoreOpenOnesThanARowHoldsAreAList(t *testing.T) {
	w := newWorld(t)
	first := w.retals[wolves][0]
	for i := range 30 {
		first.Attack, first.Target.Name = war.AttackID(8000+i), "Twin"
		w.retals[wolves] = append(w.retals[wolves], first)
	}
	l, err := w.registry().Live()["retals"](t.Context(), wolves)
	if err != nil || len(l.Message.Rows) != 1 || l.Message.Rows[0].Select == nil || len(l.Message.Rows[0].Select.Options) != 25 {
		t.Fatalf("%v %+v", err, l.Message.Rows)
	}
	if err := discord.Validate(l.Message); err != nil {
		t.Error(err)
	}
	if reply := w.registry().Handle(t.Context(), slash(member, wolvesGuild, "war retals")); !answered(reply) || len(reply.Rows) != 2 || reply.Rows[0].Select == nil {
		t.Errorf("the command: %s", show(reply))
	}
}

func TestAClaimThatWasNotUsedLapses(t *testing.T) {
	w := newWorld(t)
	w.retals[wolves][1].Claim.At = now.Add(-war.RetalClaimFor)
	if got := show(w.registry().Handle(t.Context(), click(member, wolvesGuild, "retal:mine:777:7002"))); !strings.Contains(got, "Yours") {
		t.Errorf("somebody who did not strike holds it for ever: %s", got)
	}
}

func TestNobodyTakesWhatIsNotThereToBeTaken(t *testing.T) {
	for _, c := range []struct{ who, guild, id, want string }{
		{member, wolvesGuild, "retal:mine:777:7003", "Too late"},
		{member, wolvesGuild, "retal:mine:777:99", "not on record"},
		{member, wolvesGuild, "retal:mine:777:-1", "older version"},
		{member, wolvesGuild, "retal:mine:777", "older version"},
		{member, wolvesGuild, "retal:mine:777:7001:1", "older version"},
		{member, wolvesGuild, "retal:mine:888:7001", ""},
		{foreign, bearsGuild, "retal:mine:777:7001", ""},
		{foreign, bearsGuild, "retal:mine:888:7001", "not on record"},
		{gone, wolvesGuild, "retal:mine:777:7001", ""},
		{stranger, wolvesGuild, "retal:mine:777:7001", ""},
		{member, wolvesGuild, "retal:list:777:40404", "no war 40404"},
	} {
		w := newWorld(t)
		reply := w.registry().Handle(t.Context(), click(c.who, c.guild, c.id))
		if !strings.Contains(show(reply), c.want) || !reply.Ephemeral || len(w.writes) > 0 {
			t.Errorf("%s by %s: %s%v", c.id, c.who, show(reply), w.writes)
		}
	}
	w := newWorld(t)
	w.now = now.Add(5 * time.Minute)
	if got := show(w.registry().Handle(t.Context(), click(member, wolvesGuild, "retal:mine:777:7001"))); !strings.Contains(got, "Too late") {
		t.Errorf("an old button: %s", got)
	}
}

func TestRetaliationsOfTheWarThatIsOnAreListed(t *testing.T) {
	w := newWorld(t)
	golden(t, "war_retals", show(w.registry().Handle(t.Context(), slash(member, wolvesGuild, "war retals"))))
}

func TestTheLiveListOffersThoseThatAreOpen(t *testing.T) {
	w := newWorld(t)
	l, err := w.registry().Live()["retals"](t.Context(), wolves)
	if err != nil || !l.Hot || len(l.Message.Rows) != 1 || len(l.Message.Rows[0].Buttons) != 2 {
		t.Fatalf("%v %+v", err, l)
	}
	w.retals, w.wars = nil, nil
	if l, err = w.registry().Live()["retals"](t.Context(), wolves); err != nil || l.Hot || len(l.Message.Rows) != 0 {
		t.Errorf("with nothing to show: %v %+v", err, l)
	}
}
