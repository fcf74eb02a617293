package store_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"consigliere/internal/alert"
	"consigliere/internal/faction"
	"consigliere/internal/store/storetest"
)

// linked gives players from 11 on, so many, Discord accounts: 1011 and so on.
func linked(t *testing.T, db storetest.DB, n int) (players []faction.PlayerID) {
	t.Helper()
	for p := 11; p < 11+n; p++ {
		link(t, db.Store, lions, fmt.Sprint(1000+p), faction.PlayerID(p), fmt.Sprint("k", p))
		players = append(players, faction.PlayerID(p))
	}
	return players
}

func timerCalling(stage string, alone bool, who ...faction.PlayerID) alert.Alert {
	return alert.Alert{
		Kind: alert.ChainTimer, Subject: "chain:7", Stage: stage, At: noon, ExpiresAt: noon.Add(2 * time.Minute), Was: 200, Is: 200,
		Call: who, CallNobodyElse: alone, Data: alert.Data{Chain: &alert.ChainData{ID: 7}},
	}
}

func TestASquadInAChannelIsCalledWithTheRoleAndWhole(t *testing.T) {
	t.Parallel()
	db := opened(t)
	conn := owner(t, db)
	players := linked(t, db, alert.MaxMentioned+3)
	for _, p := range players[1:] {
		_, err := conn.Exec(t.Context(), "insert into squad_members (faction_id, squad_id, player_id, state, since) values ($1, 5, $2, 'member', $3)", lions, p, noon)
		must(t, err)
	}
	_, err := db.Store.AddRule(t.Context(), lions, alert.Rule{Kind: alert.ChainTimer, Squad: 5, ChannelID: "one", Enabled: true}, noon)
	must(t, err)
	raise(t, db.Store, lions, timerCalling("timer:1:120", true, 11, 12), timerCalling("timer:1:60", false, 11, 12))
	all := jobs(t, conn)
	if d := loaded(t, db.Store, lions, all[0].Delivery); !slices.Equal(d.Accounts, []string{"1011", "1012"}) || d.Unmentioned != 0 {
		t.Errorf("the stage for those on watch mentions %v and %d more, want the two alone", d.Accounts, d.Unmentioned)
	}
	d := loaded(t, db.Store, lions, all[1].Delivery)
	if len(d.Accounts) != alert.MaxMentioned || d.Accounts[0] != "1011" || d.Accounts[20] != "1031" || d.Unmentioned != 3 {
		t.Errorf("the stage for all mentions %d, %v, and %d more", len(d.Accounts), d.Accounts, d.Unmentioned)
	}
}

func TestOfManyWhomAnAlertCallsTheFirstTenAreMentioned(t *testing.T) {
	t.Parallel()
	db := opened(t)
	players := linked(t, db, 14)
	putRules(t, db.Store, lions, rule(alert.ChainTimer, "one"))
	raise(t, db.Store, lions, timerCalling("timer:1:90", true, append([]faction.PlayerID{99}, players...)...)) // 99 has no account
	d := loaded(t, db.Store, lions, jobs(t, owner(t, db))[0].Delivery)
	if len(d.Accounts) != alert.MaxCalled || d.Accounts[0] != "1011" || d.Accounts[9] != "1020" {
		t.Errorf("mentioned are %v, want the first ten who are linked", d.Accounts)
	}
}
