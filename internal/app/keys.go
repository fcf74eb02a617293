package app

import (
	"context"
	"crypto/sha256"
	"log/slog"

	"consigliere/internal/clock"
	"consigliere/internal/config"
	"consigliere/internal/faction"
	"consigliere/internal/store"
	"consigliere/internal/torn"
	"consigliere/internal/vault"
)

// keyring joins the store, which keeps sealed keys, and the vault, which opens
// them, into the pool's source of keys.
type keyring struct {
	store  *store.Store
	vault  *vault.Vault
	redact *config.Redactor
	clock  clock.Clock
	log    *slog.Logger
}

// context binds a sealed key to its owner, not to a faction: it follows a player
// who moves.
func keyContext(owner faction.PlayerID) string { return vault.Context("api_keys", 0, int64(owner)) }

// Seal encrypts a key for its owner. The fingerprint tells the same key from
// others; a key has 95 bits of chance, so that its plain hash gives nothing away.
func (k *keyring) Seal(secret torn.Secret, owner faction.PlayerID) (sealed, fingerprint []byte, err error) {
	k.redact.Add(secret.Reveal())
	sealed, err = k.vault.Seal([]byte(secret.Reveal()), keyContext(owner))
	sum := sha256.Sum256([]byte("consigliere key " + secret.Reveal()))
	return sealed, sum[:], err
}

// Keys opens all keys of a faction. One that cannot be opened is left out and said so.
func (k *keyring) Keys(ctx context.Context, id faction.ID) ([]torn.KeyRecord, error) {
	rows, err := k.store.Keys(ctx, id, 0)
	if err != nil {
		return nil, err
	}
	var out []torn.KeyRecord
	for _, row := range rows {
		plain, err := k.vault.Unseal(row.Sealed, keyContext(row.Player))
		if err != nil {
			k.log.Error("a stored key cannot be opened; its owner should link it again", "faction_id", id, "key_id", row.ID, "err", err)
			continue
		}
		k.redact.Add(string(plain))
		out = append(out, torn.KeyRecord{
			ID: row.ID, Owner: row.Player, Secret: torn.NewSecret(string(plain)), Level: torn.Level(row.Level), Selections: row.Selections,
			FactionAccess: row.FactionAccess, Consent: torn.Consent(row.Consent), State: stateOf(row.State),
		})
	}
	return out, nil
}

func stateOf(stored string) torn.KeyState {
	if stored == "active" {
		return torn.KeyOK
	}
	return torn.KeyDisabled
}

// Report stores what a call taught about a key.
func (k *keyring) Report(ctx context.Context, id faction.ID, key int64, v torn.Verdict) error {
	now := k.clock.Now()
	switch {
	case v.State == torn.KeyDropped:
		return k.store.DropKey(ctx, id, key)
	case v.State == torn.KeyDisabled:
		return k.store.MarkKey(ctx, id, key, storedState(v.Code), v.Reason, now)
	case v.LostFactionAccess:
		return k.store.LoseFactionAccess(ctx, id, key, v.Reason, now)
	default:
		return nil // the pool itself remembers the rest
	}
}

// storedState names the state that Torn's error code puts a key into.
func storedState(code int) string {
	switch code {
	case 18:
		return "paused"
	case 13:
		return "inactive"
	case 10:
		return "jailed"
	default:
		return "no_access"
	}
}
