package faction

import "time"

// Process is one running process of the bot, as it last said of itself.
type Process struct {
	Instance string   // its name, the same over restarts
	Run      string   // one start of it
	Keys     []uint32 // ids of the encryption keys that it can open with
	Primary  uint32   // the one that it seals with
	// Silent is how long ago it last said so, on the database's clock.
	Silent time.Duration
}

// Seals counts the secrets of one faction's table that one key sealed.
type Seals struct {
	Table   string
	Faction ID     // 0: nobody's
	Key     uint32 // 0: what is stored is no ciphertext
	Rows    int
}

// SealedFor says what a sealed secret is bound to: see vault.Context.
type SealedFor struct {
	Table   string
	Faction ID
	Row     int64
}
