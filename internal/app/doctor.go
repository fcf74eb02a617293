package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"consigliere/internal/config"
	"consigliere/internal/discord"
	"consigliere/internal/localpg"
	"consigliere/internal/store"
	"consigliere/internal/vault"
)

// Finding is one thing that Doctor looked at.
type Finding struct {
	What string
	Err  error // nil: in order
	Note string
	// Warning is what works and should be mended all the same; empty: nothing.
	Warning string
}

// Doctor looks at everything that run needs, changes nothing, and says how to mend
// what is missing. A private database that the bot is using is looked at through
// the running bot's server; one that is not running is only checked for its programs
// and its directory. file is what the configuration was read from; see config.File.
func Doctor(ctx context.Context, cfg *config.Config, file string, log *slog.Logger) []Finding {
	return []Finding{
		{What: "configuration", Err: cfg.CheckRun(), Warning: config.ExposedSecrets(file)},
		keysetFinding(cfg),
		databaseFinding(ctx, cfg),
		discordFinding(ctx, cfg, log),
	}
}

func keysetFinding(cfg *config.Config) Finding {
	f := Finding{What: "encryption keyset"}
	v, err := vault.Open(cfg.Encryption.Keyset.Reveal(), cfg.Encryption.KeysetFile)
	if err != nil {
		f.Err = err
		return f
	}
	sealed, err := v.Seal([]byte("doctor"), "doctor")
	if err == nil {
		_, err = v.Unseal(sealed, "doctor")
	}
	f.Err = err
	return f
}

func databaseFinding(ctx context.Context, cfg *config.Config) Finding {
	f := Finding{What: "database"}
	url := cfg.Database.URL.Reveal()
	if url == "" {
		f.Note = "private, below data_dir"
		if f.Err = localpg.Installed(ctx); f.Err != nil {
			return f
		}
		s, err := localpg.Attach(privateDir(cfg))
		if err != nil {
			f.Note += "; not running now, so its schema was not looked at"
			f.Err = localpg.CheckDir(privateDir(cfg))
			return f
		}
		url = s.RoleURL(appRole)
	}
	s, err := store.Open(ctx, store.Config{URL: url, MaxConns: 1})
	if err != nil {
		f.Err = err
		if !errors.Is(err, store.ErrPrivileged) { // which says itself how to mend it
			f.Err = fmt.Errorf("%w\n  a server without the bot's login and schema gets both by `consigliere migrate up` (it needs database.admin_url)", err)
		}
		return f
	}
	defer s.Close()
	f.Err = s.CheckSchema(ctx)
	return f
}

func discordFinding(ctx context.Context, cfg *config.Config, log *slog.Logger) Finding {
	f := Finding{What: "Discord"}
	if cfg.Discord.Token == "" {
		f.Err = errors.New("discord.token is missing")
		return f
	}
	s, err := discord.New(discord.Config{Token: cfg.Discord.Token.Reveal(), APIBase: cfg.Discord.APIBase, Log: log})
	if err != nil {
		f.Err = err
		return f
	}
	f.Err = s.Check(ctx)
	return f
}
