package torn_test

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"consigliere/internal/faction"
	"consigliere/internal/torn"
)

// spec is as much of Torn's OpenAPI document as requests are held against.
type spec struct {
	Paths map[string]struct {
		Get struct{ Parameters []param }
	}
	Components struct{ Parameters map[string]param }
}

type param struct {
	Ref      string `json:"$ref"`
	Name, In string
	Required bool
	Explode  *bool
	Schema   schema
}

type schema struct {
	Type             any
	Enum             []any
	Minimum, Maximum *float64
	Items            *schema
	AnyOf            []schema
}

func loadSpec(t *testing.T) spec {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("..", "..", "..", "shared", "torn", "openapi-subset.json"))
	if err != nil {
		t.Skip("Torn's specification is not at hand: ", err)
	}
	var s spec
	if err := json.Unmarshal(raw, &s); err != nil {
		t.Fatal(err)
	}
	return s
}

// params are the parameters of the path that a request goes to.
func (s spec) params(path string) (string, []param) {
	placeholder := regexp.MustCompile(`\\\{[^}]*\\\}`)
	for name, p := range s.Paths {
		if !regexp.MustCompile("^" + placeholder.ReplaceAllString(regexp.QuoteMeta(name), `\d+`) + "$").MatchString(path) {
			continue
		}
		out := slices.Clone(p.Get.Parameters)
		for i := range out {
			if out[i].Ref != "" {
				out[i] = s.Components.Parameters[out[i].Ref[strings.LastIndex(out[i].Ref, "/")+1:]]
			}
		}
		return name, out
	}
	return "", nil
}

// accepts tells whether a value fits a schema; lists are separated by commas.
func (s schema) accepts(v string) bool {
	if len(s.AnyOf) > 0 {
		return slices.ContainsFunc(s.AnyOf, func(o schema) bool { return o.accepts(v) })
	}
	if s.Items != nil {
		return !slices.ContainsFunc(strings.Split(v, ","), func(part string) bool { return !s.Items.accepts(part) })
	}
	if s.Type == "integer" {
		n, err := strconv.ParseFloat(v, 64)
		return err == nil && (s.Minimum == nil || n >= *s.Minimum) && (s.Maximum == nil || n <= *s.Maximum)
	}
	return len(s.Enum) == 0 || slices.Contains(s.Enum, any(v))
}

// everyCall makes each call of the client once, own and by id, with every parameter.
func everyCall(t *testing.T, c *torn.Client, k torn.Key) {
	ctx, o := t.Context(), torn.Options{Fresh: true}
	_, _ = c.KeyInfo(ctx, k, o)
	for _, id := range []int64{0, 12} { // one's own, somebody else's
		_, _ = c.UserBasic(ctx, k, o, faction.PlayerID(id))
		_, _ = c.UserFaction(ctx, k, o, faction.PlayerID(id))
		_, _ = c.UserDiscord(ctx, k, o, faction.PlayerID(id))
		_, _ = c.FactionBasic(ctx, k, o, faction.ID(id))
		_, _ = c.Members(ctx, k, o, faction.ID(id))
		_, _ = c.Wars(ctx, k, o, faction.ID(id))
		_, _ = c.Chain(ctx, k, o, faction.ID(id))
		_, _ = c.RankedWars(ctx, k, o, faction.ID(id), 0, 0)
		_, _ = c.RankedWars(ctx, k, o, faction.ID(id), 100, 100)
	}
	_, _ = c.Positions(ctx, k, o)
	_, _ = c.RankedWarReport(ctx, k, o, 77)
	_, _ = c.News(ctx, k, o, "attack", 1, 2)
	for _, sort := range []torn.Sort{"", torn.Newest, torn.Oldest} {
		_, _ = c.Attacks(ctx, k, o, torn.AttacksQuery{Sort: sort, From: 1, To: 2, Limit: 100, IDs: sort != ""})
	}
}

func TestEveryRequestFitsTornsSpecification(t *testing.T) {
	s := loadSpec(t)
	r := newRig(t, body(`{"error":{"code":6,"error":"Incorrect ID"}}`))
	everyCall(t, r.Client, key())
	if len(r.requests()) < 24 {
		t.Fatalf("only %d requests", len(r.requests()))
	}
	for _, q := range r.requests() {
		checkRequest(t, s, q)
	}
}

func checkRequest(t *testing.T, s spec, q *http.Request) {
	t.Helper()
	path := strings.TrimPrefix(q.URL.Path, "/v2")
	name, params := s.params(path)
	if name == "" {
		t.Errorf("%s is no path of the specification", path)
		return
	}
	for given, values := range q.URL.Query() {
		i := slices.IndexFunc(params, func(p param) bool { return p.In == "query" && p.Name == given })
		if i < 0 {
			t.Errorf("%s has no parameter %s", name, given)
		} else if len(values) != 1 || !params[i].Schema.accepts(values[0]) {
			t.Errorf("%s: %s=%v does not fit", name, given, values)
		}
	}
	for _, p := range params {
		if p.Required && p.In == "query" && !q.URL.Query().Has(p.Name) {
			t.Errorf("%s misses %s", name, p.Name)
		}
	}
}

// The generic paths are left out of the specification's cut: each selection is held
// against its own path, and may not have parameters.
func TestCombinedRequestsAskForSelectionsThatExist(t *testing.T) {
	s := loadSpec(t)
	r := newRig(t, body(`{}`))
	_, _ = r.Front(t.Context(), key(), torn.Options{Fresh: true}, 12)
	_, _ = r.Front(t.Context(), key(), torn.Options{}, 0)
	_, _ = r.Verify(t.Context(), key(), torn.Options{}, "123456789012345678")
	want := []string{
		"/v2/faction?comment=consigliere&id=12&selections=wars%2Cchain%2Cmembers&timestamp=1787227230",
		"/v2/faction?comment=consigliere&selections=wars%2Cchain%2Cmembers",
		"/v2/user?comment=consigliere&id=123456789012345678&selections=discord%2Cfaction%2Cprofile",
	}
	for i, q := range r.requests() {
		if q.URL.String() != want[i] {
			t.Errorf("asked %s, not %s", q.URL, want[i])
		}
		section := strings.TrimPrefix(q.URL.Path, "/v2")
		for sel := range strings.SplitSeq(q.URL.Query().Get("selections"), ",") {
			if name, _ := s.params(section + "/" + sel); name == "" {
				t.Errorf("%s/%s does not exist", section, sel)
			}
		}
	}
}
