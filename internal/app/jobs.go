package app

import (
	"context"

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
	rows, err := k.store.Keys(ctx, r.Faction, r.Player)
	if err != nil {
		return faction.Key{}, torn.Secret{}, false, err
	}
	for _, row := range rows {
		if row.ID != r.Key || row.State == faction.KeyInvalid {
			continue
		}
		plain, err := k.vault.Unseal(row.Sealed, keyContext(row.Player))
		if err != nil {
			k.log.Error("a stored key cannot be opened; its owner should link it again", "faction_id", r.Faction, "key_id", row.ID, "err", err)
			return faction.Key{}, torn.Secret{}, false, nil
		}
		k.redact.Add(string(plain))
		return row, torn.NewSecret(string(plain)), true, nil
	}
	return faction.Key{}, torn.Secret{}, false, nil
}
