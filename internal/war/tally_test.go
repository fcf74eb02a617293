package war_test

import (
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"consigliere/internal/war"
)

// fill sets every field of a tally by its index, so that none can be forgotten.
func fill(value func(i int) int64) war.Tally {
	var t war.Tally
	v := reflect.ValueOf(&t).Elem()
	for i := range v.NumField() {
		v.Field(i).SetInt(value(i))
	}
	return t
}

func tallies() *rapid.Generator[war.Tally] {
	return rapid.Custom(func(t *rapid.T) war.Tally {
		return fill(func(int) int64 { return rapid.Int64Range(-1e9, 1e9).Draw(t, "field") })
	})
}

func TestEveryFieldAddsUp(t *testing.T) {
	a := fill(func(i int) int64 { return int64(i + 1) })
	b := fill(func(i int) int64 { return int64(1000 * (i + 1)) })
	sum := reflect.ValueOf(a.Add(b))
	difference := reflect.ValueOf(b.Sub(a))
	for i := range sum.NumField() {
		name := sum.Type().Field(i).Name
		if got, want := sum.Field(i).Int(), int64(1001*(i+1)); got != want {
			t.Errorf("%s adds up to %d, want %d", name, got, want)
		}
		if got, want := difference.Field(i).Int(), int64(999*(i+1)); got != want {
			t.Errorf("%s leaves %d, want %d", name, got, want)
		}
	}
}

func TestTakingAwayUndoesAdding(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := tallies().Draw(t, "a"), tallies().Draw(t, "b")
		if got := a.Add(b).Sub(b); got != a {
			t.Fatalf("%+v became %+v", a, got)
		}
		if a.Add(b) != b.Add(a) {
			t.Fatal("the order of adding matters")
		}
		if !a.Sub(a).IsZero() {
			t.Fatal("taken from itself something is left")
		}
	})
}

func TestAnyFieldAloneMakesATallyNonZero(t *testing.T) {
	if !(war.Tally{}).IsZero() {
		t.Fatal("an empty tally is not zero")
	}
	for i := range reflect.TypeFor[war.Tally]().NumField() {
		one := fill(func(j int) int64 {
			if i == j {
				return 1
			}
			return 0
		})
		if one.IsZero() {
			t.Errorf("%s is overlooked", reflect.TypeFor[war.Tally]().Field(i).Name)
		}
	}
}

func TestAveragesOfNothingAreZero(t *testing.T) {
	var none war.Tally
	if none.PerHit() != 0 || none.FairFight() != 0 || none.Hits() != 0 || none.Respect() != 0 {
		t.Error("nothing averages to something")
	}
	some := war.Tally{WarHits: 2, OutsideHits: 1, NoScore: 1, WarRespect: 901, OutsideRespect: 100, FairFightSum: 900}
	if some.PerHit() != 450 || some.FairFight() != 2.25 || some.Hits() != 4 || some.Respect() != 1001 {
		t.Errorf("got %s per hit, fair fight %v, %d hits, %s", some.PerHit(), some.FairFight(), some.Hits(), some.Respect())
	}
}
