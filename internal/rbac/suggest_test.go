package rbac_test

import (
	"testing"

	"pgregory.net/rapid"

	"consigliere/internal/rbac"
)

// gameAbilities are all that Torn's specification names.
var gameAbilities = []string{
	"Medical Usage", "Booster Usage", "Drug Usage", "Energy Refill Usage", "Nerve Refill Usage", "Temporary Loaning",
	"Weapon & Armor Loaning", "Item Retrieving", "Organised Crimes", "Faction API Access", "Item Giving", "Money Giving",
	"Points Giving", "Forum Management", "Application Management", "Kick Members", "Balance Adjustment", "War Management",
	"Upgrade Management", "Newsletter Sending", "Announcement Changes", "Description Changes", "Utility Loaning",
	"Consumable Usage", "Medical Loaning", "Consumable Loaning", "Drug Loaning", "Booster Loaning",
}

func TestAbilitiesSuggestPermissions(t *testing.T) {
	for _, c := range []struct {
		name      string
		abilities []string
		want      string
	}{
		{"nothing suggests nothing", nil, ""},
		{"what is not known suggests nothing", []string{"Moon Landing", "", "admin", "war.manage"}, ""},
		{"what only eases one's own game suggests nothing", []string{"Medical Usage", "Drug Loaning", "Weapon & Armor Loaning"}, ""},
		{"organised crimes", []string{"Organised Crimes"}, "oc.view oc.manage"},
		{"in the other spelling", []string{"Organized Crimes"}, "oc.view oc.manage"},
		{"in any case, with blanks around", []string{"  organized CRIMES "}, "oc.view oc.manage"},
		{"the key to the faction's data", []string{"Faction API Access"}, "war.view oc.view chain.view member.view"},
		{"war", []string{"War Management"}, "war.view war.manage chain.view chain.manage"},
		{"money", []string{"Money Giving"}, "finance.view finance.manage"},
		{"balances", []string{"Balance Adjustment"}, "war.payout finance.view finance.manage"},
		{"several join", []string{"Kick Members", "Points Giving"}, "member.view member.manage finance.view"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := rbac.Suggest(c.abilities).String(); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestNoAbilitySuggestsRightsOverRights(t *testing.T) {
	got := rbac.Suggest(gameAbilities)
	for _, p := range []rbac.Permission{rbac.ConfigView, rbac.ConfigManage, rbac.AuditView, rbac.Admin} {
		if got.Has(p) {
			t.Errorf("suggests %s", p)
		}
	}
	if got.Own() {
		t.Error("suggests own figures, which are no permission")
	}
}

func TestMoreAbilitiesNeverSuggestLess(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		some := rapid.SliceOf(rapid.SampledFrom(gameAbilities)).Draw(t, "some")
		more := rapid.SliceOf(rapid.SampledFrom(gameAbilities)).Draw(t, "more")
		if few, all := rbac.Suggest(some), rbac.Suggest(append(more, some...)); few&^all != 0 {
			t.Fatalf("%q is lost from %q", few&^all, all)
		}
	})
}
