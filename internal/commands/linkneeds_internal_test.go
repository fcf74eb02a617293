package commands

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"consigliere/internal/torn"
)

// selectionsOf reads a link to a new key back.
func selectionsOf(t *testing.T, url string) torn.Selections {
	t.Helper()
	out := torn.Selections{}
	_, query, ok := strings.Cut(url, "&title=Consigliere")
	if !ok {
		t.Fatalf("%s has no title", url)
	}
	for part := range strings.SplitSeq(strings.TrimPrefix(query, "&"), "&") {
		section, list, ok := strings.Cut(part, "=")
		if !ok || out[section] != nil {
			t.Fatalf("%s: %q", url, part)
		}
		out[section] = strings.Split(list, ",")
	}
	return out
}

func TestANewKeysSelectionsAreTheNeedsOfItsConsent(t *testing.T) {
	for _, c := range consents() {
		want := torn.Selections{}
		for _, n := range needsOf(c) {
			if n.Section == "" || n.Selection == "" || n.Owner != 0 {
				t.Errorf("%s: %+v names no selection", c, n)
			}
			want[n.Section] = append(want[n.Section], n.Selection)
		}
		got := selectionsOf(t, newKeyURL(c))
		if !maps.EqualFunc(got, want, slices.Equal) {
			t.Errorf("%s: the link asks for %v, the needs are %v", c, got, want)
		}
		for section, list := range got {
			if sorted := slices.Sorted(slices.Values(list)); len(slices.Compact(sorted)) != len(list) {
				t.Errorf("%s: %s names something twice: %v", c, section, list)
			}
		}
		if len(newKeyURL(c)) > 512 {
			t.Errorf("%s: the link has %d characters, Discord takes 512", c, len(newKeyURL(c)))
		}
	}
}

func TestAKeyMadeForAConsentServesItAndNoHigherOne(t *testing.T) {
	for _, c := range consents() {
		key := torn.KeyReport{Level: torn.Custom, Selections: selectionsOf(t, newKeyURL(c)), FactionAccess: true}
		if got := advised(key); got != c {
			t.Errorf("a key made for %s is advised for %s", c, got)
		}
	}
}

func TestWhatIsAdvisedIsTheMostThatAKeyServesInFull(t *testing.T) {
	lend := selectionsOf(t, newKeyURL(torn.ConsentLend))
	without := func(selection string) torn.KeyReport {
		s := maps.Clone(lend)
		for section := range s {
			s[section] = slices.DeleteFunc(slices.Clone(s[section]), func(have string) bool { return have == selection })
		}
		return torn.KeyReport{Level: torn.Custom, Selections: s, FactionAccess: true}
	}
	for _, c := range []struct {
		name string
		key  torn.KeyReport
		want torn.Consent
	}{
		{"nothing", torn.KeyReport{Level: torn.Public}, torn.ConsentVerify},
		{"public, with faction access", torn.KeyReport{Level: torn.Public, FactionAccess: true}, torn.ConsentVerify},
		{"minimal", torn.KeyReport{Level: torn.Minimal}, torn.ConsentOwn},
		{"minimal, with faction access", torn.KeyReport{Level: torn.Minimal, FactionAccess: true}, torn.ConsentOwn},
		{"limited", torn.KeyReport{Level: torn.Limited}, torn.ConsentOwn},
		{"limited, with faction access", torn.KeyReport{Level: torn.Limited, FactionAccess: true}, torn.ConsentLend},
		{"full, with faction access", torn.KeyReport{Level: torn.Full, FactionAccess: true}, torn.ConsentLend},
		{"custom for all, without faction access", torn.KeyReport{Selections: lend}, torn.ConsentOwn},
		{"custom without attacks", without("attacks"), torn.ConsentOwn},
		{"custom without travel", without("travel"), torn.ConsentVerify},
		{"custom without what is public", without("members"), torn.ConsentLend},
	} {
		if got := advised(c.key); got != c.want {
			t.Errorf("%s: advised for %s, want %s", c.name, got, c.want)
		}
	}
}
