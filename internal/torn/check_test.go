package torn_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"consigliere/internal/torn"
)

// checkAnswers serves the four requests of a key check, one of them as an error.
func checkAnswers(failing string, code int) http.HandlerFunc {
	return func(w http.ResponseWriter, q *http.Request) {
		path := strings.TrimPrefix(q.URL.Path, "/v2/")
		if path == failing {
			body(fmt.Sprintf(`{"error":{"code":%d,"error":"x"}}`, code))(w, q)
			return
		}
		body(map[string]string{
			"key/info": `{"info":{"selections":{"faction":["attacks"]},"user":{"id":7,"faction_id":null},
				"access":{"level":0,"type":"Custom","faction":false,"company":false}}}`,
			"user/basic":   `{"profile":{"id":7,"name":"Seven","level":3,"status":{"state":"Okay"}}}`,
			"user/faction": `{"faction":null}`,
			"user/discord": `{"discord":{"discord_id":"42","user_id":7}}`,
		}[path])(w, q)
	}
}

func TestAKeyCheckCallsAnOwnerWithoutDiscordUnlinked(t *testing.T) {
	r := newRig(t, checkAnswers("user/discord", 6))
	rep, err := r.CheckKey(t.Context(), torn.NewSecret(testKey))
	if err != nil || rep.Owner != 7 || rep.Name != "Seven" || rep.DiscordID != "" || rep.FactionID != 0 {
		t.Errorf("got %+v, %v", rep, err)
	}
	if rep.Level != torn.Custom || rep.Can(torn.NeedAttacks) || !rep.Selections.Has("faction", "attacks") {
		t.Errorf("a custom key without faction access: %+v", rep)
	}
}

func TestAKeyCheckThatFailsAnywhereTellsNothing(t *testing.T) {
	for _, path := range []string{"key/info", "user/basic", "user/faction", "user/discord"} {
		r := newRig(t, checkAnswers(path, 18))
		rep, err := r.CheckKey(t.Context(), torn.NewSecret(testKey))
		if !errors.Is(err, torn.ErrKeyPaused) || rep.Owner != 0 || strings.Contains(err.Error(), testKey) {
			t.Errorf("%s: %+v, %v", path, rep, err)
		}
	}
}

func TestAKeyCheckSpendsTheOwnersBudgetOnceTheOwnerIsKnown(t *testing.T) {
	r := newRig(t, checkAnswers("", 0))
	if _, err := r.CheckKey(t.Context(), torn.NewSecret(testKey)); err != nil {
		t.Fatal(err)
	}
	for i, c := range r.observed() {
		if want := min(i, 1) * 7; int(c.Owner) != want {
			t.Errorf("request %d was charged to player %d", i, c.Owner)
		}
	}
	if len(r.requests()) != 4 {
		t.Errorf("%d requests", len(r.requests()))
	}
}
