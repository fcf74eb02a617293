package app

import (
	"context"
	"slices"

	"consigliere/internal/faction"
	"consigliere/internal/jobs"
	"consigliere/internal/torn"
)

// jobTable is everything that the bot does every so often by itself.
func (a *App) jobTable() []jobs.Job {
	return []jobs.Job{
		(&jobs.Players{Client: a.client, Pool: a.pool, Store: a.store, Clock: a.clock, Log: a.log}).Job(),
		(&jobs.KeyTest{Client: a.client, Pool: a.pool, Store: a.store, Keys: a.keys, Clock: a.clock, Log: a.log}).Job(),
		jobs.LinkRequests(a.store, a.clock),
		jobs.Retention(a.store, a.clock),
		a.roleWork(&guild{a.discord}).Job(),
	}
}

func (a *App) jobRunner() *jobs.Runner {
	return &jobs.Runner{
		Owner: a.instance(), Table: a.jobTable(), Claims: a.store, Clock: a.clock, Log: a.log, Observe: a.metrics.job,
	}
}

// Open gives a stored key as it is now, whatever its state; ok is false when it is
// gone, invalid, or cannot be opened.
func (k *keyring) Open(ctx context.Context, r faction.KeyRef) (stored faction.Key, secret torn.Secret, ok bool, err error) {
	for again := true; ; again = false {
		rows, err := k.store.Keys(ctx, r.Faction, r.Player)
		if err != nil {
			return faction.Key{}, torn.Secret{}, false, err
		}
		i := slices.IndexFunc(rows, func(row faction.Key) bool { return row.ID == r.Key && row.State != faction.KeyInvalid })
		if i < 0 {
			return faction.Key{}, torn.Secret{}, false, nil
		}
		plain, err := k.vault.Unseal(rows[i].Sealed, keyContext(rows[i].Player))
		switch {
		case err == nil:
			k.redact.Add(string(plain))
			return rows[i], torn.NewSecret(string(plain)), true, nil
		case !again: // once, for the reason that Keys gives
			k.log.Error("a stored key cannot be opened; its owner should link it again", "faction_id", r.Faction, "key_id", r.Key, "err", err)
			return faction.Key{}, torn.Secret{}, false, nil
		}
	}
}
