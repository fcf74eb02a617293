package torn

import (
	"bytes"
	"encoding/json"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

const openAPIFile = "../../../../shared/torn/openapi-subset.json"

func needOpenAPI(t *testing.T) {
	t.Helper()
	if _, err := os.Stat(openAPIFile); err != nil {
		t.Skip("Torn's OpenAPI document is not beside the repository")
	}
}

// schemas compiles the document's response schemas by name.
type schemas struct {
	t        *testing.T
	compiler *jsonschema.Compiler
	of       map[string]string // "/faction/{}/members" -> schema name
}

func loadSchemas(t *testing.T) *schemas {
	t.Helper()
	needOpenAPI(t)
	raw, err := os.ReadFile(openAPIFile)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	s := &schemas{t: t, compiler: jsonschema.NewCompiler(), of: map[string]string{}}
	s.compiler.DefaultDraft(jsonschema.Draft2020)
	if err := s.compiler.AddResource("torn.json", doc); err != nil {
		t.Fatal(err)
	}
	var paths struct {
		Paths map[string]struct {
			Get struct {
				Responses map[string]struct {
					Content map[string]struct {
						Schema struct {
							Ref string `json:"$ref"`
						}
					}
				}
			}
		}
	}
	if err := json.Unmarshal(raw, &paths); err != nil {
		t.Fatal(err)
	}
	for p, item := range paths.Paths {
		s.of[template(p)] = last(item.Get.Responses["200"].Content["application/json"].Schema.Ref)
	}
	return s
}

// template replaces ids and parameters of a path by {}.
func template(p string) string {
	p, _, _ = strings.Cut(p, "?")
	parts := strings.Split(p, "/")
	for i, s := range parts {
		if s != "" && (isID(s) || strings.HasPrefix(s, "{")) {
			parts[i] = "{}"
		}
	}
	return strings.Join(parts, "/")
}

// names are the schemas that the answer to a request must satisfy.
func (s *schemas) names(path string) []string {
	p, query, _ := strings.Cut(path, "?")
	q, err := url.ParseQuery(query)
	if err != nil {
		s.t.Fatal(err)
	}
	var out []string
	for _, sel := range strings.Split(q.Get("selections"), ",") {
		full := p
		if sel != "" {
			full = p + "/" + sel
		}
		name := s.of[template(full)]
		if name == "" {
			s.t.Fatalf("no response schema for %s", full)
		}
		out = append(out, name)
	}
	return out
}

func (s *schemas) check(path string, body []byte) {
	s.t.Helper()
	names := s.names(path)
	if bytes.Contains(body, []byte(`"error":{`)) {
		names = []string{"ErrorResponse"}
	}
	// The world invents one result on purpose; in everything else it keeps to the document.
	body = bytes.ReplaceAll(body, []byte(`"Ambushed"`), []byte(`"None"`))
	for _, name := range names {
		schema, err := s.compiler.Compile("torn.json#/components/schemas/" + name)
		if err != nil {
			s.t.Fatal(err)
		}
		v, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
		if err != nil {
			s.t.Fatalf("%s: %v", path, err)
		}
		if err := schema.Validate(v); err != nil {
			s.t.Errorf("%s does not fit %s: %v", path, name, err)
		}
	}
}

func TestEveryBodyFitsTornsDocumentAtEveryStageOfTheWar(t *testing.T) {
	s := loadSchemas(t)
	c := start(t, Config{Seed: 3, UserPerMinute: -1})
	p := c.Plan()
	war := "/faction/" + formatInt(p.WarID) + "/rankedwarreport"
	for _, at := range []time.Time{c.clock.Now(), p.Matched.Add(time.Minute), p.Start, p.Start.Add(time.Hour), p.Burst.Add(2 * time.Second),
		p.End, p.EndVisible, p.Report, p.Report.Add(24 * time.Hour)} {
		c.clock.set(at)
		paths := append(leaderPaths(c), war, "/faction/attacks?limit=100&sort=ASC&from=1", "/faction/attacks?filters=incoming")
		if at.After(p.Start.Add(time.Minute)) {
			paths = append(paths, "/faction/chainreport")
		}
		for _, path := range paths {
			_, body, err := c.raw(c.LeaderKey(), path)
			if err != nil {
				t.Fatal(err)
			}
			s.check(path, body)
		}
	}
	var chains struct{ Chains []struct{ ID int64 } }
	c.must(c.LeaderKey(), "/faction/chains", &chains)
	if len(chains.Chains) < 2 {
		t.Fatalf("%d finished chains, want the two of the war", len(chains.Chains))
	}
	for _, ch := range chains.Chains {
		path := "/faction/" + formatInt(ch.ID) + "/chainreport"
		_, body, _ := c.raw(c.LeaderKey(), path)
		s.check(path, body)
	}
	for _, key := range []string{"", "0000000000000000", c.PublicKey()} {
		_, body, _ := c.raw(key, "/faction/attacks")
		s.check("/faction/attacks", body)
	}
}

func TestTheSchemasRejectAWrongBody(t *testing.T) {
	s := loadSchemas(t)
	schema, err := s.compiler.Compile("torn.json#/components/schemas/AttacksResponse")
	if err != nil {
		t.Fatal(err)
	}
	for _, body := range []string{`{}`, `{"attacks":{},"_metadata":{"links":{"next":null,"prev":null}}}`,
		`{"attacks":[{"id":1}],"_metadata":{"links":{"next":null,"prev":null}}}`} {
		v, err := jsonschema.UnmarshalJSON(strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		if schema.Validate(v) == nil {
			t.Errorf("%s passes", body)
		}
	}
}

func TestAMisspelledRequestDoesNotPassTheContract(t *testing.T) {
	needOpenAPI(t)
	c, err := LoadContract(openAPIFile)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct {
		request, complaint string // "" passes
	}{
		{"/faction/attacks?limit=100&sort=DESC&comment=x&timestamp=1", ""},
		{"/v2/faction/attacks?filters=outgoing,idFilter&from=5&to=9", ""},
		{"/faction/attacks?limit=101", "above 100"},
		{"/faction/attacks?limit=0", "below 1"},
		{"/faction/attacks?limit=ten", "not a whole number"},
		{"/faction/attacks?sort=desc", "none of"},
		{"/faction/attacks?filter=incoming", "unknown parameter filter"},
		{"/faction/attacks?filters=sideways", "none of"},
		{"/faction/attacksfull?limit=1000", ""},
		{"/faction/8085/attacks", "no such path"},
		{"/faction/8085/members", ""},
		{"/faction/abc/members", "no such path"},
		{"/faction/38001/rankedwarreport?comment=x", ""},
		{"/faction/rankedwars?from=1&sort=ASC", ""},
		{"/faction/8085/rankedwars?from=1", "unknown parameter from"},
		{"/faction/news", "cat is missing"},
		{"/faction/news?cat=rankedWar", ""},
		{"/faction?selections=wars,chain,members&id=8085&comment=x", ""},
		{"/faction?selections=wars,secrets", "no such path"},
		{"/faction?selections=wars,chain&bogus=1", "unknown parameter bogus"},
		{"/user?selections=discord,faction,profile&id=220000000000000001", ""},
		{"/user/220000000000000001/discord", ""},
		{"/user/discord?offset=1", "unknown parameter offset"},
	} {
		path, query, _ := strings.Cut(x.request, "?")
		q, err := url.ParseQuery(query)
		if err != nil {
			t.Fatal(err)
		}
		err = c.ValidateRequest("GET", path, q)
		switch {
		case x.complaint == "" && err != nil:
			t.Errorf("%s: %v", x.request, err)
		case x.complaint != "" && (err == nil || !strings.Contains(err.Error(), x.complaint)):
			t.Errorf("%s: %v, want a complaint about %q", x.request, err, x.complaint)
		}
	}
	if c.ValidateRequest("POST", "/faction/basic", nil) == nil {
		t.Error("a POST passes")
	}
}
