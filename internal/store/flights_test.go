package store_test

import (
	"fmt"
	"testing"
	"time"

	"consigliere/internal/faction"
	"consigliere/internal/feed"
	"consigliere/internal/store"
	"consigliere/internal/war"
)

const there, back = "Traveling to Mexico", "Returning to Torn from Mexico"

// aloft saves a look at lions' players, who all fly where text says; an empty text is at home.
func aloft(t testing.TB, s *store.Store, after time.Duration, text string, players ...faction.PlayerID) {
	t.Helper()
	var roster []faction.Member
	for _, p := range players {
		m := faction.Member{ID: p, Name: fmt.Sprint("M", p), Status: faction.Status{State: faction.StateTraveling, Description: text, PlaneImage: "airliner"}}
		if text == "" {
			m.Status = faction.Status{State: faction.StateOkay, Description: "Okay"}
		}
		roster = append(roster, m)
	}
	st := stateOf(t, s, lions, feed.Front)
	must(t, s.SaveUpdate(t.Context(), &st, feed.Update{Rosters: map[faction.ID][]faction.Member{lions: roster}, Progress: progress(st, noon.Add(after))}))
}

func openFlights(t testing.TB, s *store.Store) map[faction.PlayerID]war.OpenFlight {
	t.Helper()
	list, err := s.OpenFlights(t.Context(), lions)
	must(t, err)
	out := map[faction.PlayerID]war.OpenFlight{}
	for _, f := range list {
		out[f.Player] = f
	}
	return out
}

func landingOf(t testing.TB, s *store.Store, p faction.PlayerID) faction.Landing {
	t.Helper()
	r, err := s.Members(t.Context(), lions, lions)
	must(t, err)
	for _, m := range r.Members {
		if m.ID == p {
			return m.Status.Landing
		}
	}
	t.Fatalf("nobody is %d", p)
	return faction.Landing{}
}

// keyFor stores a key of a player of lions for a consent.
func keyFor(t testing.TB, s *store.Store, p faction.PlayerID, consent string) {
	t.Helper()
	k := keyOf(p, fmt.Sprint("key of ", p))
	k.Consent = consent
	must(t, s.SaveKey(t.Context(), lions, k, noon))
}

func TestTornIsAskedOnlyAboutFlightsOfThoseWhoGaveAKeyForThat(t *testing.T) {
	t.Parallel()
	s := opened(t).Store
	keyFor(t, s, 11, "own")
	keyFor(t, s, 12, "lend")
	keyFor(t, s, 13, "verify")
	keyFor(t, s, 15, "own")
	for _, k := range keysOf(t, s, lions) {
		if k.Player == 15 {
			change(t, s, lions, faction.KeyChange{Key: k.ID, State: faction.KeyPaused}, noon)
		}
	}
	aloft(t, s, 0, "", 11, 12, 13, 14, 15)
	if got := openFlights(t, s); len(got) != 0 {
		t.Errorf("nobody flies, and open are %v", got)
	}
	aloft(t, s, 15*time.Second, there, 11, 12, 13, 14, 15)
	got := openFlights(t, s)
	if len(got) != 2 || got[11].Player != 11 || got[12].Player != 12 || !got[11].Status.TookOffBy.Equal(noon.Add(15*time.Second)) || got[11].Asked != 0 {
		t.Fatalf("open are %+v, want those of 11 and 12", got)
	}
	// A landing that somebody without such a key is said to have is not kept.
	lands := faction.Landing{Destination: "Mexico", Departed: noon, At: noon.Add(19 * time.Minute)}
	for _, p := range []faction.PlayerID{11, 13, 14} {
		f := got[11]
		f.Player = p
		must(t, s.SaveLanding(t.Context(), lions, f, lands, noon.Add(20*time.Second)))
	}
	if l := landingOf(t, s, 11); !l.At.Equal(lands.At) || !l.Departed.Equal(lands.Departed) || l.Destination != "Mexico" {
		t.Errorf("11 lands %+v, want %+v", l, lands)
	}
	for _, p := range []faction.PlayerID{12, 13, 14, 15} {
		if l := landingOf(t, s, p); l != (faction.Landing{}) {
			t.Errorf("%d lands %+v, and nobody told that", p, l)
		}
	}
	if got := openFlights(t, s); len(got) != 1 || got[12].Player != 12 {
		t.Errorf("open are %+v, want that of 12", got)
	}
}

func TestALandingIsThatOfOneFlight(t *testing.T) {
	t.Parallel()
	db := opened(t)
	s := db.Store
	keyFor(t, s, 11, "own")
	aloft(t, s, 0, "", 11)
	aloft(t, s, 15*time.Second, there, 11)
	f := openFlights(t, s)[11]
	save := func(f war.OpenFlight, lands time.Duration, now time.Duration) {
		t.Helper()
		l := faction.Landing{}
		if lands > 0 {
			l = faction.Landing{Destination: "Mexico", Departed: noon, At: noon.Add(lands)}
		}
		must(t, s.SaveLanding(t.Context(), lions, f, l, noon.Add(now)))
	}
	save(f, 0, 20*time.Second) // Torn did not answer
	if again := openFlights(t, s)[11]; again.Asked != 1 || !again.AskedAt.Equal(noon.Add(20*time.Second)) {
		t.Errorf("after a failure: %+v", again)
	}
	save(f, 19*time.Minute, 80*time.Second)
	aloft(t, s, 2*time.Minute, there, 11)
	if l := landingOf(t, s, 11); !l.At.Equal(noon.Add(19 * time.Minute)) {
		t.Errorf("a look later they land %+v", l)
	}
	// Shown in the air for a minute after the landing, as Torn's cache may, and longer,
	// which takes another flight.
	for after := 10 * time.Minute; after < 19*time.Minute; after += 9 * time.Minute {
		aloft(t, s, after, there, 11)
	}
	aloft(t, s, 19*time.Minute+50*time.Second, there, 11)
	if l := landingOf(t, s, 11); l.At.IsZero() {
		t.Error("the landing is forgotten while Torn still shows the flight")
	}
	aloft(t, s, 20*time.Minute+5*time.Second, there, 11)
	if l := landingOf(t, s, 11); !l.At.IsZero() {
		t.Errorf("another flight lands %+v", l)
	}
	if again := openFlights(t, s)[11]; again.Player != 11 || again.Asked != 2 {
		t.Errorf("the other flight is not asked about: %+v", again)
	}
	aloft(t, s, 21*time.Minute, back, 11)
	if again := openFlights(t, s)[11]; again.Asked != 0 || !again.AskedAt.IsZero() {
		t.Errorf("the way back begins with %+v", again)
	}
	save(f, 40*time.Minute, 22*time.Minute) // an answer that comes too late
	if l := landingOf(t, s, 11); l != (faction.Landing{}) {
		t.Errorf("the way back lands when the way there did: %+v", l)
	}
	save(openFlights(t, s)[11], 40*time.Minute, 22*time.Minute)
	aloft(t, s, 23*time.Minute, "", 11)
	if n := count(t, owner(t, db), "select count(*) from flights"); n != 0 {
		t.Errorf("%d flights are kept of those who are home", n)
	}
}

func TestALandingGoesWithTheKeyThatToldIt(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*testing.T, *store.Store, faction.Link, int64){
		"the consent is withdrawn": func(t *testing.T, s *store.Store, l faction.Link, key int64) {
			_, err := s.SetConsent(t.Context(), l, key, "verify")
			must(t, err)
		},
		"the key is removed": func(t *testing.T, s *store.Store, l faction.Link, key int64) {
			must(t, s.RemoveKey(t.Context(), l, key))
		},
		"the account is unlinked": func(t *testing.T, s *store.Store, l faction.Link, _ int64) {
			_, err := s.Unlink(t.Context(), l)
			must(t, err)
		},
		"they ask to be forgotten": func(t *testing.T, s *store.Store, _ faction.Link, _ int64) {
			_, err := s.ErasePlayer(t.Context(), 11, noon.Add(time.Minute))
			must(t, err)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := opened(t)
			s := db.Store
			link(t, s, lions, "d1", 11, "a")
			aloft(t, s, 0, "", 11)
			aloft(t, s, 15*time.Second, there, 11)
			f := openFlights(t, s)[11]
			must(t, s.SaveLanding(t.Context(), lions, f, faction.Landing{Destination: "Mexico", At: noon.Add(19 * time.Minute)}, noon.Add(20*time.Second)))
			if landingOf(t, s, 11).At.IsZero() {
				t.Fatal("there was no landing to lose")
			}
			end(t, s, linkOf(lions, "d1", 11), keysOf(t, s, lions)[0].ID)
			if n := count(t, owner(t, db), "select count(*) from flights"); n != 0 {
				t.Errorf("%d flights are kept", n)
			}
			must(t, s.SaveLanding(t.Context(), lions, f, faction.Landing{Destination: "Mexico", At: noon.Add(19 * time.Minute)}, noon.Add(25*time.Second)))
			if n := count(t, owner(t, db), "select count(*) from flights"); n != 0 {
				t.Error("an answer on its way is kept all the same")
			}
		})
	}
}

// A key may come to be for verifying only without its owner's doing, as when another
// account takes the player over.
func TestALandingIsNotShownWhileNoKeyStandsForIt(t *testing.T) {
	t.Parallel()
	db := opened(t)
	s := db.Store
	keyFor(t, s, 11, "own")
	aloft(t, s, 0, there, 11)
	must(t, s.SaveLanding(t.Context(), lions, openFlights(t, s)[11], faction.Landing{Destination: "Mexico", At: noon.Add(19 * time.Minute)}, noon))
	if _, err := owner(t, db).Exec(t.Context(), "update api_keys set consent = 'verify'"); err != nil {
		t.Fatal(err)
	}
	if l := landingOf(t, s, 11); l != (faction.Landing{}) {
		t.Errorf("it is still shown: %+v", l)
	}
	aloft(t, s, 15*time.Second, there, 11)
	if n := count(t, owner(t, db), "select count(*) from flights"); n != 0 {
		t.Errorf("%d flights are kept", n)
	}
}
