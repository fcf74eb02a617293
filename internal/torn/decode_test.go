package torn_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"consigliere/internal/faction"
	"consigliere/internal/torn"
)

const goodAttack = `{"id":501,"code":"abc","started":1000,"ended":1007,
	"attacker":{"id":11,"name":"A","level":50,"faction":{"id":3,"name":"Us"}},
	"defender":{"id":22,"name":"D","level":60,"faction":null},
	"result":"Hospitalized","respect_gain":10.25,"respect_loss":1.5,"chain":10,
	"is_interrupted":false,"is_stealthed":true,"is_raid":false,"is_ranked_war":true,"is_territory_war":false,"territory_war_id":null,
	"finishing_hit_effects":[{"name":"warlord","value":15}],
	"modifiers":{"fair_fight":2.5,"war":2,"retaliation":1.5,"group":1,"overseas":1.25,"chain":1.1,"warlord":1.15}}`

func TestAnAttackIsReadWhole(t *testing.T) {
	r := newRig(t, body(`{"attacks":[`+goodAttack+`],"_metadata":{"links":{"next":"https://api.torn.com/n","prev":null},"total":7}}`))
	l, err := r.Attacks(t.Context(), key(), torn.Options{}, torn.AttacksQuery{})
	if err != nil {
		t.Fatal(err)
	}
	seven := int64(7)
	want := torn.List[torn.Attack]{Next: "https://api.torn.com/n", Total: &seven, Rows: []torn.Attack{{
		ID: 501, Code: "abc", Started: 1000, Ended: 1007,
		Attacker: &torn.Fighter{ID: 11, Name: "A", Level: 50, Faction: &torn.Named{ID: 3, Name: "Us"}},
		Defender: torn.Fighter{ID: 22, Name: "D", Level: 60},
		Result:   "Hospitalized", RespectGain: 10.25, RespectLoss: 1.5, Chain: 10, Stealthed: true, RankedWar: true,
		Effects:   []torn.HitEffect{{Name: "warlord", Value: 15}},
		Modifiers: torn.Modifiers{FairFight: 2.5, War: 2, Retaliation: 1.5, Group: 1, Overseas: 1.25, Chain: 1.1, Warlord: 1.15},
	}}}
	if d := cmp.Diff(want, l); d != "" {
		t.Error(d)
	}
}

func TestARowThatCannotBeReadIsSkippedAndTheRestKept(t *testing.T) {
	for name, bad := range map[string]string{
		"a number is a word":    strings.Replace(goodAttack, `"chain":10`, `"chain":"many"`, 1),
		"a number has decimals": strings.Replace(goodAttack, `"ended":1007`, `"ended":1007.5`, 1),
		"a row is a list":       `[1,2]`,
		"a row is null":         `null`,
		"no id":                 strings.Replace(goodAttack, `"id":501`, `"id":0`, 1),
		"no start":              strings.Replace(goodAttack, `"started":1000,`, ``, 1),
		"no result":             strings.Replace(goodAttack, `"Hospitalized"`, `""`, 1),
		"no defender":           strings.Replace(goodAttack, `"defender":{"id":22,"name":"D","level":60,"faction":null}`, `"defender":null`, 1),
	} {
		r := newRig(t, body(`{"attacks":[`+goodAttack+`,`+bad+`,`+goodAttack+`]}`))
		l, err := r.Attacks(t.Context(), key(), torn.Options{}, torn.AttacksQuery{})
		if err != nil || len(l.Rows) != 2 || len(l.Skipped) != 1 || l.Skipped[0].Index != 1 || l.Skipped[0].Err == nil {
			t.Errorf("%s: %d rows, skipped %v, %v", name, len(l.Rows), l.Skipped, err)
		}
	}
}

func TestUnknownFieldsAndValuesAndNullsNeverFailARow(t *testing.T) {
	for name, row := range map[string]string{
		"an unknown field":       strings.Replace(goodAttack, `"chain"`, `"moon":{"phase":[1]},"chain"`, 1),
		"an unknown result":      strings.Replace(goodAttack, "Hospitalized", "Abducted", 1),
		"an unknown effect":      strings.Replace(goodAttack, "warlord\",\"value", "frostbite\",\"value", 1),
		"a stealthed attacker":   strings.Replace(goodAttack, `{"id":11,"name":"A","level":50,"faction":{"id":3,"name":"Us"}}`, "null", 1),
		"no end":                 strings.Replace(goodAttack, `"ended":1007`, `"ended":null`, 1),
		"no modifiers":           strings.Replace(goodAttack, `"fair_fight":2.5`, `"fair_fight":null`, 1),
		"respect without a dot":  strings.Replace(goodAttack, "10.25", "10", 1),
		"the experimental field": strings.Replace(goodAttack, `"is_interrupted":false,`, "", 1),
	} {
		r := newRig(t, body(`{"attacks":[`+row+`],"surprise":true,"_metadata":[]}`))
		l, err := r.Attacks(t.Context(), key(), torn.Options{}, torn.AttacksQuery{})
		if err != nil || len(l.Rows) != 1 || len(l.Skipped) != 0 {
			t.Errorf("%s: %+v, %v", name, l, err)
		}
	}
}

func TestAListOfAnotherShapeIsAnErrorAndNeverEmpty(t *testing.T) {
	for name, answer := range map[string]string{
		"a map":                `{"members":{"1":{"id":1}}}`,
		"null":                 `{"members":null}`,
		"missing":              `{"people":[]}`,
		"rows of another kind": `{"members":[{"player":1},{"player":2},{"player":3}]}`,
	} {
		r := newRig(t, body(answer))
		if l, err := r.Members(t.Context(), key(), torn.Options{}, 9); !errors.Is(err, torn.ErrShape) {
			t.Errorf("%s: %+v, %v", name, l, err)
		}
	}
	r := newRig(t, body(`{"members":[]}`))
	if l, err := r.Members(t.Context(), key(), torn.Options{}, 9); err != nil || len(l.Rows) != 0 {
		t.Errorf("an empty list: %+v, %v", l, err)
	}
}

func TestShapeErrorsNameTheFieldAndNotTheValue(t *testing.T) {
	r := newRig(t, body(`{"chain":{"current":"secret words"}}`))
	_, err := r.Chain(t.Context(), key(), torn.Options{}, 0)
	if err == nil || !strings.Contains(err.Error(), "current") || strings.Contains(err.Error(), "secret words") {
		t.Errorf("got %v", err)
	}
}

func TestAWarReadsTheSameFromBothLists(t *testing.T) {
	sides := `"factions":[{"id":3,"name":"Us","score":10,"chain":2},{"id":9,"name":"Them","score":4,"chain":0}]`
	live := newRig(t, body(`{"pacts":[],"wars":{"ranked":{"war_id":77,"start":50,"end":null,"target":900,"winner":null,`+sides+`},"raids":[],"territory":[]}}`))
	listed := newRig(t, body(`{"rankedwars":[{"id":77,"start":50,"end":0,"target":900,"winner":0,`+sides+`}]}`))
	a, err := live.Wars(t.Context(), key(), torn.Options{}, 0)
	if err != nil || a.Ranked == nil {
		t.Fatalf("read %+v, %v", a, err)
	}
	b, err := listed.RankedWars(t.Context(), key(), torn.Options{}, 3, 20, 40)
	if err != nil || len(b.Rows) != 1 {
		t.Fatalf("read %+v, %v", b, err)
	}
	if d := cmp.Diff(*a.Ranked, b.Rows[0]); d != "" {
		t.Error(d)
	}
	if a.Ranked.ID != 77 || a.Ranked.End != nil || a.Ranked.Winner != nil || !torn.AtPtr(a.Ranked.End).IsZero() {
		t.Errorf("read %+v", a.Ranked)
	}
	if q := listed.requests()[0].URL; q.Path != "/v2/faction/3/rankedwars" || q.Query().Get("limit") != "20" || q.Query().Get("offset") != "40" {
		t.Errorf("asked %s", q)
	}
}

func TestNoWarIsNotTheSameAsAnAnswerWithoutOne(t *testing.T) {
	for _, none := range []string{`{"ranked":null,"raids":[],"territory":[]}`, `{"ranked":[]}`, `{}`, `[]`, `null`} {
		r := newRig(t, body(`{"pacts":[],"wars":`+none+`}`))
		if w, err := r.Wars(t.Context(), key(), torn.Options{}, 0); err != nil || w.Ranked != nil {
			t.Errorf("%s: %+v, %v", none, w, err)
		}
	}
	for _, other := range []string{`{"wars":{"raids":[]}}`, `{"wars":[{"ranked":null}]}`, `{"pacts":[]}`, `{"wars":{"ranked":{"war_id":5}}}`, `{"wars":{"ranked":7}}`} {
		r := newRig(t, body(other))
		if w, err := r.Wars(t.Context(), key(), torn.Options{}, 0); !errors.Is(err, torn.ErrShape) {
			t.Errorf("%s: %+v, %v", other, w, err)
		}
	}
}

func TestALinkedDiscordAccountIsReadInEveryFormOfNone(t *testing.T) {
	for raw, want := range map[string]torn.DiscordID{
		`"123456789012345678"`: "123456789012345678", `123456789012345678`: "123456789012345678",
		`""`: "", `"0"`: "", `0`: "", `null`: "",
	} {
		r := newRig(t, body(`{"discord":{"discord_id":`+raw+`,"user_id":7}}`))
		d, err := r.UserDiscord(t.Context(), key(), torn.Options{}, 7)
		if err != nil || d.DiscordID != want {
			t.Errorf("%s: %q, %v", raw, d.DiscordID, err)
		}
	}
	r := newRig(t, body(`{"discord":{"discord_id":"<b>","user_id":7}}`))
	if _, err := r.UserDiscord(t.Context(), key(), torn.Options{}, 7); !errors.Is(err, torn.ErrShape) {
		t.Errorf("a word: %v", err)
	}
}

func TestAChainsCooldownMayBeSecondsOrAMoment(t *testing.T) {
	for cooldown, want := range map[int64]int64{0: 0, -5: 0, 90: 1_700_000_090, 1_700_000_500: 1_700_000_500} {
		if got := (torn.Chain{Cooldown: cooldown}).CooldownEnd(1_700_000_000); got != want {
			t.Errorf("%d ends at %d, not %d", cooldown, got, want)
		}
	}
}

// words joins what a test looked at, with blanks between.
func words(v ...any) string { return strings.TrimSpace(fmt.Sprintln(v...)) }

// TestCapturedAnswersDecode reads the answers captured from the real service,
// where they are at hand.
func TestCapturedAnswersDecode(t *testing.T) {
	dir := filepath.Join("..", "..", "..", "shared", "torn", "fixtures")
	if _, err := os.Stat(dir); err != nil {
		t.Skip("no captured answers here: ", err)
	}
	for file, read := range map[string]func(r *rig) (string, error){
		"faction_chain_masked.json": func(r *rig) (string, error) {
			c, err := r.Chain(t.Context(), key(), torn.Options{}, 0)
			return words(c.Current), err
		},
		"faction_members_masked.json": func(r *rig) (string, error) {
			l, err := r.Members(t.Context(), key(), torn.Options{}, 0)
			return words(len(l.Rows) > 0, len(l.Skipped), l.Rows[0].Status.State, *l.Rows[0].Status.Until), err
		},
		"faction_news_main.json": func(r *rig) (string, error) {
			l, err := r.News(t.Context(), key(), torn.Options{}, "main", 0, 0)
			return words(len(l.Rows), len(l.Skipped), l.Rows[0].ID), err
		},
		"faction_rankedwars.json": func(r *rig) (string, error) {
			l, err := r.RankedWars(t.Context(), key(), torn.Options{}, 0, 0, 0)
			return words(len(l.Skipped), l.Rows[0].ID, l.Rows[0].End == nil, *l.Rows[1].End, *l.Rows[1].Winner), err
		},
		"faction_wars_upcoming.json": func(r *rig) (string, error) {
			w, err := r.Wars(t.Context(), key(), torn.Options{}, 0)
			return words(w.Ranked.ID, w.Ranked.End == nil, w.Ranked.Factions[1].Name), err
		},
		"key_info_masked.json": func(r *rig) (string, error) {
			k, err := r.KeyInfo(t.Context(), key(), torn.Options{})
			return words(k.User.ID > 0, k.Access.Level, k.Access.Faction, k.Selections.Has("faction", "Attacks")), err
		},
		"user_profile_masked.json": func(r *rig) (string, error) {
			p, err := r.UserBasic(t.Context(), key(), torn.Options{}, faction.PlayerID(100))
			return words(p.ID, p.Status.State, *p.FactionID), err
		},
	} {
		raw, err := os.ReadFile(filepath.Join(dir, file))
		if err != nil {
			t.Fatal(err)
		}
		want := map[string]string{
			"faction_chain_masked.json":   "100",
			"faction_members_masked.json": "true 0 Hospital 100",
			"faction_news_main.json":      "2 0 zL8X",
			"faction_rankedwars.json":     "0 44751 true 1781967435 36457",
			"faction_wars_upcoming.json":  "39363 true The Masters",
			"key_info_masked.json":        "true Full true true",
			"user_profile_masked.json":    "100 Okay 100",
		}[file]
		if got, err := read(newRig(t, body(string(raw)))); err != nil || got != want {
			t.Errorf("%s: %q, not %q; %v", file, got, want, err)
		}
	}
}
