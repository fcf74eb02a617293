package app

import (
	"consigliere/internal/commands"
	"consigliere/internal/config"
	"consigliere/internal/faction"
	"consigliere/internal/notify"
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
