package scoreboard_test

import (
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"consigliere/internal/faction"
	"consigliere/internal/scoreboard"
	"consigliere/internal/war"
)

// aSiege is a war with both sides on the map.
func aSiege() *fake {
	f := aWar()
	at := func(id faction.PlayerID, name, state string, minutes int, presence string) faction.Member {
		m := faction.Member{ID: id, Name: name, Level: 60, Status: faction.Status{State: state}, LastAction: faction.LastAction{Status: presence, At: noon.Add(-time.Hour)}}
		if minutes > 0 {
			m.Status.Until = noon.Add(time.Duration(minutes) * time.Minute)
		}
		return m
	}
	fly := at(3004, "Amelia", faction.StateTraveling, 0, "Offline")
	fly.Status.Description, fly.Status.PlaneImage = "Traveling to Mexico", "airliner"
	fly.Status.TookOffAfter, fly.Status.TookOffBy = noon.Add(-15*time.Second), noon
	early := at(3003, "Doc", faction.StateHospital, 90, "Idle")
	early.EarlyDischarge, early.Revivable = true, true
	f.foes = faction.Roster{AsOf: noon.Add(-8 * time.Second), Members: []faction.Member{
		at(3001, "Black <b>Jack", faction.StateOkay, 0, "Online"), at(3002, strings.Repeat("Ẅ", 40), faction.StateHospital, 7, "Online"), early, fly,
		at(3005, "Sly", faction.StateJail, 12, "Offline"),
	}}
	f.roster.AsOf = noon.Add(-9 * time.Second)
	for i := range f.roster.Members {
		m := &f.roster.Members[i]
		m.Status.State, m.LastAction.Status = faction.StateOkay, "Idle"
	}
	f.roster.Members[0].ReviveSetting = faction.RevivableByEveryone
	f.claims = []war.Claim{{War: warID, Target: 3001, Player: 903, Made: noon, Expires: noon.Add(6 * time.Minute)}}
	return f
}

func TestThePageShowsWhereEverybodyIs(t *testing.T) {
	f := aSiege()
	page := read(t, board(t, f), f, "/war/4711")
	contains(t, page, ">Them<", ">Us<", "Can be hit", "In hospital", "Flying", "In jail", "Can fight",
		"Black <b>Jack", "called by <bdi>Idler_3</bdi>", "in 6 min", "in 7 min", "early discharge · revivable", "to Mexico, lands", "in 1 h 30 min",
		"2 online · 1 idle · 2 offline · 1 revivable", "read <time", "revives on for everyone", "0 online · 9 idle", "https://www.torn.com/page.php?sid=attack&user2ID=3001",
		`<caption class="hidden">Theirs: can be hit</caption>`)
	if strings.Contains(page, "<b>Jack") {
		t.Error("a name is markup")
	}
}

func TestThePageShowsWhenOurOwnLandExactly(t *testing.T) {
	f := aSiege()
	m := &f.roster.Members[4]
	m.Status = faction.Status{State: faction.StateTraveling, Description: "Returning to Torn from Japan", PlaneImage: "airliner", TookOffAfter: noon.Add(-time.Minute), TookOffBy: noon,
		Landing: faction.Landing{Destination: faction.Home, Departed: noon, At: noon.Add(97 * time.Minute)}}
	contains(t, read(t, board(t, f), f, "/war/4711"), "home from Japan, lands exactly <time", "in 1 h 37 min")
	f.now = noon.Add(97 * time.Minute)
	contains(t, read(t, board(t, f), f, "/war/4711"), "0 online · 9 idle")
	if page := read(t, board(t, f), f, "/war/4711"); strings.Contains(page, "home from Japan") {
		t.Error("who has landed still flies")
	}
}

func TestTheRoomSaysWhenItIsOld(t *testing.T) {
	f := aSiege()
	f.foes.AsOf = noon.Add(-3 * time.Minute)
	contains(t, read(t, board(t, f), f, "/war/4711"), "Who is where may have changed; timers still hold.")
	f.foes = faction.Roster{}
	contains(t, read(t, board(t, f), f, "/war/4711"), "Their roster has not been read yet.")
}

func TestAWarThatIsOverHasNoRoom(t *testing.T) {
	f := aSiege()
	f.wars[ours][0].End = noon.Add(-time.Minute)
	page := read(t, board(t, f), f, "/war/4711")
	if strings.Contains(page, "Can be hit") || strings.Contains(page, "Amelia") {
		t.Error("the page of an ended war shows where people are")
	}
}

func TestAnotherFactionsPageHasNothingOfTheRoom(t *testing.T) {
	f := aSiege()
	w := get(board(t, f), f.link(faction.WebLink{Faction: theirs}), "/war/4712")
	if w.Code != 200 || strings.Contains(w.Body.String(), "Idler_3</bdi></span>") || strings.Contains(w.Body.String(), "Amelia") {
		t.Errorf("%d, and it shows ours' calls", w.Code)
	}
}

func TestTheRoomInABrowser(t *testing.T) {
	ctx := browser(t)
	f := aSiege()
	s := board(t, f, func(c *scoreboard.Config) { c.Heartbeat, c.Coalesce = 300*time.Millisecond, 50*time.Millisecond })
	server := httptest.NewServer(s.Handler())
	t.Cleanup(server.Close)
	do(t, ctx, chromedp.EmulateViewport(1280, 900), chromedp.Navigate(server.URL+"/s/"+f.link(faction.WebLink{Faction: ours, Page: "war"})), chromedp.Click("button"))
	until(t, ctx, `!!document.querySelector(".live:not(.off)")`)

	t.Run("what the reader opened and closed stays so through a change", func(t *testing.T) {
		eval[bool](t, ctx, `document.getElementById("room-them-jail").open = true, document.getElementById("room-them-hospital").open = false,
			document.getElementById("room-3001").focus(), window.kept = true`)
		f.change(func() {
			m := &f.foes.Members[0]
			m.Status = faction.Status{State: faction.StateHospital, Until: noon.Add(40 * time.Minute)}
			f.claims = nil
		})
		hit(f, s)
		until(t, ctx, `!document.getElementById("room-them-okay") && !document.body.innerText.includes("called by")`)
		if !eval[bool](t, ctx, `window.kept && document.getElementById("room-them-jail").open && !document.getElementById("room-them-hospital").open`) {
			t.Error("a group was opened or closed by the change")
		}
	})

	t.Run("the keyboard opens a group", func(t *testing.T) {
		eval[bool](t, ctx, `document.getElementById("room-us-okay-head").focus(), true`)
		do(t, ctx, chromedp.KeyEvent("\r"))
		until(t, ctx, `document.getElementById("room-us-okay").open`)
		if got := eval[string](t, ctx, `document.activeElement.id`); got != "room-us-okay-head" {
			t.Errorf("the focus is on %q", got)
		}
	})

	t.Run("a phone shows all of it without scrolling sideways", func(t *testing.T) {
		for _, width := range []int64{390, 320} {
			do(t, ctx, chromedp.EmulateViewport(width, 844))
			eval[bool](t, ctx, `document.querySelectorAll("details").forEach(d => d.open = true), true`)
			if eval[bool](t, ctx, `document.documentElement.scrollWidth > innerWidth`) {
				t.Errorf("at %d it is %s wide", width, eval[string](t, ctx, `document.documentElement.scrollWidth + ""`))
			}
			if got := eval[string](t, ctx, `getComputedStyle(document.querySelector(".people tbody tr")).display`); got != "table-row" {
				t.Errorf("rows are laid out as %s: a screen reader no longer finds a table", got)
			}
		}
	})
}
