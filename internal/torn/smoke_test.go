package torn_test

import (
	"testing"

	"consigliere/internal/torn"
)

func TestARequestCarriesTheKeyInItsHeaderOnly(t *testing.T) {
	r := newRig(t, body(`{"attacks":[{"id":1,"started":5,"ended":6,"result":"Attacked","attacker":null,"defender":{"id":9,"name":"x","level":1,"faction":null},"respect_gain":1.25}],"_metadata":{"links":{"next":null,"prev":"https://x/?to=5"}}}`))
	got, err := r.Attacks(t.Context(), key(), torn.Options{Fresh: true}, torn.AttacksQuery{Sort: torn.Newest, From: 4, To: 10, Limit: 100, IDs: true})
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Rows) != 1 || got.Rows[0].RespectGain != 1.25 || got.Prev == "" || got.Next != "" {
		t.Fatalf("read %+v", got)
	}
	q := r.requests()[0]
	if q.URL.Path != "/v2/faction/attacks" || q.URL.RawQuery != "comment=consigliere&filters=idFilter&from=4&limit=100&sort=DESC&timestamp=1787227230&to=10" {
		t.Errorf("asked %s?%s", q.URL.Path, q.URL.RawQuery)
	}
	if a := q.Header.Get("Authorization"); a != "ApiKey "+testKey {
		t.Errorf("authorization %q", a)
	}
}
