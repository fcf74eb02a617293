package demo

import (
	"context"
	"log/slog"

	"consigliere/internal/app"
	"consigliere/internal/clock"
	"consigliere/internal/config"
	simdiscord "consigliere/internal/sim/discord"
	simtorn "consigliere/internal/sim/torn"
)

// Stage is the demo's world for whoever measures the bot in it.
type Stage struct {
	Torn    *simtorn.World
	Discord *simdiscord.Server
	Guild   simdiscord.Guild
	Officer *simdiscord.Person // may see the war
	Leader  *simdiscord.Person
	// Config is the bot's. It names no database: the bot then brings a temporary one.
	Config *config.Config

	world *world
}

// NewStage makes the stand-ins and serves them on loopback. The caller closes it.
func NewStage(ctx context.Context, clk *clock.Scaled, speed float64, scene simtorn.Config) (*Stage, error) {
	w, err := newWorld(ctx, clk, speed, scene, "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	return &Stage{
		Torn: w.torn, Discord: w.discord, Guild: w.guild, Config: w.cfg, world: w,
		Officer: w.discord.User(w.people.officer), Leader: w.discord.User(w.people.leader),
	}, nil
}

// Run runs the bot with its people linked and its faction set up, as long as act takes.
func (s *Stage) Run(ctx context.Context, log *slog.Logger, act func(context.Context) error) error {
	return s.world.bot(ctx, log, new(config.Redactor), func(ctx context.Context, _ *app.App) error {
		if _, err := s.world.prepare(ctx, log); err != nil {
			return err
		}
		return act(ctx)
	})
}

// Close takes the stand-ins down.
func (s *Stage) Close() { s.world.close() }
