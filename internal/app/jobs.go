package app

import (
	"context"
	"slices"

	"consigliere/internal/faction"
	"consigliere/internal/jobs"
	"consigliere/internal/say"
	"consigliere/internal/torn"
)

// jobTable is everything that the bot does every so often by itself.
func (a *App) jobTable() []jobs.Job {
	return []jobs.Job{
		(&jobs.Players{Client: a.client, Pool: a.pool, Store: a.store, Clock: a.clock, Log: a.log}).Job(),
		(&jobs.KeyTest{Client: a.client, Pool: a.pool, Store: a.store, Keys: a.keys, Clock: a.clock, Log: a.log}).Job(),
		jobs.LinkRequests(a.store, a.clock),
		jobs.Retention(a.store, a.clock),
		jobs.Watches(a.store, a.clock),
		jobs.Freshness(a.store, a.intervals(), a.clock),
		jobs.AlertDefaults(a.store, a.clock),
		(&jobs.Budget{Usage: a.shares, Operators: a.discord, To: a.cfg.Operators, Render: say.RenderAlert, Clock: a.clock}).Job(),
		a.roleWork(&guild{a.discord}).Job(),
	}
}

// shares is how far each allowance of requests to Torn is used.
func (a *App) shares(ctx context.Context) ([]jobs.Share, error) {
	all, err := a.limits.Usage(ctx)
	out := make([]jobs.Share, 0, len(all))
	for _, u := range all {
		out = append(out, jobs.Share{Player: u.Player, Calls: u.Calls, Limit: u.Limit, Since: u.Since})
	}
	return out, err
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
