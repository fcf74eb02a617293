package main

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"

	"consigliere/internal/app"
	"consigliere/internal/clock"
	"consigliere/internal/demo"
	"consigliere/internal/faction"
	simtorn "consigliere/internal/sim/torn"
	"consigliere/internal/store"
	"consigliere/internal/vault"
)

const (
	sealedKeys   = 10_000
	keyHolders   = 100 // factions that they are spread over
	rotationTime = 30 * time.Second
)

// measureRotation exchanges the key that 10 000 API keys are sealed with while the
// whole bot follows a war and answers commands.
func measureRotation(ctx context.Context) ([]figure, error) {
	log := slog.New(slog.DiscardHandler)
	clk := clock.NewScaled(time.Now().Truncate(time.Second), 1)
	stage, err := demo.NewStage(ctx, clk, 1, simtorn.Config{Seed: 2, MembersPerSide: members, Intensity: 2, MatchedAfter: -24 * time.Hour, StartsAfter: -time.Hour, WarLength: 4 * time.Hour})
	if err != nil {
		return nil, err
	}
	defer stage.Close()
	db, err := newDatabase(ctx, stage.Config, log)
	if err != nil {
		return nil, err
	}
	defer db.close()
	// The bot's keyset is a file of its own.
	file := filepath.Join(stage.Config.DataDir, "keyset.json")
	if err := os.WriteFile(file, []byte(stage.Config.Encryption.Keyset.Reveal()), 0o600); err != nil {
		return nil, err
	}
	stage.Config.Encryption.Keyset, stage.Config.Encryption.KeysetFile = "", file
	if err := loadKeys(ctx, db.store, file); err != nil {
		return nil, err
	}
	var took time.Duration
	var answers []time.Duration
	asked := &talk{stage: stage, rng: rand.New(rand.NewPCG(5, 6))}
	err = stage.Run(ctx, log, func(ctx context.Context) error {
		questions := []question{asked.slash("/war status", "war status", nil), asked.slash("/war scoreboard", "war scoreboard", nil), asked.slash("/status", "status", nil)}
		if err := asked.admitted(ctx, questions); err != nil {
			return err
		}
		done := make(chan error, 1)
		began := time.Now()
		go func() {
			done <- app.RotateKeys(ctx, stage.Config, log, rotationTime, func(string) {})
			took = time.Since(began)
		}()
		for {
			for _, q := range questions {
				answer, err := q.ask(ctx)
				if err != nil {
					return errors.Join(err, <-done)
				}
				answers = append(answers, answer)
				select {
				case err := <-done:
					return err
				default:
				}
			}
		}
	})
	if err != nil {
		return nil, err
	}
	return []figure{{"rotation of 10 000 keys with the bot serving", s1(took), s1(rotationTime),
		fmt.Sprintf("%.2f of the limit, %d factions; the waits until the running bot has loaded the keyset included; it answered %d commands meanwhile, p99 %s, none failed",
			float64(took)/float64(rotationTime), keyHolders, len(answers), ms(percentile(answers, 99))), took <= rotationTime}}, nil
}

// loadKeys stores what looks like the API keys of many players.
func loadKeys(ctx context.Context, s *store.Store, file string) error {
	v, err := vault.Open("", file)
	if err != nil {
		return err
	}
	for i := range sealedKeys {
		player := faction.PlayerID(5_000_000 + i)
		sealed, err := v.Seal(fmt.Appendf(nil, "%016d", i), vault.Context("api_keys", 0, int64(player)))
		if err != nil {
			return err
		}
		err = s.SaveKey(ctx, faction.ID(50_000+i%keyHolders), faction.Key{
			Player: player, Sealed: sealed, Fingerprint: binary.BigEndian.AppendUint64(nil, uint64(player)), Type: "Limited Access", Consent: "lend",
		}, time.Now())
		if err != nil {
			return err
		}
	}
	return nil
}
