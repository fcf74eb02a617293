package torn_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"consigliere/internal/faction"
	"consigliere/internal/torn"
)

// codeTable is api-v2.md 1.1, written down a second time.
var codeTable = []struct {
	code     int
	sentinel error
	reaction torn.Reaction
	kind     faction.Kind
}{
	{0, torn.ErrUnknown, torn.Retry, faction.Unavailable},
	{1, torn.ErrKeyEmpty, torn.TellOperator, faction.Internal},
	{2, torn.ErrKeyIncorrect, torn.DropKey, faction.Invalid},
	{3, torn.ErrWrongType, torn.TellOperator, faction.Internal},
	{4, torn.ErrWrongFields, torn.TellOperator, faction.Internal},
	{5, torn.ErrTooManyRequests, torn.PauseUser, faction.Unavailable},
	{6, torn.ErrNotFound, torn.NotFound, faction.NotFound},
	{7, torn.ErrNoAccess, torn.UseOtherKey, faction.Denied},
	{8, torn.ErrBanned, torn.StopAll, faction.Unavailable},
	{9, torn.ErrAPIDisabled, torn.Backoff, faction.Unavailable},
	{10, torn.ErrOwnerInFederalJail, torn.DisableKey, faction.Unavailable},
	{11, torn.ErrKeyChange, torn.Permanent, faction.Conflict},
	{12, torn.ErrKeyRead, torn.Retry, faction.Unavailable},
	{13, torn.ErrOwnerInactive, torn.DisableKey, faction.Unavailable},
	{14, torn.ErrDailyLimit, torn.UseOtherKey, faction.Unavailable},
	{15, torn.ErrLogUnavailable, torn.Retry, faction.Unavailable},
	{16, torn.ErrAccessLevel, torn.UseOtherKey, faction.Denied},
	{17, torn.ErrBackend, torn.Retry, faction.Unavailable},
	{18, torn.ErrKeyPaused, torn.DisableKey, faction.Unavailable},
	{19, torn.ErrOldCrimes1, torn.Permanent, faction.Unavailable},
	{20, torn.ErrRaceRunning, torn.Permanent, faction.Unavailable},
	{21, torn.ErrWrongCategory, torn.TellOperator, faction.Internal},
	{22, torn.ErrOnlyV1, torn.TellOperator, faction.Internal},
	{23, torn.ErrOnlyV2, torn.TellOperator, faction.Internal},
	{24, torn.ErrClosed, torn.Backoff, faction.Unavailable},
	{25, torn.ErrWrongStat, torn.TellOperator, faction.Internal},
	{26, torn.ErrCategoryOrStat, torn.TellOperator, faction.Internal},
	{27, torn.ErrOldCrimes, torn.Permanent, faction.Unavailable},
	{28, torn.ErrWrongLog, torn.TellOperator, faction.Internal},
	{29, torn.ErrLogCategory, torn.TellOperator, faction.Internal},
	{30, torn.ErrNoFile, torn.NotFound, faction.NotFound},
	{31, torn.ErrUnlisted, torn.Permanent, faction.Unavailable},
	{999, torn.ErrUnlisted, torn.Permanent, faction.Unavailable},
	{-3, torn.ErrUnlisted, torn.Permanent, faction.Unavailable},
}

func TestEveryErrorCodeHasItsSentinelAndItsReaction(t *testing.T) {
	for _, tc := range codeTable {
		t.Run(fmt.Sprint(tc.code), func(t *testing.T) {
			r := newRig(t, body(fmt.Sprintf(`{"error":{"code":%d,"error":"words of Torn"}}`, tc.code)))
			began := r.clock.Now()
			_, err := r.Chain(t.Context(), key(), torn.Options{}, 0)
			if !errors.Is(err, tc.sentinel) {
				t.Fatalf("error %v is not %v", err, tc.sentinel)
			}
			for _, other := range codeTable {
				if !errors.Is(other.sentinel, tc.sentinel) && errors.Is(err, other.sentinel) {
					t.Errorf("it is %v as well", other.sentinel)
				}
			}
			var e *torn.Error
			if !errors.As(err, &e) || e.Code != tc.code || e.Endpoint != "faction/chain" || e.Text != "words of Torn" {
				t.Errorf("it carries %+v", e)
			}
			if got := torn.ReactionOf(err); got != tc.reaction {
				t.Errorf("the reaction is %s, not %s", got, tc.reaction)
			}
			if got := faction.KindOf(err); got != tc.kind {
				t.Errorf("the kind is %d, not %d", got, tc.kind)
			}
			var fe *faction.Error
			if !errors.As(err, &fe) || fe.Say == "" {
				t.Error("there are no words for a person")
			}

			tries := 1
			switch tc.reaction {
			case torn.Retry:
				tries = 3
			case torn.PauseUser:
				tries = 3 // twice resumed after a pause
			}
			if n := len(r.requests()); n != tries {
				t.Errorf("asked %d times, not %d", n, tries)
			}
			until, reason := r.Breaker().Stopped()
			if stop := tc.reaction == torn.StopAll || tc.reaction == torn.Backoff; stop != !until.IsZero() || stop != (reason != "") {
				t.Errorf("traffic is stopped until %s because %q", until, reason)
			}
			if paused := r.budget.paused(7); (tc.reaction == torn.PauseUser) != !paused.IsZero() {
				t.Errorf("the user is paused until %s", paused)
			}
			if tc.reaction == torn.PauseUser && r.budget.paused(7).Sub(began) < time.Minute {
				t.Errorf("the user is paused for %s only", r.budget.paused(7).Sub(began))
			}
			for _, c := range r.observed() {
				if c.Outcome != torn.OutcomeError || c.Code != tc.code || c.Endpoint != "faction/chain" || c.Faction != 3 || c.Owner != 7 || c.HTTP != 200 {
					t.Errorf("observed %+v", c)
				}
			}
		})
	}
}

func TestATornErrorIsFoundWhateverTheStatus(t *testing.T) {
	for _, status := range []int{200, 400, 401, 403, 404, 429, 500, 503} {
		r := newRig(t, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			_, _ = w.Write([]byte(` {"error":{"error":"Incorrect key","code":2}} `))
		})
		if _, err := r.Chain(t.Context(), key(), torn.Options{}, 0); !errors.Is(err, torn.ErrKeyIncorrect) {
			t.Errorf("HTTP %d: %v", status, err)
		}
	}
}

func TestAnErrorThatRepeatsTheKeyIsCleaned(t *testing.T) {
	r := newRig(t, body(`{"error":{"code":2,"error":"Incorrect key `+testKey+` \n `+strings.Repeat("x", 5000)+`"}}`))
	_, err := r.Chain(t.Context(), key(), torn.Options{}, 0)
	if err == nil || strings.Contains(err.Error(), testKey) || len(err.Error()) > 500 || strings.Contains(err.Error(), "\n") {
		t.Errorf("got %.600v", err)
	}
}

func TestAnEmptyKeyIsNotSent(t *testing.T) {
	r := newRig(t, body(`{}`))
	_, err := r.Chain(t.Context(), torn.Key{}, torn.Options{}, 0)
	if !errors.Is(err, torn.ErrKeyEmpty) || len(r.requests()) != 0 {
		t.Errorf("got %v after %d requests", err, len(r.requests()))
	}
}
