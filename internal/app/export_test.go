package app

import (
	"context"
	"time"

	"consigliere/internal/commands"
	"consigliere/internal/config"
	"consigliere/internal/discord"
	"consigliere/internal/faction"
	"consigliere/internal/jobs"
	"consigliere/internal/notify"
	"consigliere/internal/scoreboard"
	"consigliere/internal/torn"
	"consigliere/internal/vault"
)

// SealKey is how a linked key is stored.
func SealKey(v *vault.Vault, secret torn.Secret, owner faction.PlayerID) (sealed, fingerprint []byte, err error) {
	k := &keyring{vault: v, redact: new(config.Redactor)}
	return k.Seal(secret, owner)
}

// Marker is how a delivered alert is recognised.
func Marker(id faction.ID, delivery int64) string { return notify.Marker(id, delivery) }

// Commands are what the bot answers to.
func (a *App) Commands() *commands.Registry { return a.commands }

// Board is the web scoreboard.
func (a *App) Board() *scoreboard.Server { return a.board }

// Jobs are what the bot does every so often by itself.
func (a *App) Jobs() []jobs.Job { return a.jobTable() }

// Deliverer brings alerts to a sender of the test's own.
func (a *App) Deliverer(to notify.Sender, direct notify.Direct) *notify.Deliverer {
	d := a.deliverer()
	d.Sender, d.Direct, d.Pace = to, direct, nil // nothing is kept from going out at once
	return d
}

// Boards keeps live messages with a sender of the test's own.
func (a *App) Boards(to notify.Sender) *notify.Boards {
	b := a.boards()
	b.Sender = to
	return b
}

// Budget counts requests to Torn.
func (a *App) Budget() torn.Budget { return a.limits }

// Spent is how many requests to Torn were made in the last minute.
func (a *App) Spent(ctx context.Context) (calls int, err error) {
	calls, _, err = load{a.limits}.Load(ctx)
	return calls, err
}

// Close closes what New opened, instead of Run.
func (a *App) Close(ctx context.Context) error { return a.close(ctx) }

// Export writes a faction's export into a folder.
func (a *App) Export(ctx context.Context, dir string, id faction.ID, now time.Time) (commands.Export, error) {
	return exports{a.store, dir}.ExportFaction(ctx, id, now)
}

// Guild is Discord's side of roles.
func Guild(s *discord.Session) jobs.Guild { return &guild{s} }
