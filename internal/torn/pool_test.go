package torn_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"consigliere/internal/faction"
	"consigliere/internal/torn"
)

func TestKeysTakeTurnsTheLongestUnusedFirst(t *testing.T) {
	p, _, _ := newPool(t, lent(1, 11), lent(2, 12), lent(3, 13))
	if got := uses(t, p, torn.NeedAttacks, 7); !slices.Equal(got, []int64{1, 2, 3, 1, 2, 3, 1}) {
		t.Errorf("used %v", got)
	}
}

func TestOnlyKeysThatServeTheNeedAreUsed(t *testing.T) {
	type change func(*torn.KeyRecord)
	for _, tc := range []struct {
		name   string
		change change
		need   torn.Need
		ok     bool
	}{
		{"as it is", func(*torn.KeyRecord) {}, torn.NeedAttacks, true},
		{"not lent, only the owner's data", func(k *torn.KeyRecord) { k.Consent = torn.ConsentOwn }, torn.NeedMembers, false},
		{"not lent, only verification", func(k *torn.KeyRecord) { k.Consent = torn.ConsentVerify }, torn.NeedMembers, false},
		{"no consent at all", func(k *torn.KeyRecord) { k.Consent = "" }, torn.NeedMembers, false},
		{"a consent nobody knows", func(k *torn.KeyRecord) { k.Consent = "everything" }, torn.NeedMembers, false},
		{"own data with that consent", func(k *torn.KeyRecord) { k.Consent = torn.ConsentOwn }, torn.NeedPublic.For(11), true},
		{"own data with a lent key", func(*torn.KeyRecord) {}, torn.NeedPublic.For(11), true},
		{"own data with verification only", func(k *torn.KeyRecord) { k.Consent = torn.ConsentVerify }, torn.NeedPublic.For(11), false},
		{"who the owner is with verification only", func(k *torn.KeyRecord) { k.Consent = torn.ConsentVerify }, torn.NeedIdentity.For(11), true},
		{"who the owner is with the owner's data", func(k *torn.KeyRecord) { k.Consent = torn.ConsentOwn }, torn.NeedIdentity.For(11), true},
		{"who the owner is without any consent", func(k *torn.KeyRecord) { k.Consent = "" }, torn.NeedIdentity.For(11), false},
		{"who somebody else is with verification only", func(k *torn.KeyRecord) { k.Consent = torn.ConsentVerify }, torn.NeedIdentity.For(12), false},
		{"who anybody is with verification only", func(k *torn.KeyRecord) { k.Consent = torn.ConsentVerify }, torn.NeedIdentity, false},
		{"somebody else's own data", func(*torn.KeyRecord) {}, torn.NeedPublic.For(12), false},
		{"disabled", func(k *torn.KeyRecord) { k.State = torn.KeyDisabled }, torn.NeedMembers, false},
		{"dropped", func(k *torn.KeyRecord) { k.State = torn.KeyDropped }, torn.NeedMembers, false},
		{"a state nobody knows", func(k *torn.KeyRecord) { k.State = "haunted" }, torn.NeedMembers, false},
		{"unhealthy, and the only one", func(k *torn.KeyRecord) { k.State = torn.KeyUnhealthy }, torn.NeedMembers, true},
		{"too little access", func(k *torn.KeyRecord) { k.Level = torn.Minimal }, torn.NeedAttacks, false},
		{"more access than needed", func(k *torn.KeyRecord) { k.Level = torn.Full }, torn.NeedAttacks, true},
		{"no faction access", func(k *torn.KeyRecord) { k.FactionAccess = false }, torn.NeedAttacks, false},
		{"no faction access, not needed", func(k *torn.KeyRecord) { k.FactionAccess = false }, torn.NeedMembers, true},
		{"custom with the selection", func(k *torn.KeyRecord) {
			k.Level, k.Selections = torn.Custom, torn.Selections{"faction": {"Attacks"}}
		}, torn.NeedAttacks, true},
		{"custom without the selection", func(k *torn.KeyRecord) {
			k.Level, k.Selections = torn.Custom, torn.Selections{"faction": {"crimes"}, "user": {"attacks"}}
		}, torn.NeedAttacks, false},
		{"custom for something public", func(k *torn.KeyRecord) { k.Level = torn.Custom }, torn.NeedMembers, true},
	} {
		k := lent(1, 11)
		tc.change(&k)
		p, _, _ := newPool(t, k)
		called := false
		err := p.Do(t.Context(), 3, tc.need, func(_ context.Context, got torn.Key) error {
			called = true
			if got.ID != 1 || got.Owner != 11 || got.Faction != 3 || got.Secret.Reveal() != k.Secret.Reveal() {
				t.Errorf("%s: got %+v", tc.name, got)
			}
			return nil
		})
		if called != tc.ok || (err == nil) != tc.ok || !tc.ok && !errors.Is(err, torn.ErrNoKey) {
			t.Errorf("%s: used %t, %v", tc.name, called, err)
		}
	}
}

func TestAMissingKeyIsNamedInWords(t *testing.T) {
	low, locked := lent(1, 11), lent(2, 12)
	low.Level, locked.FactionAccess = torn.Public, false
	p, _, _ := newPool(t, low, locked)
	err := p.Do(t.Context(), 3, torn.NeedAttacks, nil)
	var fe *faction.Error
	if !errors.As(err, &fe) || fe.Kind != faction.Unavailable {
		t.Fatalf("got %v", err)
	}
	for _, part := range []string{"Limited", "faction → attacks", "Faction API Access", "1 with too little access", "1 without Faction API Access", "/link"} {
		if !strings.Contains(fe.Say, part) {
			t.Errorf("%q is not in: %s", part, fe.Say)
		}
	}
	p, _, _ = newPool(t)
	if err := p.Do(t.Context(), 3, torn.NeedMembers, nil); !errors.As(err, &fe) || !strings.Contains(fe.Say, "any key of a member") || !strings.Contains(fe.Say, "no key is linked") {
		t.Errorf("without any key: %v", err)
	}
}

func TestAKeysFaultIsReportedAndTheNextKeyTakesOver(t *testing.T) {
	for _, tc := range []struct {
		code  int
		state torn.KeyState
		check func(v torn.Verdict) bool
	}{
		{2, torn.KeyDropped, nil},
		{10, torn.KeyDisabled, nil},
		{13, torn.KeyDisabled, nil},
		{18, torn.KeyDisabled, nil},
		{7, torn.KeyOK, func(v torn.Verdict) bool { return v.LostFactionAccess && v.Unfit == "" }},
		{16, torn.KeyOK, func(v torn.Verdict) bool { return v.Unfit == "faction/attacks" && !v.LostFactionAccess }},
		{14, torn.KeyOK, func(v torn.Verdict) bool { return v.Unfit == "faction/attacks" && !v.Until.IsZero() }},
	} {
		t.Run(fmt.Sprint(tc.code), func(t *testing.T) {
			fault := tornError(t, tc.code)
			p, s, c := newPool(t, lent(1, 11), lent(2, 12))
			var used []int64
			call := func(_ context.Context, k torn.Key) error {
				if used = append(used, k.ID); k.ID == 1 {
					return fmt.Errorf("read attacks: %w", fault)
				}
				return nil
			}
			if err := p.Do(t.Context(), 3, torn.NeedAttacks, call); err != nil {
				t.Fatal(err)
			}
			v := s.said(1)
			if !slices.Equal(used, []int64{1, 2}) || len(v) != 1 || len(s.said(2)) != 0 {
				t.Fatalf("used %v, verdicts %+v and %+v", used, v, s.said(2))
			}
			if v[0].State != tc.state || v[0].Code != tc.code || v[0].Reason == "" || tc.check != nil && !tc.check(v[0]) {
				t.Errorf("the verdict is %+v", v[0])
			}
			c.advance(time.Minute)
			used = nil
			for range 3 {
				if err := p.Do(t.Context(), 3, torn.NeedAttacks, call); err != nil {
					t.Fatal(err)
				}
			}
			if slices.Contains(used, 1) {
				t.Errorf("the faulty key was used again: %v", used)
			}
			if public := uses(t, p, torn.NeedMembers, 2); (tc.state == torn.KeyOK) != slices.Contains(public, 1) {
				t.Errorf("for public data %v were used", public)
			}
		})
	}
}

func TestAFaultIsRememberedEvenWhenTheSourceForgets(t *testing.T) {
	fault := tornError(t, 2)
	p, s, c := newPool(t, lent(1, 11), lent(2, 12))
	if err := p.Do(t.Context(), 3, torn.NeedMembers, func(_ context.Context, k torn.Key) error {
		if k.ID == 1 {
			return fault
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	s.change(func(k []torn.KeyRecord) { k[0].State = torn.KeyOK }) // as if the verdict had been lost
	c.advance(time.Minute)
	if got := uses(t, p, torn.NeedMembers, 3); !slices.Equal(got, []int64{2, 2, 2}) {
		t.Errorf("used %v: a bad key used again and again gets the host banned", got)
	}
	p.Invalidate(3) // the owner has linked again
	if got := uses(t, p, torn.NeedMembers, 2); !slices.Contains(got, 1) {
		t.Errorf("after the owner linked again %v were used", got)
	}
}

func TestWhenTheLastKeyFailsTheErrorTellsBoth(t *testing.T) {
	fault := tornError(t, 18)
	p, _, _ := newPool(t, lent(1, 11), lent(2, 12))
	n := 0
	err := p.Do(t.Context(), 3, torn.NeedMembers, func(context.Context, torn.Key) error { n++; return fault })
	if n != 2 || !errors.Is(err, torn.ErrNoKey) || !errors.Is(err, torn.ErrKeyPaused) || faction.KindOf(err) != faction.Unavailable {
		t.Errorf("after %d calls %v", n, err)
	}
}

func TestFaultsThatAreNotTheKeysAreHandedBackAtOnce(t *testing.T) {
	own := errors.New("the database is gone")
	unreachable := newRig(t, status(502, ""))
	_, gone := unreachable.Chain(t.Context(), key(), torn.Options{}, 0)
	blocked := newRig(t, challenge)
	_, wall := blocked.Chain(t.Context(), key(), torn.Options{}, 0)
	_, stopped := blocked.Chain(t.Context(), key(), torn.Options{}, 0)
	for name, fault := range map[string]error{
		"the caller's own": own, "given up": context.Canceled, "unreachable": gone, "blocked": wall, "stopped": stopped,
		"not found": tornError(t, 6), "wrong fields": tornError(t, 4), "old crimes": tornError(t, 27), "unlisted": tornError(t, 77),
	} {
		p, s, _ := newPool(t, lent(1, 11), lent(2, 12))
		n := 0
		err := p.Do(t.Context(), 3, torn.NeedMembers, func(context.Context, torn.Key) error { n++; return fault })
		if n != 1 || !errors.Is(err, fault) || len(s.said(1)) != 0 {
			t.Errorf("%s: %d calls, %v, verdicts %+v", name, n, err, s.said(1))
		}
	}
}

func TestPrivateDataOfOthersDoesNotCostFactionAccess(t *testing.T) {
	fault := tornError(t, 7)
	p, s, _ := newPool(t, lent(1, 11), lent(2, 12))
	n := 0
	err := p.Do(t.Context(), 3, torn.NeedMembers, func(context.Context, torn.Key) error { n++; return fault })
	if n != 1 || !errors.Is(err, torn.ErrNoAccess) || len(s.said(1)) != 0 {
		t.Errorf("%d calls, %v, verdicts %+v", n, err, s.said(1))
	}
}

func TestThreePassingFaultsInARowMakeAKeyUnhealthyForAWhile(t *testing.T) {
	fault := tornError(t, 17)
	p, s, c := newPool(t, lent(1, 11), lent(2, 12))
	bad := true
	var used []int64
	call := func(_ context.Context, k torn.Key) error {
		used = append(used, k.ID)
		if k.ID == 1 && bad {
			return fault
		}
		return nil
	}
	for range 12 {
		_ = p.Do(t.Context(), 3, torn.NeedMembers, call)
	}
	if got := count(used, 1); got != 3 {
		t.Errorf("the failing key was used %d times: %v", got, used)
	}
	if v := s.said(1); len(v) != 1 || v[0].State != torn.KeyUnhealthy || !v[0].Until.After(c.Now()) {
		t.Errorf("the verdicts are %+v", v)
	}
	c.advance(10 * time.Minute)
	bad, used = false, nil
	for range 4 {
		_ = p.Do(t.Context(), 3, torn.NeedMembers, call)
	}
	if count(used, 1) != 2 {
		t.Errorf("after its rest %v were used", used)
	}
	if v := s.said(1); len(v) != 2 || v[1].State != torn.KeyOK {
		t.Errorf("the verdicts are %+v", v)
	}
}

func count(ids []int64, id int64) int {
	n := 0
	for _, x := range ids {
		if x == id {
			n++
		}
	}
	return n
}

func TestASuccessBetweenFaultsKeepsAKeyHealthy(t *testing.T) {
	fault := tornError(t, 17)
	p, s, _ := newPool(t, lent(1, 11))
	for i := range 12 {
		_ = p.Do(t.Context(), 3, torn.NeedMembers, func(context.Context, torn.Key) error {
			if i%3 == 2 {
				return nil
			}
			return fault
		})
	}
	if v := s.said(1); len(v) != 0 {
		t.Errorf("the verdicts are %+v", v)
	}
}

func TestAnUnhealthyKeyIsUsedWhenThereIsNoOther(t *testing.T) {
	fault := tornError(t, 0)
	p, _, _ := newPool(t, lent(1, 11))
	for range 5 {
		if err := p.Do(t.Context(), 3, torn.NeedMembers, func(context.Context, torn.Key) error { return fault }); !errors.Is(err, torn.ErrUnknown) {
			t.Fatalf("got %v", err)
		}
	}
	if got := uses(t, p, torn.NeedMembers, 1); len(got) != 1 {
		t.Error("the faction has lost its only key to Torn's own troubles")
	}
}

func TestAKeyThatTornCannotReadMakesWayForAnotherAndIsKept(t *testing.T) {
	fault := tornError(t, 12)
	p, s, _ := newPool(t, lent(1, 11), lent(2, 12))
	var used []int64
	err := p.Do(t.Context(), 3, torn.NeedMembers, func(_ context.Context, k torn.Key) error {
		if used = append(used, k.ID); k.ID == 1 {
			return fault
		}
		return nil
	})
	if err != nil || !slices.Equal(used, []int64{1, 2}) || len(s.said(1)) != 0 {
		t.Errorf("used %v, %v, verdicts %+v", used, err, s.said(1))
	}
}

func TestAUserOverTheLimitMakesWayForAnotherUser(t *testing.T) {
	p, s, c := newPool(t, lent(1, 11), lent(2, 11), lent(3, 12))
	over := body(`{"error":{"code":5,"error":"Too many requests"}}`)
	r := newRig(t, func(w http.ResponseWriter, q *http.Request) {
		if q.Header.Get("Authorization") == "ApiKey "+lent(3, 12).Secret.Reveal() {
			body(goodChain)(w, q)
			return
		}
		over(w, q)
	})
	var used []int64
	call := func(ctx context.Context, k torn.Key) error {
		used = append(used, k.ID)
		_, err := r.Chain(ctx, k, torn.Options{Fresh: true}, 0)
		return err
	}
	for range 3 {
		if err := p.Do(t.Context(), 3, torn.NeedChain, call); err != nil {
			t.Fatal(err)
		}
	}
	if !slices.Equal(used, []int64{1, 3, 3, 3}) {
		t.Errorf("used %v: the paused user's other key is no way out", used)
	}
	if n := len(r.requests()); n != 4 {
		t.Errorf("%d requests: nobody was to wait for the paused user", n)
	}
	if len(s.said(1)) != 0 {
		t.Errorf("a limit is no fault of the key: %+v", s.said(1))
	}
	c.advance(2 * time.Minute)
	used = nil
	_ = p.Do(t.Context(), 3, torn.NeedChain, call)
	if used[0] != 2 {
		t.Errorf("after the pause %v were used", used)
	}
}

func TestAUserWithoutAnotherBesideIsWaitedFor(t *testing.T) {
	p, _, _ := newPool(t, lent(1, 11), lent(2, 11)) // two keys, one allowance
	first := true
	r := newRig(t, func(w http.ResponseWriter, q *http.Request) {
		if first {
			first = false
			body(`{"error":{"code":5,"error":"Too many requests"}}`)(w, q)
			return
		}
		body(goodChain)(w, q)
	})
	var used []int64
	err := p.Do(t.Context(), 3, torn.NeedChain, func(ctx context.Context, k torn.Key) error {
		used = append(used, k.ID)
		_, err := r.Chain(ctx, k, torn.Options{}, 0)
		return err
	})
	if err != nil || !slices.Equal(used, []int64{1}) || r.budget.paused(11).IsZero() {
		t.Errorf("used %v, paused until %s, %v", used, r.budget.paused(11), err)
	}
}

func TestKeysAreRememberedForAShortTime(t *testing.T) {
	p, s, c := newPool(t, lent(1, 11))
	uses(t, p, torn.NeedMembers, 5)
	if s.reads != 1 {
		t.Errorf("the source was read %d times", s.reads)
	}
	s.keys = append(s.keys, lent(2, 12))
	p.Invalidate(4) // another faction
	if got := uses(t, p, torn.NeedMembers, 2); slices.Contains(got, 2) {
		t.Error("another faction's change was taken for ours")
	}
	p.Invalidate(3)
	if got := uses(t, p, torn.NeedMembers, 2); !slices.Contains(got, 2) || s.reads != 2 {
		t.Errorf("used %v after %d reads", got, s.reads)
	}
	c.advance(time.Minute)
	uses(t, p, torn.NeedMembers, 1)
	if s.reads != 3 {
		t.Errorf("after a minute the source was read %d times", s.reads)
	}
}

func TestKeysReadBeforeAChangeAreNotKept(t *testing.T) {
	s := &slowShelf{shelf: shelf{keys: []torn.KeyRecord{lent(1, 11)}}, reading: make(chan struct{}), go1: make(chan struct{})}
	p, err := torn.NewPool(s, newStepClock(), nil)
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	wg.Go(func() { uses(t, p, torn.NeedMembers, 1) })
	<-s.reading
	p.Invalidate(3) // while the old list is on its way
	close(s.go1)
	wg.Wait()
	uses(t, p, torn.NeedMembers, 1)
	if s.reads != 2 {
		t.Errorf("the source was read %d times: the old list was kept", s.reads)
	}
}

type slowShelf struct {
	shelf
	once         sync.Once
	reading, go1 chan struct{}
}

func (s *slowShelf) Keys(ctx context.Context, f faction.ID) ([]torn.KeyRecord, error) {
	keys, err := s.shelf.Keys(ctx, f)
	s.once.Do(func() { close(s.reading); <-s.go1 })
	return keys, err
}

func TestASourceThatFailsIsTheCallsError(t *testing.T) {
	p, s, _ := newPool(t, lent(1, 11))
	s.fail = errors.New("database gone")
	if err := p.Do(t.Context(), 3, torn.NeedMembers, nil); !errors.Is(err, s.fail) {
		t.Errorf("got %v", err)
	}
	s.fail = nil
	uses(t, p, torn.NeedMembers, 1)
}

func TestNoLockIsHeldWhileACallIsOnItsWay(t *testing.T) {
	p, _, _ := newPool(t, lent(1, 11), lent(2, 12))
	err := p.Do(t.Context(), 3, torn.NeedMembers, func(ctx context.Context, outer torn.Key) error {
		p.Invalidate(9)
		return p.Do(ctx, 3, torn.NeedMembers, func(_ context.Context, inner torn.Key) error {
			if inner.ID == outer.ID {
				t.Error("the inner call got the key in use")
			}
			return nil
		})
	})
	if err != nil {
		t.Error(err)
	}
}

func TestManyCallsAtOnceSpreadOverAllKeys(t *testing.T) {
	p, _, _ := newPool(t, lent(1, 11), lent(2, 12), lent(3, 13), lent(4, 14))
	var mu sync.Mutex
	used := map[int64]int{}
	var wg sync.WaitGroup
	for range 40 {
		wg.Go(func() {
			_ = p.Do(t.Context(), 3, torn.NeedMembers, func(_ context.Context, k torn.Key) error {
				mu.Lock()
				defer mu.Unlock()
				used[k.ID]++
				return nil
			})
		})
	}
	wg.Wait()
	for id, n := range used {
		if n != 10 {
			t.Errorf("key %d was used %d times of 40", id, n)
		}
	}
}
