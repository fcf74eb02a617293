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
	for again := true; ; again = false {
		rows, err := k.store.Keys(ctx, id, 0)
		if err != nil {
			return nil, err
		}
		out, locked := k.open(rows)
		// A key may have been sealed anew after it was read, and its former vault key
		// retired before it was opened: what is stored now opens.
		if len(locked) > 0 && again {
			continue
		}
		for key, err := range locked {
			k.log.Error("a stored key cannot be opened; its owner should link it again", "faction_id", id, "key_id", key, "err", err)
		}
		return out, nil
	}
}

// open opens keys; those that do not open are listed by their id.
func (k *keyring) open(rows []faction.Key) (out []torn.KeyRecord, locked map[int64]error) {
	for _, row := range rows {
		if row.State == faction.KeyInvalid {
			continue // nothing is left of it to open
		}
		plain, err := k.vault.Unseal(row.Sealed, keyContext(row.Player))
		if err != nil {
			if locked == nil {
				locked = map[int64]error{}
			}
			locked[row.ID] = err
			continue
		}
		k.redact.Add(string(plain))
		out = append(out, torn.KeyRecord{
			ID: row.ID, Owner: row.Player, Secret: torn.NewSecret(string(plain)), Level: torn.Level(row.Level), Selections: row.Selections,
			FactionAccess: row.FactionAccess, Consent: torn.Consent(row.Consent), State: stateOf(row.State),
		})
	}
	return out, locked
}

func stateOf(stored string) torn.KeyState {
	switch stored {
	case faction.KeyActive, faction.KeyNoAccess: // the latter still reads what is public
		return torn.KeyOK
	default:
		return torn.KeyDisabled
	}
}

// Report stores what a call taught about a key. What passes by itself within minutes
// the pool remembers alone.
func (k *keyring) Report(ctx context.Context, id faction.ID, key int64, v torn.Verdict) error {
	state, known := stateAfter(v.Code)
	if !known || v.State == torn.KeyUnhealthy {
		return nil
	}
	_, err := k.store.ChangeKey(ctx, id, faction.KeyChange{
		Key: key, State: state, Reason: v.Reason, LostFactionAccess: v.LostFactionAccess,
	}, k.clock.Now())
	return err
}

// stateAfter is the state that an error of Torn's puts a key into; not known for
// errors that say nothing lasting about it.
func stateAfter(code int) (state string, known bool) {
	switch code {
	case 2:
		return faction.KeyInvalid, true
	case 7, 16:
		return faction.KeyNoAccess, true
	case 10:
		return faction.KeyJailed, true
	case 13:
		return faction.KeyInactive, true
	case 18:
		return faction.KeyPaused, true
	default:
		return "", false
	}
}
