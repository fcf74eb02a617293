package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"time"

	"consigliere/internal/clock"
	"consigliere/internal/faction"
	"consigliere/internal/torn"
)

// KeyTestStore is what the testing of keys needs of the store.
type KeyTestStore interface {
	UntestedKeys(ctx context.Context, since time.Time) ([]faction.KeyRef, error)
	KeyTested(ctx context.Context, k faction.KeyRef, now time.Time) error
	ChangeKey(ctx context.Context, id faction.ID, c faction.KeyChange, now time.Time) (changed bool, err error)
}

// Keyring opens stored keys, and knows what an error of Torn's means for one.
type Keyring interface {
	// Open gives a key as it is stored now, and the key itself; ok is false when it is
	// gone, invalid, or cannot be opened.
	Open(ctx context.Context, k faction.KeyRef) (stored faction.Key, secret torn.Secret, ok bool, err error)
	Report(ctx context.Context, id faction.ID, key int64, v torn.Verdict) error
}

// KeyTest asks Torn about every key once a day: whether one that was paused, or whose
// owner was away or in jail, answers again, and what each may do now. So a key comes
// back without its owner doing anything here.
type KeyTest struct {
	Client *torn.Client
	Pool   *torn.Pool
	Store  KeyTestStore
	Keys   Keyring
	Clock  clock.Clock
	Log    *slog.Logger
}

const (
	testEvery = time.Hour      // to find the keys that are due, and those of who moved
	testAge   = 24 * time.Hour // after which a key is due
)

// Job tests each key daily, some each hour.
func (k *KeyTest) Job() Job {
	return Job{Name: "keytest", Every: testEvery, Limit: 20 * time.Minute, Run: k.run}
}

func (k *KeyTest) run(ctx context.Context) (map[string]int, error) {
	due, err := k.Store.UntestedKeys(ctx, k.Clock.Now().Add(-testAge))
	if err != nil {
		return nil, err
	}
	t := newTally()
	err = each(ctx, k.Log, t, due, func(r faction.KeyRef) slog.Attr { return slog.Int64("key_id", r.Key) },
		func(ctx context.Context, r faction.KeyRef) error { return k.test(ctx, t, r) })
	return t.all(), err
}

// test asks Torn about one key, with that key. That is verifying: every consent allows it.
func (k *KeyTest) test(ctx context.Context, t *tally, r faction.KeyRef) error {
	stored, secret, ok, err := k.Keys.Open(ctx, r)
	if err != nil {
		return err
	}
	if !ok {
		t.add("could not be opened")
		return k.Store.KeyTested(ctx, r, k.Clock.Now())
	}
	key := torn.Key{ID: r.Key, Owner: stored.Player, Faction: r.Faction, Secret: secret}
	info, err := k.Client.KeyInfo(ctx, key, torn.Options{Priority: torn.Background})
	if err != nil {
		return k.failed(ctx, t, r, stored, err)
	}
	if faction.PlayerID(info.User.ID) != stored.Player {
		return fmt.Errorf("torn says key %d belongs to player %d, not %d", r.Key, info.User.ID, stored.Player)
	}
	changed, err := k.Store.ChangeKey(ctx, r.Faction, learnt(r, stored, info), k.Clock.Now())
	if err != nil {
		return err
	}
	return k.tested(ctx, t, r, stored.State, changed, "tested")
}

// failed records what an error says of a key. One that says nothing about it leaves
// the key to be tested again.
func (k *KeyTest) failed(ctx context.Context, t *tally, r faction.KeyRef, stored faction.Key, err error) error {
	var e *torn.Error
	if !errors.As(err, &e) {
		return err
	}
	v := torn.Verdict{Code: e.Code, Reason: sayOf(err)}
	switch e.Reaction {
	case torn.DropKey:
		v.State = torn.KeyDropped
	case torn.DisableKey:
		v.State = torn.KeyDisabled
	case torn.UseOtherKey:
		v.State = torn.KeyOK
	default:
		return err
	}
	if err := k.Keys.Report(ctx, r.Faction, r.Key, v); err != nil {
		return err
	}
	return k.tested(ctx, t, r, stored.State, true, "out of use")
}

// tested closes a test. The pool is to look at keys again of which it may know worse.
func (k *KeyTest) tested(ctx context.Context, t *tally, r faction.KeyRef, before string, changed bool, what string) error {
	if changed {
		k.Pool.Invalidate(r.Faction)
	}
	if changed && what == "tested" && before != faction.KeyActive {
		t.add("recovered")
		k.Log.Info("a key works again", "faction_id", r.Faction, "key_id", r.Key, "owner_id", r.Player, "was", before)
	}
	t.add(what)
	return k.Store.KeyTested(ctx, r, k.Clock.Now())
}

// learnt works out what Torn's answer means for a key that is stored. A key that was
// refused something (no_access) still answers here, so it is well again only when it
// may do other things than were known of it: it would be refused the same again.
func learnt(r faction.KeyRef, stored faction.Key, info torn.KeyInfo) faction.KeyChange {
	here := info.User.FactionID != nil && faction.ID(*info.User.FactionID) == r.Faction
	facts := &faction.KeyFacts{
		Level: int(info.Access.Level), Type: info.Access.Type,
		FactionAccess: info.Access.Faction && here, Selections: info.Selections,
	}
	c := faction.KeyChange{Key: r.Key, State: faction.KeyActive, Reason: "It works again.", Facts: facts}
	lent := stored.Consent == string(torn.ConsentLend)
	switch {
	case lent && here && stored.FactionAccess && !facts.FactionAccess:
		c.State, c.LostFactionAccess = faction.KeyNoAccess, true
		c.Reason = "The owner's position has no Faction API Access any more. It is tested again every day."
	case stored.State == faction.KeyNoAccess && same(stored, *facts):
		c.State, c.Reason = stored.State, stored.Reason
	}
	return c
}

// same tells whether nothing new is known of what a key may do.
func same(k faction.Key, f faction.KeyFacts) bool {
	return k.Level == f.Level && k.FactionAccess == f.FactionAccess &&
		maps.EqualFunc(k.Selections, f.Selections, func(a, b []string) bool {
			return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
		})
}

func sayOf(err error) string {
	var known *faction.Error
	if errors.As(err, &known) {
		return known.Say
	}
	return ""
}
