package app_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"consigliere/internal/alert"
	"consigliere/internal/app"
	"consigliere/internal/faction"
	simdiscord "consigliere/internal/sim/discord"
	simtorn "consigliere/internal/sim/torn"
	"consigliere/internal/torn"
	"consigliere/internal/vault"
)

// within tells whether a request stays within what a key's owner agreed to
// (surface.md, /link). own is the owner's id, as it stands in a path.
func within(consent string, r simtorn.Request) bool {
	path := strings.TrimSuffix(r.Path, "/")
	verifying, personal := path == "/key/info", false
	if rest, ok := strings.CutPrefix(path, "/user"); ok {
		rest = strings.TrimPrefix(rest, fmt.Sprintf("/%d", r.Player))
		personal = rest == "" || rest[1] < '0' || rest[1] > '9' // nobody else's
		if id := r.Query.Get("id"); id != "" && id != fmt.Sprint(r.Player) {
			personal = false
		}
		selections := strings.Split(r.Query.Get("selections"), ",")
		if rest != "" {
			selections = []string{strings.TrimPrefix(rest, "/")}
		}
		verifying = personal
		for _, s := range selections {
			verifying = verifying && (s == "basic" || s == "faction" || s == "discord")
		}
	}
	switch consent {
	case "lend":
		return true
	case "own":
		return verifying || personal
	case "verify":
		return verifying
	default:
		return false
	}
}

func TestTheRuleOfThisTestIsStrict(t *testing.T) {
	for _, c := range []struct {
		path, consent string
		ok            bool
	}{
		{"/key/info", "verify", true},
		{"/user/basic", "verify", true},
		{"/user/7/faction", "verify", true},
		{"/user/8/faction", "verify", false},
		{"/user/8/basic", "own", false},
		{"/user/log", "verify", false},
		{"/user/log", "own", true},
		{"/user/travel", "verify", false},
		{"/user/travel", "own", true},
		{"/user", "verify", false},
		{"/faction/members", "own", false},
		{"/faction/9/members", "verify", false},
		{"/faction/9/members", "own", false},
		{"/faction/attacks", "lend", true},
	} {
		if got := within(c.consent, simtorn.Request{Path: c.path, Player: 7}); got != c.ok {
			t.Errorf("%s with consent %s: %t", c.path, c.consent, got)
		}
	}
}

// A whole evening, with a war, the hourly player sync, the daily test of keys, and
// people using commands, all while keys of every consent lie ready.
func TestNoKeyIsEverUsedOutsideItsConsent(t *testing.T) {
	s := newStage(t, simtorn.Config{Seed: 21, MatchedAfter: time.Minute, StartsAfter: 4 * time.Minute, WarLength: 30 * time.Minute, MembersPerSide: 20})
	plan := s.torn.Plan()
	v, err := vault.Open(s.child.Config["CONSIGLIERE_ENCRYPTION_KEYSET"], "")
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(err)
	consents := map[int64]string{plan.Leader: "lend", plan.Officers[0]: "lend"}
	guild, _ := s.discord.Guild(s.guild)
	discordID := guild.Members[len(guild.Members)-1].User.ID
	var own []int64
	lent := []string{s.torn.LeaderKey(), s.torn.OfficerKey()}
	for i, consent := range []string{"verify", "own", "lend", "verify", "own"} {
		player := plan.Members[i]
		secret, err := s.torn.AddKey(simtorn.Key{Player: player, Level: simtorn.Full, Faction: true}) // it could do everything
		must(err)
		sealed, fingerprint, err := app.SealKey(v, torn.NewSecret(secret), faction.PlayerID(player))
		must(err)
		account := fmt.Sprintf("4%017d", i)
		if consent == "lend" {
			account, lent = discordID, append(lent, secret)
		}
		_, err = s.db.Store.LinkWithKey(t.Context(), faction.Link{Faction: s.us, DiscordID: account, Player: faction.PlayerID(player), Name: "M"},
			faction.Key{Player: faction.PlayerID(player), Sealed: sealed, Fingerprint: fingerprint, Level: int(torn.Full), Type: "Full Access",
				Consent: consent}, false, s.clock.Now())
		must(err)
		consents[player] = consent
		own = append(own, player)
	}
	// All of them fly, so that there is something to ask each key about.
	for _, player := range own {
		must(s.torn.SetStatus(player, simtorn.Status{State: "Traveling", Description: "Traveling to Japan", Plane: "airliner", Departed: s.clock.Now(), Lands: s.clock.Now().Add(3 * time.Hour)}))
	}
	addr := s.inProcess(s.db.AppURL)
	s.waitFor(func() error { return isReady(addr) })
	person := s.discord.User(discordID)
	for _, command := range []string{"status", "help", "link", "war status", "war history"} {
		if _, err := person.Slash(t.Context(), s.guild, s.channel, command, nil); err != nil {
			t.Errorf("/%s: %v", command, err)
		}
	}
	s.waitFor(func() error { return s.settled(plan) })
	used := map[int64]int{}
	s.waitFor(func() error { // each key at least tells whose it is
		clear(used)
		for _, r := range s.torn.RequestLog() {
			used[r.Player]++
		}
		for _, player := range own {
			if used[player] == 0 {
				return fmt.Errorf("the key of player %d was never used", player)
			}
		}
		return nil
	})
	t.Logf("requests by player: %v", used)
	s.waitFor(func() error { return s.landingsKnown(consents) })
	s.nobodySubscribed(person)

	// Without any lent key the polls fail, and the others' keys are no way out.
	for _, key := range lent {
		s.torn.SetKeyState(key, simtorn.KeyPaused)
	}
	s.waitFor(func() error {
		feeds, err := s.db.Store.Feeds(t.Context(), s.us)
		if err != nil {
			return err
		}
		for _, f := range feeds {
			if f.Failures > 0 && strings.Contains(f.LastError, "lent to the faction") {
				return nil
			}
		}
		return errors.New("no poll misses the keys")
	})
	var private []simdiscord.Message
	s.waitFor(func() error {
		if private = person.Messages(person.DM().ID); len(private) == 0 {
			return errors.New("the owner of a paused key was not told")
		}
		return nil
	})
	if text := s.discord.RenderText(private[0]); len(private) != 1 || !strings.Contains(text, "is paused") {
		t.Errorf("the owner of a paused key got %d messages, the first:\n%s", len(private), text)
	}
	for _, r := range s.torn.RequestLog() {
		if !within(consents[r.Player], r) {
			t.Errorf("%s?%s was asked with a key of player %d, given for %q", r.Path, r.Query.Encode(), r.Player, consents[r.Player])
		}
	}
}

// landingsKnown tells whether those who gave a key for their own data, and they alone,
// are known to land.
func (s *stage) landingsKnown(consents map[int64]string) error {
	r, err := s.db.Store.Members(s.t.Context(), s.us, s.us)
	if err != nil {
		return err
	}
	for _, m := range r.Members {
		consent, known := consents[int64(m.ID)], !m.Status.Landing.At.IsZero()
		switch {
		case known && consent != "own" && consent != "lend":
			s.t.Errorf("when player %d lands is known, by a key given for %q", m.ID, consent)
		case !known && m.Status.State == faction.StateTraveling && consent != "" && consent != "verify":
			return fmt.Errorf("when player %d lands is not known yet", m.ID)
		}
	}
	return nil
}

// nobodySubscribed checks that lending a key made nobody a reader of alerts.
func (s *stage) nobodySubscribed(person *simdiscord.Person) {
	s.t.Helper()
	rules, err := s.db.Store.Rules(s.t.Context(), s.us)
	if err != nil || slices.ContainsFunc(rules, func(r alert.Rule) bool { return r.ChannelID != s.channel || r.Target() != alert.ToChannel }) {
		s.t.Errorf("the rules are %+v (%v), want those of the war channel alone", rules, err)
	}
	if private := person.Messages(person.DM().ID); len(private) != 0 {
		s.t.Errorf("somebody who gave a key got %d direct messages", len(private))
	}
}
